"""Backups of a whole data folder, made while somebody writes."""

import sqlite3
import threading
from pathlib import Path

import pytest

from server import backup as backup_module
from server.backup import BackupFailed, make_backup, place_for_backups
from server.backup_format import PURPOSE, BackupFile
from server.data_folder import DataFolder
from server.settings import ServerSettings
from server.vault import Vault, open_vault
from tests.server.galleries import people_service, sample
from tests.server.wire import face, identify, served


def filled(root: Path) -> tuple[DataFolder, Vault]:
    """A closed data folder with a person, an event, and files that do not belong in a backup."""
    with served(root) as running, running.checkpoint() as gate:
        running.grid.people.add("Grace Hopper", [sample(1)])
        assert gate.ask(identify(face(1))).kind == "verdict"
    (root / "local-pairing.json").write_text("{}")
    (root / "known_faces" / "a file of mine.txt").write_text("holiday")
    (root / "known_faces" / ".half.tmp").write_text("half")
    (root / "keys" / "requests").mkdir(exist_ok=True)
    (root / "keys" / "requests" / "revoke.json").write_text("{}")
    folder = DataFolder(root)
    return folder, open_vault(folder)


def here(folder: DataFolder) -> Path:
    """The folder for backups, made."""
    return place_for_backups(folder, ServerSettings())


def names(path: Path, vault: Vault) -> set[str]:
    with BackupFile(path) as opened:
        return {member.path for member in opened.verify(vault.key(PURPOSE))}


def test_everything_but_the_master_key_is_in_it(tmp_path: Path) -> None:
    """Proven, readable by its owner alone, and it says what it needs."""
    folder, vault = filled(tmp_path / "data")
    made = make_backup(folder, vault, here(folder), now_ms=lambda: 1_795_325_400_123)
    assert made.path == folder.backups / "facenetgrid-20261122T053000123.tar"
    found = names(made.path, vault)
    assert {"database/match_history.db", "keys/vault.json", "keys/people.anchor"} <= found
    assert "known_faces/people.journal" in found
    assert sum(name.endswith(".pkl") for name in found) == 1
    assert not {"keys/master.key", "local-pairing.json", "known_faces/.half.tmp"} & found
    assert not any("requests" in name or name.endswith(".lock") for name in found)
    assert made.left_out == ("known_faces/a file of mine.txt",)
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.fingerprint == vault.fingerprint
    assert vault.fingerprint in made.sentence
    content = made.path.read_bytes()
    assert folder.master_key.read_bytes().strip() not in content
    assert b"Grace" not in content
    assert b"Hopper" not in content
    assert not list(folder.root.glob(".backing-up-*"))
    # A later one goes where it is told, and does not hold the earlier one.
    elsewhere = make_backup(folder, vault, tmp_path / "mine.tar")
    assert elsewhere.path == tmp_path / "mine.tar"
    assert names(elsewhere.path, vault) == found


def test_people_and_their_list_belong_together_while_somebody_enrols(tmp_path: Path) -> None:
    """Whoever is in the list has their file in the backup, and nobody else has one."""
    folder, vault = filled(tmp_path / "data")
    people = people_service(folder.root)
    stop = threading.Event()

    def enrol() -> None:
        number = 2
        while not stop.is_set() and number < 60:
            people.add(f"Person {number}", [sample(number)])
            number += 1
            stop.wait(0.01)

    thread = threading.Thread(target=enrol)
    thread.start()
    try:
        made = make_backup(folder, vault, here(folder))
    finally:
        stop.set()
        thread.join()
    members = names(made.path, vault)
    out = DataFolder(tmp_path / "out")
    with BackupFile(made.path) as opened:
        opened.unpack(opened.verify(vault.key(PURPOSE)), out.root)
    (out.keys / "master.key").write_bytes(folder.master_key.read_bytes())
    again = people_service(out.root)
    assert len(again.list()) == sum(name.endswith(".pkl") for name in members)
    assert not again.load(), "a person was set aside"
    assert again.alarms == (), "the list and the files do not agree"


