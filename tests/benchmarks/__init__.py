"""Tests of how the measurements are started; what they measure is read by a person."""
