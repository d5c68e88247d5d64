"""Tests of the scripts that make the icons and sounds."""
