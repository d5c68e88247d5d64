"""Measurements, one file a question; each prints its figures beside a named peer's."""
