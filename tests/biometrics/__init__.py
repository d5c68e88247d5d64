"""Tests of the room `biometrics/`."""
