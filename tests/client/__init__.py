"""Tests of the checkpoint."""
