"""Codes: they pick the few that are worth a comparison, and say when there can be none."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.codes import CodedRows, Codes, CodesUnavailable, together
from tests.biometrics.support import MadeUpPeople

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float32]:
    """Rows of 2,048 made-up people."""
    made = MadeUpPeople(3)
    return np.array([made.person() for _ in range(2048)], dtype=np.float32)


@pytest.fixture(scope="module")
def codes(vectors: NDArray[np.float32]) -> Codes:
    """Their codes."""
    return Codes(vectors)


def test_the_nearest_is_among_the_candidates(codes: Codes, vectors: NDArray[np.float32]) -> None:
    """Pictures of 100 people of the block; probes at once or one by one alike."""
    made = MadeUpPeople(3)
    probes = np.array([made.picture(row.astype(float)) for row in vectors[::20]], dtype=np.float32)
    probes /= np.linalg.norm(probes, axis=1, keepdims=True)
    rows = CodedRows([codes])
    found = rows.candidates(probes, 32)
    assert found.shape == (103, 32)
    nearest = np.argmax(probes @ vectors.T, axis=1)
    assert (found == nearest[:, np.newaxis]).any(axis=1).all()
    alone = np.concatenate([rows.candidates(probe[np.newaxis], 32) for probe in probes])
    assert (np.sort(alone, axis=1) == np.sort(found, axis=1)).all()


def test_codes_take_a_sixteenth_of_the_memory(codes: Codes, vectors: NDArray[np.float32]) -> None:
    """32 bytes for 512."""
    assert codes.bytes * 16 == vectors.nbytes


def test_the_same_rows_have_the_same_codes(codes: Codes, vectors: NDArray[np.float32]) -> None:
    """A verdict can be had again after a restart."""
    again = CodedRows([Codes(vectors)]).candidates(vectors[:20], 32)
    assert (again == CodedRows([codes]).candidates(vectors[:20], 32)).all()


def test_blocks_are_scanned_in_one_call(codes: Codes, vectors: NDArray[np.float32]) -> None:
    """Rows are counted from block to block; where there are fewer than wanted stands -1."""
    other = Codes(vectors[::-2])
    both = together((codes, other))
    assert together((codes, other)) is both
    found = both.candidates(vectors[2047:], 3072 + 5)
    assert set(found[0, :2].tolist()) == {2047, 2048}
    assert (np.sort(found[0])[:5] == -1).all()
    assert (np.sort(found[0])[5:] == np.arange(3072)).all()


@pytest.mark.parametrize("shape", [(1023, 128), (2048, 15), (2048, 8), (2048, 301)])
def test_rows_that_have_no_codes_are_refused(shape: tuple[int, int]) -> None:
    """Too few of them, or numbers that cannot be divided evenly: a sentence."""
    with pytest.raises(CodesUnavailable, match="no codes"):
        Codes(np.ones(shape, dtype=np.float32))


def test_long_encodings_have_codes() -> None:
    """A user's own network may give 512 numbers."""
    rows = np.random.default_rng(1).standard_normal((1024, 512)).astype(np.float32)
    assert (CodedRows([Codes(rows)]).candidates(rows[:5], 1)[:, 0] == np.arange(5)).all()


def test_without_faiss_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An administrator can install it."""
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(CodesUnavailable, match="faiss-cpu"):
        Codes(np.ones((1024, 128), dtype=np.float32))


def test_faiss_waits_until_a_large_gallery_needs_it() -> None:
    """A window is not held up by it."""
    words = "import sys, biometrics.identify, biometrics.calibrate; print('faiss' in sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", words],
        cwd=_ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout.strip() == "False"


def test_faiss_does_not_fill_the_log() -> None:
    """Loaded by a server that logs what happens, it says nothing where nothing is wrong."""
    words = (
        "import logging, numpy as np; logging.basicConfig(level=logging.INFO)\n"
        "from biometrics.codes import Codes; Codes(np.eye(1024, 128, dtype=np.float32))"
    )
    told = subprocess.run(
        [sys.executable, "-c", words], cwd=_ROOT, check=True, capture_output=True, text=True
    )
    assert told.stderr == told.stdout == ""
