"""One folder a tab, with the same file names in each."""
