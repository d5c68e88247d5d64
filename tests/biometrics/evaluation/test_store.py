"""What was seen is kept, and survives torn writes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from biometrics.evaluation.store import Seen, SeenStore
from tests.biometrics.evaluation.sets import item


def seen(number: int, *, face: bool = True) -> Seen:
    """A look of 128 numbers."""
    rows = np.random.default_rng(number).normal(size=128).astype(np.float32).astype(np.float64)
    found = item("Ann", number, rows if face else None).seen
    assert found is not None
    return found if not face else replace(found, fused=rows[::-1].copy())


def test_kept_and_read_again(tmp_path: Path) -> None:
    """Everything comes back, with and without a face; the file is its owner's alone."""
    store = SeenStore(tmp_path / "c", "encoder", 128)
    looks = [seen(1), seen(2, face=False)]
    for look in looks:
        store.add(look)
    again = SeenStore(tmp_path / "c", "encoder", 128)
    assert len(again) == 2
    first, second = (again.get(look.sha256) for look in looks)
    assert first is not None
    assert second is not None
    assert np.array_equal(first.straight, looks[0].straight)
    assert np.array_equal(first.fused, looks[0].fused)
    assert (second.straight, second.fused) == (None, None)
    assert first.picture_hash == looks[0].picture_hash
    assert first.sharpness == pytest.approx(0.3)
    assert store.path.stat().st_mode & 0o077 == 0


def test_another_encoder_has_another_file(tmp_path: Path) -> None:
    """Encodings of different encoders are never mixed."""
    store = SeenStore(tmp_path, "encoder", 128)
    store.add(seen(1))
    assert len(SeenStore(tmp_path, "other", 128)) == 0
    assert len(SeenStore(tmp_path, "encoder", 64)) == 0


@pytest.mark.parametrize("cut", [1, 100])
def test_a_torn_record_costs_that_record_only(tmp_path: Path, cut: int) -> None:
    """What follows is in step again."""
    store = SeenStore(tmp_path, "encoder", 128)
    store.add(seen(1))
    store.add(seen(2))
    store.path.write_bytes(store.path.read_bytes()[:-cut])
    again = SeenStore(tmp_path, "encoder", 128)
    assert len(again) == 1
    again.add(seen(3))
    assert len(SeenStore(tmp_path, "encoder", 128)) == 2


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    """The checksum tells."""
    store = SeenStore(tmp_path, "encoder", 128)
    store.add(seen(1))
    data = bytearray(store.path.read_bytes())
    data[60] ^= 1
    store.path.write_bytes(bytes(data))
    assert len(SeenStore(tmp_path, "encoder", 128)) == 0
