"""Tests of a folder as a camera."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures

from client.camera.errors import CameraMissing, SourceEnded
from client.camera.pictures import FolderSource, fitted


def write(path: Path, level: int, size: tuple[int, int] = (64, 48)) -> None:
    """A picture of one grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Pictures.new("RGB", size, (level, level, level)).save(path)


def quick(folder: Path, *, repeat: bool = False) -> FolderSource:
    """A folder that is shown fast."""
    return FolderSource(folder, repeat=repeat, shown_s=0.05, pause_s=0.05)


def levels_of(source: FolderSource, *, most: int = 40) -> list[int]:
    """The greys that were shown, each once in a row."""
    levels: list[int] = []
    for _ in range(most):
        try:
            frame = source.read()
        except SourceEnded:
            break
        assert frame is not None
        level = int(frame.image.mean())
        if not levels or levels[-1] != level:
            levels.append(level)
    return levels


def test_pictures_come_in_the_order_of_their_names_with_pauses(tmp_path: Path) -> None:
    """Subfolders too; a pause of grey between two, so that they are two visits."""
    write(tmp_path / "b" / "2.png", 200)
    write(tmp_path / "a.png", 10)
    (tmp_path / "notes.txt").write_text("no picture", encoding="utf-8")
    assert levels_of(quick(tmp_path)) == [10, 96, 200, 96]


def test_b22_bad_pictures_are_named_and_the_others_shown(tmp_path: Path) -> None:
    """B22: junk and a truncated file do not stop the folder."""
    (tmp_path / "0.jpg").write_bytes(b"\xff\xd8\xff\xe0 junk")
    write(tmp_path / "1.png", 50)
    (tmp_path / "2.jpg").write_bytes(b"")
    source = quick(tmp_path)
    assert 50 in levels_of(source)
    assert any("0.jpg" in sentence for sentence in source.failed)


def test_b22_a_folder_of_junk_is_said(tmp_path: Path) -> None:
    """B22: nothing in it can be read."""
    (tmp_path / "0.jpg").write_bytes(b"junk")
    source = quick(tmp_path, repeat=True)
    with pytest.raises(CameraMissing, match="can be read"):
        source.read()


def test_b22_an_empty_folder_and_no_folder_are_said(tmp_path: Path) -> None:
    """B22: both sentences name the folder."""
    with pytest.raises(CameraMissing, match="no pictures in"):
        quick(tmp_path)
    with pytest.raises(CameraMissing, match="no folder"):
        quick(tmp_path / "none")


def test_folders_are_repeated_when_asked(tmp_path: Path) -> None:
    """The first follows the last."""
    write(tmp_path / "a.png", 10)
    assert levels_of(quick(tmp_path, repeat=True), most=12).count(10) > 1


def test_large_pictures_are_made_smaller_and_small_ones_kept() -> None:
    """The longest side becomes 960 pixels, the shape stays."""
    big = fitted(np.zeros((1000, 2000, 3), np.uint8), 960)
    assert big.shape == (480, 960, 3)
    small = np.zeros((10, 20, 3), np.uint8)
    assert fitted(small, 960) is small
