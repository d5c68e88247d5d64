"""Tests of the shared widgets, in real windows on a virtual screen."""
