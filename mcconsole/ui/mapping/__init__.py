"""The mapping of a file's columns to fields, as every tab that reads a CSV shows it."""
