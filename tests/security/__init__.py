"""Tests of what is kept secret and how it is proved."""
