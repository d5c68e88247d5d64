"""Tests mirror the tree: client/link.py is tested by tests/client/test_link.py."""
