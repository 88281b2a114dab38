"""The pages of a run of many contacts: choose a file, map and check it, watch it, see what became of each."""
