"""Tests of the key that seals what a checkpoint keeps."""

from pathlib import Path

import pytest

from client.storage_key import storage_key


def test_made_once_and_the_same_ever_after(tmp_path: Path) -> None:
    """32 bytes, for their owner's eyes alone, in a folder that need not be there."""
    path = tmp_path / "new" / "storage.key"
    key = storage_key(path)
    assert len(key) == 32
    assert storage_key(path) == key
    assert path.stat().st_mode & 0o077 == 0
    assert storage_key(tmp_path / "other.key") != key


@pytest.mark.parametrize("damaged", [b"", b"short", b"x" * 33])
def test_a_file_of_another_length_is_kept_aside(tmp_path: Path, damaged: bytes) -> None:
    """A key that was cut off may still be mended by hand: it is not overwritten."""
    path = tmp_path / "storage.key"
    path.write_bytes(damaged)
    key = storage_key(path)
    assert storage_key(path) == key
    (kept,) = tmp_path.glob("storage.key.unusable-*")
    assert kept.read_bytes() == damaged


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    """No key is made up that would be gone at the next start."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        storage_key(tmp_path / "file" / "storage.key")
