"""A run over many people: choose a file, map and check it, watch it, see what became of each."""
