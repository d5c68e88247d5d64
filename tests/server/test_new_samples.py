"""Samples as they are stored: unit length, a time, an id of their own."""

import math

import pytest

from biometrics.gallery import GalleryRefused
from server.new_samples import templates_of
from tests.server.galleries import sample


def test_samples_become_templates() -> None:
    """A sample that says no time is of now."""
    one, other = templates_of([sample(1), sample(2, captured_at_ms=5, source="photo x")], 9)
    assert math.hypot(*one.encoding) == pytest.approx(1.0)
    assert (one.captured_at_ms, other.captured_at_ms, other.source) == (9, 5, "photo x")
    assert one.sample_id != other.sample_id


def test_no_sample_is_nobody() -> None:
    """A person has at least one."""
    with pytest.raises(GalleryRefused, match="at least one"):
        templates_of([], 0)
