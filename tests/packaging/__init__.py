"""Tests of what is built for installation."""
