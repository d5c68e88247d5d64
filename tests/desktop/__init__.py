"""Tests of what both desktop programs share."""
