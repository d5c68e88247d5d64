"""Tests of the evaluation: each metric by hand, each step on small made-up sets."""
