"""The cache: whole files or none, damage seen and removed, several writers at once."""

import logging
import os
import sys
import threading
from pathlib import Path

import pytest

from biometrics import model_cache
from biometrics.model_cache import ModelCache, default_folder


def test_what_is_stored_comes_back(tmp_path: Path) -> None:
    """Under the stem it was stored with, from a folder that is made, for this user alone."""
    cache = ModelCache(tmp_path / "deep" / "models")
    path = cache.store("encoder-v1-abc", b"network")
    assert list(cache.models("encoder-v1-abc")) == [(path, b"network")]
    assert list(cache.models("encoder-v2-abc")) == []
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


def test_an_empty_or_missing_folder_holds_nothing(tmp_path: Path) -> None:
    """As before the first conversion."""
    assert list(ModelCache(tmp_path / "none").models("encoder")) == []


@pytest.mark.parametrize("damage", [b"", b"netw", b"network and more", b"nEtwork"])
def test_damaged_files_are_removed(
    tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Cut off, emptied, grown or with a bit changed: logged, and not given."""
    cache = ModelCache(tmp_path)
    path = cache.store("encoder", b"network")
    path.write_bytes(damage)
    with caplog.at_level(logging.WARNING):
        assert list(cache.models("encoder")) == []
    assert not path.exists()
    assert "was removed" in caplog.text


def test_a_stale_temporary_is_swept_and_a_fresh_one_left(tmp_path: Path) -> None:
    """The fresh one may belong to another process that writes now."""
    cache = ModelCache(tmp_path)
    stale, fresh = tmp_path / "writing-a.tmp", tmp_path / "writing-b.tmp"
    for left in (stale, fresh):
        left.write_bytes(b"half")
    os.utime(stale, (0, 0))
    path = cache.store("encoder", b"network")
    assert sorted(tmp_path.iterdir()) == sorted([fresh, path])


def test_many_writers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    """All of them write the same bytes."""
    cache = ModelCache(tmp_path)
    writers = [
        threading.Thread(target=cache.store, args=("encoder", b"n" * 100_000)) for _ in range(8)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [model for _, model in cache.models("encoder")] == [b"n" * 100_000]
    assert len(list(tmp_path.iterdir())) == 1


def test_an_interrupted_write_leaves_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up: an error, no file of that name, no temporary."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(model_cache.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        ModelCache(tmp_path).store("encoder", b"network")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """For example a file in its place."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        ModelCache(tmp_path / "file" / "models").store("encoder", b"network")


def test_the_default_folder_is_the_users_cache() -> None:
    """Named after the product."""
    assert default_folder().parts[-2:] == ("facenetgrid", "models")
