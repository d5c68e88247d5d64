"""Tests of the server's window, on a virtual screen."""
