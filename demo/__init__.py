"""Starts the real programs on real photographs, to look at and to check the whole."""
