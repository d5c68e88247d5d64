"""The file of strangers: what is written is read, anything else is refused with a sentence."""

import base64
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biometrics.gallery import unit_length
from security.sealing import Sealer, new_key
from server.safe_pickle import dump_primitives, load_primitives
from server.strangers_file import (
    Stranger,
    StrangersInvalid,
    from_bytes,
    read_bytes,
    seal,
    to_bytes,
)
from tests.server.vaults import a_vault
from tests.server.wire import ENCODER, face

SEALER = a_vault().sealer("strangers")


def some(count: int = 3, dimensions: int = 128) -> list[Stranger]:
    """Made-up ones."""
    rows = np.random.default_rng(1).normal(size=(count, dimensions))
    return [Stranger(unit_length(row), 1000 + n) for n, row in enumerate(rows)]


@pytest.mark.parametrize("dimensions", [128, 512])
def test_what_is_written_is_read(dimensions: int) -> None:
    """To four-byte floats."""
    encoder, found = from_bytes(to_bytes(ENCODER, some(dimensions=dimensions)))
    assert encoder == ENCODER
    assert [one.seen_at_ms for one in found] == [1000, 1001, 1002]
    for one, other in zip(found, some(dimensions=dimensions), strict=True):
        assert one.encoding == pytest.approx(other.encoding, abs=1e-6)


def test_as_many_as_are_kept_fit() -> None:
    """2,000 of the longest encodings, within the limits of what is read."""
    assert len(from_bytes(to_bytes(ENCODER, some(2000, 512)))[1]) == 2000


def test_no_name_and_no_picture_is_in_it() -> None:
    """A time and numbers."""
    plain = load_primitives(to_bytes(ENCODER, some(1)))
    assert isinstance(plain, dict)
    assert set(plain) == {"format", "version", "encoder", "strangers"}
    assert set(plain["strangers"][0]) == {"seen_at_ms", "encoding"}


def _text(row: Any) -> str:
    return base64.b64encode(np.asarray(row, dtype="<f4").tobytes()).decode()


@pytest.mark.parametrize(
    ("changes", "stranger"),
    [
        ({"format": "facenetgrid-person"}, {}),
        ({"version": 2}, {}),
        ({"encoder": 5}, {}),
        ({"strangers": {}}, {}),
        ({"strangers": ["x"]}, {}),
        ({}, {"seen_at_ms": -1}),
        ({}, {"seen_at_ms": True}),
        ({}, {"seen_at_ms": None}),
        ({}, {"encoding": None}),
        ({}, {"encoding": "???"}),
        ({}, {"encoding": "AAAAAA=="}),
        ({}, {"encoding": _text([0.0] * 128)}),
        ({}, {"encoding": _text([float("nan")] * 128)}),
        ({}, {"encoding": _text([float("inf")] * 128)}),
        ({}, {"encoding": _text(face(1))}),
        ({}, {"encoding": _text([1.0, 0.0])}),
        ({}, {"encoding": _text([1.0])}),
    ],
)
def test_anything_else_is_refused(changes: dict[str, Any], stranger: dict[str, Any]) -> None:
    """With a sentence; the other entries are of 128 numbers and sound."""
    plain: Any = load_primitives(to_bytes(ENCODER, some()))
    plain["strangers"][1].update(stranger)
    with pytest.raises(StrangersInvalid, match=r"\.$"):
        from_bytes(dump_primitives({**plain, **changes}))


def test_broken_bytes_are_refused() -> None:
    """Whatever byte is wrong: either it is read, or refused."""
    sound = to_bytes(ENCODER, some(2))
    chance = random.Random(3)
    for _ in range(500):
        spoilt = bytearray(sound)
        spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        try:
            _, found = from_bytes(bytes(spoilt))
        except StrangersInvalid:
            continue
        assert all(np.isfinite(one.encoding).all() for one in found)


def test_what_is_no_ordinary_file(tmp_path: Path) -> None:
    """None is no trouble; a link, a folder and an empty file are named."""
    path = tmp_path / "strangers.sealed"
    assert read_bytes(path, SEALER) is None
    path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(StrangersInvalid, match="a link"):
        read_bytes(path, SEALER)
    path.unlink()
    path.mkdir()
    with pytest.raises(StrangersInvalid, match="a folder"):
        read_bytes(path, SEALER)
    path.rmdir()
    path.touch()
    with pytest.raises(StrangersInvalid, match="empty"):
        read_bytes(path, SEALER)


def test_what_lies_on_the_disk_is_sealed(tmp_path: Path) -> None:
    """The content comes back with its own key alone, and is not read without a seal."""
    path, plain = tmp_path / "strangers.sealed", to_bytes(ENCODER, some())
    path.write_bytes(seal(plain, SEALER))
    assert read_bytes(path, SEALER) == plain
    assert b"seen_at_ms" not in path.read_bytes()
    for data, sealer in ((path.read_bytes(), Sealer(new_key())), (plain, SEALER)):
        path.write_bytes(data)
        with pytest.raises(StrangersInvalid, match="Sealed bytes"):
            read_bytes(path, sealer)
