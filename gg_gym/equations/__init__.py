"""Equations: one pure function per published law; plain numbers and arrays, no state, no randomness."""