def test_who_never_rests_is_not_backed_up_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence, and nothing is left behind."""
    folder, vault = filled(tmp_path / "data")
    looks = iter(range(10**6))
    monkeypatch.setattr(
        backup_module, "_look", lambda _root: [("server-settings.json", (next(looks), 0, 0))]
    )
    with pytest.raises(BackupFailed, match="being enrolled"):
        make_backup(folder, vault, here(folder))
    assert not list(folder.root.glob(".backing-up-*"))
    assert not list(folder.backups.glob("*.tar*"))


def test_f5_a_full_disk_leaves_no_half_a_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says what to do."""
    folder, vault = filled(tmp_path / "data")

    def full(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup_module, "write", full)
    with pytest.raises(BackupFailed, match="free some space"):
        make_backup(folder, vault, here(folder))
    assert not list(folder.backups.glob("facenetgrid*"))


def test_f8_a_damaged_history_is_not_backed_up(tmp_path: Path) -> None:
    """A backup that could not be restored is none."""
    folder, vault = filled(tmp_path / "data")
    folder.database.write_bytes(folder.database.read_bytes()[:8192] + b"garbage" * 2000)
    with pytest.raises(BackupFailed, match="damaged"):
        make_backup(folder, vault, here(folder))


def test_without_links_files_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a file system that knows none."""
    folder, vault = filled(tmp_path / "data")

    def refuse(*_args: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(backup_module.os, "link", refuse)
    made = make_backup(folder, vault, here(folder))
    assert sum(name.endswith(".pkl") for name in names(made.path, vault)) == 1


def test_the_history_in_it_is_whole_while_events_come(tmp_path: Path) -> None:
    """A server that runs is not disturbed, and what was acknowledged before is in it."""
    with served(tmp_path / "data") as running, running.checkpoint() as gate:
        for _ in range(5):
            assert gate.ask(identify(face(1))).kind == "verdict"
        made = running.grid.back_up()
        assert gate.ask(identify(face(1))).kind == "verdict"
        vault = running.grid.vault
    with BackupFile(made.path) as opened:
        opened.unpack(opened.verify(vault.key(PURPOSE)), tmp_path / "out")
    connection = sqlite3.connect(tmp_path / "out/database/match_history.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (5,)
    connection.close()


def test_f5_the_room_of_the_history_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup does not fill the disk on which events have to be recorded."""
    folder, vault = filled(tmp_path / "data")
    usage = backup_module.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(
        backup_module.shutil, "disk_usage", lambda _place: usage._replace(free=201 * 2**20)
    )
    make_backup(folder, vault, here(folder))
    monkeypatch.setattr(
        backup_module.shutil, "disk_usage", lambda _place: usage._replace(free=200 * 2**20)
    )
    with pytest.raises(BackupFailed, match="210 MB are needed"):
        make_backup(folder, vault, tmp_path)
    assert not list(tmp_path.glob("*.tar*"))


def test_one_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    """The server is closed while it makes one."""
    folder, vault = filled(tmp_path / "data")
    with pytest.raises(BackupFailed, match="stopped"):
        make_backup(folder, vault, here(folder), stop=lambda: True)
    assert not list(folder.backups.iterdir())
    assert not list(folder.root.glob(".backing-up-*"))


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """A disk that is not connected: the backup would lie on another one."""
    folder, lost = DataFolder(tmp_path / "data"), tmp_path / "usb"
    with pytest.raises(BackupFailed, match="Connect its disk"):
        place_for_backups(folder, ServerSettings(backup_folder=str(lost)))
    assert not lost.exists()
    lost.mkdir()
    assert place_for_backups(folder, ServerSettings(backup_folder=str(lost))) == lost
    assert here(folder).is_dir()


def test_who_is_erased_while_it_is_gathered_is_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second name that the backup gave the file is the last one then."""
    folder, vault = filled(tmp_path / "data")
    people = people_service(folder.root)
    (grace,) = people.list()
    path = folder.known_faces / f"{grace.subject_id}.pkl"
    real, looks = backup_module._look, iter(range(10**6))

    def look(root: Path) -> list[tuple[str, tuple[int, int, int]]]:
        if next(looks) == 1:
            people.delete(grace.subject_id)
        return list(real(root))

    monkeypatch.setattr(backup_module, "_look", look)
    with path.open("rb") as still_open:
        made = make_backup(folder, vault, here(folder))
        assert not any(still_open.read())
    assert not any(name.endswith(".pkl") for name in names(made.path, vault))
