"""Which copies of the data a server knows of, and what lies aside for how long."""

import os
from pathlib import Path

import pytest

from database.backups import stamp
from server import copies
from server.backup import make_backup
from server.backup_format import made_with
from server.copies import (
    backup_folder,
    known_copies,
    remove_set_aside,
    turn,
    whole_backups,
    workplace,
)
from server.data_folder import DataFolder
from server.settings import ServerSettings
from server.vault import open_vault

THEN_MS = 1_790_000_000_000


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A data folder with a place for copies."""
    folder = DataFolder(tmp_path / "data")
    folder.backups.mkdir(parents=True)
    return folder


def test_every_copy_of_before_is_known(folder: DataFolder, tmp_path: Path) -> None:
    """Copies of the history, backups here and in the folder of the settings, what lies aside."""
    other = tmp_path / "other"
    other.mkdir()
    aside = folder.root / "set-aside-20261125T234249531"
    aside.mkdir()
    there = (
        folder.backups / "match_history-daily-20261125T234150011.db",
        other / "facenetgrid-daily-20261125T234246663.tar",
        folder.backups / "facenetgrid-20261125T234246662.tar",
        folder.database.with_name("match_history.damaged-20261125T234246662.db"),
    )
    for path in (*there, folder.backups / "notes.txt", other / "facenetgrid-holiday.tar"):
        path.touch()
    settings = ServerSettings(backup_folder=str(other))
    assert known_copies(folder, settings, {"ab12"}) == (*there[:3], aside, there[3])
    assert backup_folder(folder, settings) == other
    assert whole_backups(folder, settings) == there[1:3], "the newest first"
    assert whole_backups(folder, ServerSettings()) == (there[2],)


def test_another_servers_backups_in_the_same_folder_are_none_of_ours(tmp_path: Path) -> None:
    """They are not counted, cleaned or removed; one that says nothing is looked at."""
    shared = tmp_path / "shared"
    shared.mkdir()
    settings = ServerSettings(backup_folder=str(shared))
    made = []
    for number in (1, 2):
        one = DataFolder(tmp_path / str(number))
        made.append(
            make_backup(one, open_vault(one), shared, now_ms=lambda at=number: at * 1000).path
        )
    torn = shared / "facenetgrid-20260101T000000000.tar"
    torn.write_bytes(b"torn")
    ours = open_vault(one).fingerprint
    assert whole_backups(one, settings) == (torn, made[1], made[0])
    assert whole_backups(one, settings, {ours}) == known_copies(one, settings, {ours})
    assert known_copies(one, settings, {ours}) == (torn, made[1])


def test_a_backup_that_does_not_change_is_opened_once(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of another size or time, or another one under its name, is looked at again."""
    path = make_backup(folder, open_vault(folder), folder.backups).path
    looked: list[Path] = []

    def look(one: Path) -> str | None:
        looked.append(one)
        return made_with(one)

    monkeypatch.setattr(copies, "made_with", look)
    key_of = copies.KeysOfBackups()
    ours = open_vault(folder).fingerprint
    assert [key_of(path), key_of(path)] == [ours, ours]
    assert looked == [path]
    at = path.stat()
    os.utime(path, ns=(at.st_atime_ns, at.st_mtime_ns + 1))
    assert (key_of(path), len(looked)) == (ours, 2)
    path.write_bytes(b"torn")
    os.utime(path, ns=(at.st_atime_ns, at.st_mtime_ns + 1))
    assert [key_of(path), key_of(path)] == [None, None]
    assert len(looked) == 3
    path.unlink()
    assert key_of(path) is None


def test_whoever_has_the_turn_removes_what_a_killed_one_left(folder: DataFolder) -> None:
    """Half a backup and what was gathered for one: both hold people."""
    left = folder.root / ".backing-up-xyz"
    left.mkdir()
    person, second = left / "person.pkl", folder.root / "person.pkl"
    second.write_bytes(b"templates")
    os.link(second, person)
    half = folder.backups / "facenetgrid-20261125T234246662.tar.part"
    half.write_bytes(b"half")
    with turn(folder):
        assert not left.exists()
        assert not half.exists()
    assert second.read_bytes() == b"templates", "the file of somebody who is there was blanked"


def test_who_is_erased_meanwhile_is_written_over_in_the_workplace(folder: DataFolder) -> None:
    """The second name of a file keeps its content; an error leaves nothing either."""
    kept = folder.root / "kept.pkl"
    kept.write_bytes(b"kept")
    gone = folder.root / "gone.pkl"
    gone.write_bytes(b"gone")
    with gone.open("rb") as looking:
        with workplace(folder) as place:
            for path in (kept, gone):
                os.link(path, place / path.name)
            gone.unlink()
        assert looking.read() == bytes(4)
    assert kept.read_bytes() == b"kept"
    with pytest.raises(ZeroDivisionError):
        gather_and_fail(folder, kept)
    assert not list(folder.root.glob(".backing-up-*"))
    assert kept.read_bytes() == b"kept"


def gather_and_fail(folder: DataFolder, kept: Path) -> None:
    """An error in the middle."""
    with workplace(folder) as place:
        (place / "half").write_bytes(b"half")
        os.link(kept, place / "kept.pkl")
        1 / 0  # noqa: B018 - raises


def test_what_lies_aside_goes_after_its_days(folder: DataFolder) -> None:
    """Folders, damaged histories with their journals; newer ones and others stay."""
    old, new = (folder.root / f"set-aside-{stamp(THEN_MS + ms)}" for ms in (0, 10))
    for one in (old, new):
        (one / "known_faces").mkdir(parents=True)
        (one / "known_faces" / "person.pkl").write_bytes(b"templates")
    damaged = folder.database.with_name(f"match_history.damaged-{stamp(THEN_MS)}.db")
    journal = damaged.with_name(damaged.name + "-wal")
    for path in (damaged, journal):
        path.write_bytes(b"rows")
    assert remove_set_aside(folder, THEN_MS) == 0
    assert remove_set_aside(folder, THEN_MS + 5) == 2
    assert not old.exists()
    assert not damaged.exists()
    assert not journal.exists()
    assert (new / "known_faces" / "person.pkl").exists()
