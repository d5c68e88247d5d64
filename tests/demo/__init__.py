"""Tests of the demo: programs, sums, windows, and the whole story with the real programs."""
