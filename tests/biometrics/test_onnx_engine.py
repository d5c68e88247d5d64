"""The fast engine: dlib's numbers, single and in batches, and what happens when it cannot."""

import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from biometrics.dlib_engine import DlibEncoder
from biometrics.drawn import drawn_chips
from biometrics.encode import EncoderFailed, stack
from biometrics.faces import mirrored
from biometrics.onnx_engine import LARGEST_DIFFERENCE, OnnxEncoder, difference, reference
from biometrics.vision import SeenFace
from tests.biometrics.support import asked_beside
from tests.support import wait_until

ONE_CHIP = np.zeros((1, 150, 150, 3), np.uint8)
SLOW = (sys.executable, "-c", "import time; time.sleep(60)")


@pytest.fixture
def encoder(converted: Path) -> OnnxEncoder:
    """With a network that is there already."""
    return OnnxEncoder(folder=converted, threads=1)


def test_encodings_equal_dlibs(
    encoder: OnnxEncoder, hopper_seen: SeenFace, collins_seen: SeenFace
) -> None:
    """To 1e-5 in each of the 128 numbers, for chips and mirrored chips of one batch."""
    faces = [hopper_seen.chip, collins_seen.chip]
    chips = stack([*faces, *map(mirrored, faces)])
    ours, dlibs = encoder.encode(chips), DlibEncoder().encode(chips)
    assert ours.dtype == np.float64
    assert float(np.abs(ours - dlibs).max()) <= LARGEST_DIFFERENCE
    assert encoder.fingerprint == DlibEncoder().fingerprint


def test_a_batch_gives_the_numbers_of_single_chips(
    encoder: OnnxEncoder, hopper_seen: SeenFace
) -> None:
    """Also when it is larger than one run."""
    chips = stack([np.roll(hopper_seen.chip, shift, axis=1) for shift in range(18)])
    singles = np.concatenate([encoder.encode(chips[i : i + 1]) for i in (0, 7, 17)])
    np.testing.assert_allclose(encoder.encode(chips)[[0, 7, 17]], singles, rtol=0, atol=2e-6)
    assert encoder.encode(chips[:0]).shape == (0, 128)


def test_threads_are_configurable(converted: Path) -> None:
    """Two threads give the same numbers; none is refused."""
    chips = drawn_chips()
    two = OnnxEncoder(folder=converted, threads=2).encode(chips)
    one = OnnxEncoder(folder=converted, threads=1).encode(chips)
    np.testing.assert_allclose(one, two, rtol=0, atol=2e-6)
    with pytest.raises(ValueError, match="threads"):
        OnnxEncoder(threads=0)


@pytest.mark.alone
def test_other_threads_keep_running(encoder: OnnxEncoder) -> None:
    """A heartbeat of 1 ms is hardly late while chips are encoded."""
    encoder.encode(ONE_CHIP)
    gaps: list[float] = []
    done = threading.Event()

    def beat() -> None:
        before = time.perf_counter()
        while not done.wait(0.001):
            now = time.perf_counter()
            gaps.append(now - before)
            before = now

    heart = threading.Thread(target=beat)
    heart.start()
    encoder.encode(np.zeros((32, 150, 150, 3), np.uint8))
    done.set()
    heart.join()
    assert len(gaps) > 20
    assert float(np.percentile(gaps, 95)) < 0.03


def test_failures_to_open_are_failures_of_the_encoder(converted: Path, tmp_path: Path) -> None:
    """A refused provider, and a file where the cache should be."""
    encoder = OnnxEncoder(folder=converted, provider="NoSuchProvider")
    with pytest.raises(EncoderFailed, match="NoSuchProvider"):
        encoder.encode(ONE_CHIP)
    (tmp_path / "models").write_bytes(b"")
    with pytest.raises(EncoderFailed, match="models"):
        OnnxEncoder(folder=tmp_path / "models").encode(ONE_CHIP)


def test_nonsense_differs_infinitely(encoder: OnnxEncoder) -> None:
    """A reference that is none, or of another size; dlib's own differs by next to nothing."""
    encoder.encode(ONE_CHIP)
    for text in ("", "not base64!", "AAAAAAAAAAA="):
        assert difference(encoder._session, text) == float("inf")
    assert difference(encoder._session, reference()) <= LARGEST_DIFFERENCE


def test_numbers_that_are_no_encodings_are_a_failure(encoder: OnnxEncoder) -> None:
    """Never handed on as somebody's."""

    class Broken:
        def run(self, _names: None, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
            return [np.full((len(inputs["chips"]), 128), np.nan, np.float32)]

    encoder._session = Broken()
    with pytest.raises(EncoderFailed, match="no encodings"):
        encoder.encode(ONE_CHIP)


def test_closing_ends_a_conversion_within_a_second(tmp_path: Path) -> None:
    """The waiting thread gets EncoderFailed; later calls too."""
    encoder = OnnxEncoder(folder=tmp_path, command=SLOW)
    asking, caught = asked_beside(lambda: encoder.encode(ONE_CHIP))
    wait_until(encoder._loading.locked, what="the conversion")
    started = time.monotonic()
    encoder.close()
    asking.join(timeout=5)
    assert time.monotonic() - started < 1.0
    assert len(caught) == 1
    with pytest.raises(EncoderFailed, match="closed"):
        encoder.encode(ONE_CHIP)


def test_wrong_chips_are_refused(encoder: OnnxEncoder) -> None:
    """By their shape, before anything is loaded."""
    with pytest.raises(ValueError, match="chips"):
        encoder.encode(np.zeros((1, 10, 10, 3), np.uint8))
