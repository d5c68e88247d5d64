"""Tests of the clock of the vision thread."""

import pytest

from client.watching import Watching


def test_nobody_has_left_because_we_did_not_look() -> None:
    """A held-up thread counts half a second; a camera that was away counts in full."""
    watching = Watching()
    assert watching.at(1000.0) == 0.0
    assert watching.at(1000.1) == pytest.approx(0.1)
    assert watching.at(1002.6) == pytest.approx(0.6)
    assert watching.at(1002.5) == pytest.approx(0.6)
    assert watching.at(1012.5) == pytest.approx(10.6)
