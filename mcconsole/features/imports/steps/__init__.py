"""The six steps of an import, one page each."""
