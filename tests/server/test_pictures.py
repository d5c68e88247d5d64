"""Small pictures: only JPEGs, only small ones, only under opaque ids."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from server.pictures import MAX_BYTES, PictureFolder, PictureRefused, check, thumbnail
from tests.server.vaults import a_vault

CHIP = np.full((150, 150, 3), 99, dtype=np.uint8)
PERSON = "a" * 32


def test_kept_read_and_forgotten(tmp_path: Path) -> None:
    """A picture is there until it is deleted; deleting twice is nothing."""
    folder = PictureFolder(tmp_path / "pictures", a_vault())
    assert folder.read(PERSON) is None
    folder.write(PERSON, thumbnail(CHIP))
    assert folder.read(PERSON) == thumbnail(CHIP)
    folder.delete(PERSON)
    folder.delete(PERSON)
    assert folder.read(PERSON) is None


def test_a_picture_lies_sealed_and_belongs_to_its_person(tmp_path: Path) -> None:
    """No JPEG on the disk; under another's name, changed, or of another vault it is none."""
    folder = PictureFolder(tmp_path, a_vault())
    folder.write(PERSON, thumbnail(CHIP))
    (path,) = tmp_path.iterdir()
    sealed = path.read_bytes()
    assert b"\xff\xd8\xff" not in sealed
    assert b"JFIF" not in sealed
    assert PictureFolder(tmp_path, a_vault(bytes(32))).read(PERSON) is None
    path.with_name(f"{'b' * 32}.sealed").write_bytes(sealed)
    assert folder.read("b" * 32) is None
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    assert folder.read(PERSON) is None


def test_plain_pictures_are_taken_over(tmp_path: Path) -> None:
    """Sealed; what is no picture goes, other files stay."""
    (tmp_path / f"{PERSON}.jpg").write_bytes(thumbnail(CHIP))
    (tmp_path / f"{'b' * 32}.jpg").write_bytes(b"no picture")
    (tmp_path / "holiday.jpg").write_bytes(b"not ours")
    folder = PictureFolder(tmp_path, a_vault())
    assert folder.take_over() == 2
    assert folder.read(PERSON) == thumbnail(CHIP)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{PERSON}.sealed", "holiday.jpg"]


def test_all_are_forgotten_and_nothing_else(tmp_path: Path) -> None:
    """Every picture goes, also one half written; files that are not ours stay."""
    folder = PictureFolder(tmp_path / "pictures", a_vault())
    assert folder.delete_all() == 0
    folder.write(PERSON, thumbnail(CHIP))
    half = tmp_path / "pictures" / f".{PERSON}.jpg.a1b2.tmp"
    half.write_bytes(thumbnail(CHIP)[:100])
    holiday = tmp_path / "pictures" / "holiday.jpg"
    holiday.write_bytes(b"not ours")
    assert folder.delete_all() == 2
    assert list((tmp_path / "pictures").iterdir()) == [holiday]


def _encoded(kind: str, side: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side)).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xd8\xff junk", _encoded("PNG", 50), _encoded("JPEG", 700), bytes(MAX_BYTES + 1)],
    ids=["empty", "cut-short", "png", "too-wide", "too-many-bytes"],
)
def test_what_is_no_small_jpeg_is_refused(data: bytes) -> None:
    """Anything else is refused with a sentence."""
    with pytest.raises(PictureRefused, match="picture"):
        check(data)


def test_paths_are_made_of_ids_alone(tmp_path: Path) -> None:
    """B17: what is no id never becomes a path."""
    with pytest.raises(ValueError, match="subject id"):
        PictureFolder(tmp_path, a_vault()).read("../../etc/passwd")
