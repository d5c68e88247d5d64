"""The fast engine: dlib's numbers, single and in batches, and what happens when it cannot."""

import logging
import os
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from biometrics import onnx_convert
from biometrics.dlib_engine import DlibEncoder
from biometrics.encode import EncoderFailed, stack
from biometrics.faces import mirrored
from biometrics.model_cache import ModelCache
from biometrics.onnx_engine import OnnxEncoder
from biometrics.vision import SeenFace
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
    assert float(np.abs(ours - dlibs).max()) <= onnx_convert.LARGEST_DIFFERENCE
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
    chips = onnx_convert.reference_chips()
    two = OnnxEncoder(folder=converted, threads=2).encode(chips)
    one = OnnxEncoder(folder=converted, threads=1).encode(chips)
    np.testing.assert_allclose(one, two, rtol=0, atol=2e-6)
    with pytest.raises(ValueError, match="threads"):
        OnnxEncoder(threads=0)


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


def test_a_damaged_file_is_made_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The first use on a machine converts; so does the first after damage."""
    with caplog.at_level(logging.INFO):
        expected = OnnxEncoder(folder=tmp_path).encode(ONE_CHIP)
        (path,) = tmp_path.iterdir()
        path.write_bytes(path.read_bytes()[:-1000])
        assert (OnnxEncoder(folder=tmp_path).encode(ONE_CHIP) == expected).all()
    assert "was removed" in caplog.text
    assert list(tmp_path.iterdir()) == [path]


def test_a_network_with_other_numbers_is_not_trusted(tmp_path: Path) -> None:
    """However it came into the folder under a name that fits."""
    from tests.biometrics.networks import encoder_like

    wrong = encoder_like(np.full((4, 128), 0.1))
    path = ModelCache(tmp_path).store(onnx_convert.encoder_stem(), wrong)
    command = (sys.executable, "-c", "import sys; sys.exit(3)")
    with pytest.raises(EncoderFailed, match="converting ended with 3"):
        OnnxEncoder(folder=tmp_path, command=command).encode(ONE_CHIP)
    assert not path.exists()


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("print('noise'); print('{\"problem\": \"No room.\"}'); raise SystemExit(1)", "No room"),
        ("raise SystemExit(7)", "ended with 7"),
        ("pass", "does not give dlib's numbers"),
    ],
)
def test_a_conversion_that_fails_is_a_failure_with_a_sentence(
    tmp_path: Path, code: str, says: str
) -> None:
    """Its own sentence when it has one."""
    encoder = OnnxEncoder(folder=tmp_path, command=(sys.executable, "-c", code))
    with pytest.raises(EncoderFailed, match=says):
        encoder.encode(ONE_CHIP)


def test_a_refused_provider_is_a_failure(converted: Path) -> None:
    """Never a silent change to another one."""
    encoder = OnnxEncoder(folder=converted, provider="NoSuchProvider")
    with pytest.raises(EncoderFailed, match="NoSuchProvider"):
        encoder.encode(ONE_CHIP)


def test_a_missing_package_is_a_failure(converted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on an installation without ONNX Runtime."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(EncoderFailed, match="cannot be loaded"):
        OnnxEncoder(folder=converted).encode(ONE_CHIP)


@pytest.mark.skipif(sys.platform == "win32", reason="asks for POSIX permissions")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    """With the folder's name in the sentence."""
    tmp_path.chmod(0o500)
    with pytest.raises(EncoderFailed, match="models"):
        OnnxEncoder(folder=tmp_path / "models").encode(ONE_CHIP)


def test_a_file_where_the_cache_should_be_is_a_failure(tmp_path: Path) -> None:
    """With its name in the sentence."""
    (tmp_path / "models").write_bytes(b"")
    with pytest.raises(EncoderFailed, match="models"):
        OnnxEncoder(folder=tmp_path / "models").encode(ONE_CHIP)


def test_closing_ends_a_conversion_within_a_second(tmp_path: Path) -> None:
    """The waiting thread gets EncoderFailed; later calls too."""
    encoder = OnnxEncoder(folder=tmp_path, command=SLOW)
    caught: list[BaseException] = []

    def ask() -> None:
        try:
            encoder.encode(ONE_CHIP)
        except EncoderFailed as error:
            caught.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(encoder._loading.locked, what="the conversion")
    started = time.monotonic()
    encoder.close()
    asking.join(timeout=5)
    assert time.monotonic() - started < 1.0
    assert len(caught) == 1
    with pytest.raises(EncoderFailed, match="closed"):
        encoder.encode(ONE_CHIP)


def test_two_processes_may_convert_at_once(tmp_path: Path) -> None:
    """Both can encode, and one file is left."""
    encoders = [OnnxEncoder(folder=tmp_path, threads=1) for _ in range(2)]
    answers: list[np.ndarray] = []
    threads = [
        threading.Thread(target=lambda e=e: answers.append(e.encode(ONE_CHIP))) for e in encoders
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(answers) == 2
    assert (answers[0] == answers[1]).all()
    assert len(list(tmp_path.iterdir())) == 1


def test_wrong_chips_are_refused(encoder: OnnxEncoder) -> None:
    """By their shape, before anything is loaded."""
    with pytest.raises(ValueError, match="chips"):
        encoder.encode(np.zeros((1, 10, 10, 3), np.uint8))
