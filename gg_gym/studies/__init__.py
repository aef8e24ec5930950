"""Studies: run, resume, compare and report experiments."""
