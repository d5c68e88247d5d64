"""The second engine takes over for good when the first one fails, and says so."""

import logging

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.encode import EncoderFailed
from biometrics.fallback_encoder import FallbackEncoder
from tests.biometrics.support import FakeEncoder

CHIPS = np.full((2, 150, 150, 3), 128, np.uint8)


class FailingEncoder(FakeEncoder):
    """Gives an error from the given call on."""

    engine = "quick"

    def __init__(self, *, good_calls: int = 0) -> None:
        super().__init__()
        self.good_calls = good_calls

    def encode(self, chips: NDArray[np.uint8]) -> NDArray[np.float64]:
        if self.good_calls == 0:
            raise EncoderFailed("It broke.")
        self.good_calls -= 1
        return super().encode(chips)


def test_the_first_engine_is_used_while_it_works() -> None:
    """The second one is not even made."""
    first = FakeEncoder()
    encoder = FallbackEncoder(first, lambda: pytest.fail("made without need"))
    assert encoder.encode(CHIPS).shape == (2, 128)
    assert (encoder.engine, encoder.note) == (first.engine, "")
    assert (encoder.fingerprint, encoder.dimensions) == (first.fingerprint, 128)
    encoder.close()
    assert first.closed


def test_the_second_engine_takes_over_visibly(caplog: pytest.LogCaptureFixture) -> None:
    """The request that failed is answered by it, a log line and a note say why, once."""
    first, second = FailingEncoder(good_calls=1), FakeEncoder()
    encoder = FallbackEncoder(first, lambda: second)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert encoder.encode(CHIPS).shape == (2, 128)
    assert second.encoded == 4
    assert first.closed
    assert encoder.engine == second.engine
    assert encoder.note == "made-up engine instead of quick: slower. It broke."
    assert [record.getMessage() for record in caplog.records] == ["face encoder replaced"]
    encoder.close()
    assert second.closed


def test_wrong_chips_are_the_callers_error() -> None:
    """No reason to change the engine."""

    class Strict(FakeEncoder):
        def encode(self, chips: NDArray[np.uint8]) -> NDArray[np.float64]:
            raise ValueError("no chips")

    encoder = FallbackEncoder(Strict(), lambda: pytest.fail("made without need"))
    with pytest.raises(ValueError, match="no chips"):
        encoder.encode(CHIPS)


def test_a_closed_encoder_starts_nothing() -> None:
    """The first engine fails because it was closed: that is no reason to start another."""
    encoder = FallbackEncoder(FailingEncoder(), lambda: pytest.fail("made after closing"))
    encoder.close()
    with pytest.raises(EncoderFailed):
        encoder.encode(CHIPS)


def test_both_engines_may_fail() -> None:
    """Then the second one's sentence is the one to act on."""
    encoder = FallbackEncoder(FailingEncoder(), FailingEncoder)
    with pytest.raises(EncoderFailed, match="It broke"):
        encoder.encode(CHIPS)
