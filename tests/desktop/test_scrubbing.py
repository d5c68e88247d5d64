"""Files that are removed or replaced leave nothing where they lay."""

import os
from pathlib import Path

import pytest

from desktop.scrubbing import (
    blank_tree,
    finish_swap,
    replace_scrubbed,
    scrub,
    scrub_tree,
    swap_scrubbed,
)


def test_removed_and_blanked(tmp_path: Path) -> None:
    """What another name or an open handle still shows is zeros; nothing there is nothing done."""
    path = tmp_path / "a"
    path.write_bytes(b"secret" * 500_000)
    with path.open("rb") as still_open:
        assert scrub(path)
        assert not any(still_open.read())
    assert not path.exists()
    assert not scrub(path)


def test_what_a_link_leads_to_stays(tmp_path: Path) -> None:
    """And what is shared with another name is only removed here."""
    kept, link, twin = tmp_path / "kept", tmp_path / "link", tmp_path / "twin"
    kept.write_bytes(b"somebody's")
    link.symlink_to(kept)
    os.link(kept, twin)
    assert scrub(link)
    assert scrub(twin)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert kept.read_bytes() == b"somebody's"


def test_replaced_and_blanked(tmp_path: Path) -> None:
    """The new content under the name, zeros where the old one lay."""
    path = tmp_path / "a"
    path.write_bytes(b"plain")
    with path.open("rb") as old:
        replace_scrubbed(path, b"sealed")
        assert old.read() == bytes(5)
    assert path.read_bytes() == b"sealed"


def test_a_disk_that_refuses_leaves_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is blanked before the new content is there."""
    path = tmp_path / "a"
    path.write_bytes(b"plain")

    def refuse(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        replace_scrubbed(path, b"sealed")
    assert path.read_bytes() == b"plain"
    assert [one.name for one in tmp_path.iterdir() if one.name.endswith(".tmp")] == [".a.gone.tmp"]
    finish_swap(path)
    assert path.read_bytes() == b"plain", "blanked by its second name"
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_what_a_kill_between_leaves_is_scrubbed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new file has the name already, the old content is still there."""
    path = tmp_path / "a"
    path.write_bytes(b"plain")
    with monkeypatch.context() as patched, path.open("rb") as old:
        patched.setattr("desktop.scrubbing.sync_folder", lambda _folder: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            replace_scrubbed(path, b"sealed")
        assert (path.read_bytes(), old.read()) == (b"sealed", b"plain")
        patched.undo()
        old.seek(0)
        finish_swap(path)
        assert old.read() == bytes(5)
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_without_second_names_it_is_blanked_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a stick whose file system knows no links."""
    path, new = tmp_path / "a", tmp_path / "new"
    path.write_bytes(b"plain")
    new.write_bytes(b"sealed")

    def refuse(*_args: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    with path.open("rb") as old:
        swap_scrubbed(new, path)
        assert old.read() == bytes(5)
    assert path.read_bytes() == b"sealed"


def test_a_folder_goes_with_all_that_is_in_it(tmp_path: Path) -> None:
    """Blanked; what a link leads to stays."""
    kept, folder = tmp_path / "kept", tmp_path / "folder"
    kept.mkdir()
    (kept / "a").write_bytes(b"kept")
    (folder / "deep").mkdir(parents=True)
    inside = folder / "deep" / "b"
    inside.write_bytes(b"secret")
    (folder / "link").symlink_to(kept)
    with inside.open("rb") as still_open:
        scrub_tree(folder)
        assert not any(still_open.read())
    scrub_tree(folder)
    assert [one.name for one in tmp_path.iterdir()] == ["kept"]
    assert (kept / "a").read_bytes() == b"kept"


def test_many_files_go_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blanked before any is removed; what refuses goes too; another name's content stays."""
    folder, kept = tmp_path / "folder", tmp_path / "kept"
    (folder / "deep").mkdir(parents=True)
    kept.write_bytes(b"kept")
    os.link(kept, folder / "twin")
    (folder / "link").symlink_to(kept)
    for name in ("a", "deep/b"):
        (folder / name).write_bytes(b"secret")
    (folder / "deep" / "c").mkdir()
    synced: list[bytes] = []

    def sync(path: Path) -> None:
        synced.extend((path / name).read_bytes() for name in ("a", "deep/b"))

    monkeypatch.setattr("desktop.scrubbing.sync_disk", sync)
    blank_tree(folder)
    blank_tree(folder)
    assert synced == [bytes(6), bytes(6)]
    assert [one.name for one in tmp_path.iterdir()] == ["kept"]
    assert kept.read_bytes() == b"kept"


def test_what_cannot_be_written_over_is_removed_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A full disk of the kind that writes nothing in place; the log names the file."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").write_bytes(b"secret")

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("desktop.scrubbing.os.write", full)
    blank_tree(tmp_path / "folder")
    assert list(tmp_path.iterdir()) == []
    assert "could not be written over" in caplog.text
