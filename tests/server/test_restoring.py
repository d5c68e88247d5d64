"""A backup takes the place of the data; what must not come back does not."""

import json
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest

from database.reader import EventFilter
from server import restoring, swap
from server.backup import make_backup
from server.backup_format import PURPOSE, BackupFile, BackupRefused, write
from server.data_folder import DataFolder
from server.key_acts import print_recovery, use_recovery
from server.restoring import restore_whole
from server.vault import Vault, VaultProblem, open_vault
from tests.server.galleries import sample
from tests.server.wire import face, identify, served
from tests.support import taken, wait_until


def live(root: Path, names: dict[str, int], events: int = 1) -> None:
    """A server that ran once: somebody enrolled, somebody came by."""
    with served(root) as running, running.checkpoint() as gate:
        for name, number in names.items():
            running.grid.people.add(name, [sample(number)])
        for _ in range(events):
            assert gate.ask(identify(face(1))).kind == "verdict"


def restored(folder: DataFolder, backup: Path) -> restoring.Restored:
    folder.lock("the test")
    try:
        return restore_whole(folder, backup, open_vault, now_ms=lambda: 1_795_325_400_123)
    finally:
        folder.unlock()


def who_is_there(root: Path) -> tuple[set[str], int]:
    """Names enrolled and events, as a server that starts on it sees them; nothing set aside."""
    with served(root) as running:
        grid = running.grid
        assert grid.people.alarms == (), "the list of people noticed an older copy"
        return {person.display_name for person in grid.people.list()}, grid.history.count()


def test_everything_is_as_it_was_and_what_was_there_is_kept(tmp_path: Path) -> None:
    """People, their list, the history, the settings; a server starts on it without an alarm."""
    root = tmp_path / "data"
    live(root, {"Grace Hopper": 1}, events=2)
    folder = DataFolder(root)
    folder.settings.write_text('{"name": "Then"}')
    backup = make_backup(folder, open_vault(folder), tmp_path / "b.tar").path
    folder.settings.write_text('{"name": "Now"}')
    live(root, {"Mary Jackson": 7}, events=5)

    done = restored(folder, backup)
    assert done.aside == root / "set-aside-20261122T053000123"
    assert "Mary" not in done.sentence
    assert who_is_there(root) == ({"Grace Hopper"}, 2)
    assert json.loads(folder.settings.read_text())["name"] == "Then"
    kept = sqlite3.connect(done.aside / "database/match_history.db")
    assert kept.execute("SELECT count(*) FROM events").fetchone() == (7,)
    kept.close()
    assert len(list((done.aside / "known_faces").glob("*.pkl"))) == 2
    assert not (root / ".restoring").exists()


def test_keys_accounts_devices_and_the_audit_log_stay(tmp_path: Path) -> None:
    """A revoked checkpoint and a closed account must not come back with an older backup."""
    root = tmp_path / "data"
    live(root, {})
    folder = DataFolder(root)
    folder.devices.write_text("with the stolen one")
    backup = make_backup(folder, open_vault(folder), tmp_path / "b.tar").path
    folder.devices.write_text("without it")
    kept = {
        path: path.read_bytes()
        for path in (*folder.keys.iterdir(), *folder.audit.rglob("*"))
        if path.is_file() and path.name != "people.anchor"
    }
    restored(folder, backup)
    assert {path: path.read_bytes() for path in kept} == kept
    folder.devices.unlink()
    restored(folder, backup)
    assert folder.devices.read_text() == "with the stolen one", "what is missing comes back"


def test_another_key_is_refused_with_both_fingerprints(tmp_path: Path) -> None:
    """And nothing is touched."""
    one, other = tmp_path / "one", tmp_path / "other"
    live(one, {})
    live(other, {"Grace Hopper": 1})
    theirs = open_vault(DataFolder(other))
    backup = make_backup(DataFolder(one), open_vault(DataFolder(one)), tmp_path / "b.tar").path
    before = {path: path.read_bytes() for path in other.rglob("*") if path.is_file()}
    with pytest.raises(BackupRefused) as refused:
        restored(DataFolder(other), backup)
    assert theirs.fingerprint in str(refused.value)
    assert open_vault(DataFolder(one)).fingerprint in str(refused.value)
    after = {path: path.read_bytes() for path in other.rglob("*") if path.is_file()}
    assert {p for p in before if after.get(p) != before[p]} <= {other / "database/server.lock.json"}


def test_another_computer_with_the_recovery_key(tmp_path: Path) -> None:
    """Without any key there the whole comes back, with a master key of its own."""
    root = tmp_path / "data"
    live(root, {"Grace Hopper": 1}, events=3)
    folder = DataFolder(root)
    vault = open_vault(folder)
    recovery = print_recovery(folder, vault, by="the test")
    backup = make_backup(folder, open_vault(folder), tmp_path / "b.tar").path

    new = DataFolder(tmp_path / "new")
    with pytest.raises(VaultProblem):  # the master key is not in the backup
        restored(new, backup)
    assert not new.keys.exists()

    def by_recovery(there: DataFolder) -> Vault:
        return use_recovery(there, recovery.text, by="the test")

    new.lock("the test")
    done = restore_whole(new, backup, open_vault, open_other=by_recovery)
    new.unlock()
    assert done.another_computer
    assert who_is_there(new.root) == ({"Grace Hopper"}, 3)
    assert new.master_key.read_bytes() != folder.master_key.read_bytes()


@pytest.mark.parametrize("strange", ["numpy.py", "database/log.py", "restoring.json"])
def test_a_backup_brings_nothing_but_data(tmp_path: Path, strange: str) -> None:
    """It is proven by its own key on another computer, whoever made that: no code comes along."""
    root = tmp_path / "data"
    live(root, {"Grace Hopper": 1})
    folder = DataFolder(root)
    vault = open_vault(folder)
    (tmp_path / "evil").write_text("raise SystemExit")
    with BackupFile(make_backup(folder, vault, tmp_path / "b.tar").path) as honest:
        files = {**honest.parts(), strange: tmp_path / "evil"}
        with (tmp_path / "evil.tar").open("wb") as out:
            write(out, honest.head, files.items(), vault.key(PURPOSE))
    shutil.copytree(root / "keys", tmp_path / "new" / "keys")
    new = DataFolder(tmp_path / "new")
    with pytest.raises(BackupRefused, match="none of FaceNetGrid's data"):
        restored(new, tmp_path / "evil.tar")
    assert not (new.root / strange).exists()
    assert not (new.root / ".restoring").exists()


def test_a_bad_backup_changes_nothing(tmp_path: Path) -> None:
    """Cut off, one bit turned, not ours, not there."""
    root = tmp_path / "data"
    live(root, {"Grace Hopper": 1})
    folder = DataFolder(root)
    content = make_backup(folder, open_vault(folder), tmp_path / "b.tar").path.read_bytes()
    turned = bytearray(content)
    turned[len(content) // 2] ^= 1
    bad = tmp_path / "bad.tar"
    for damaged in (content[: len(content) // 2], turned, b"holiday pictures" * 1000, None):
        bad.unlink(missing_ok=True)
        if damaged is not None:
            bad.write_bytes(damaged)
        with pytest.raises(BackupRefused):
            restored(folder, bad)
        assert not list(root.glob("set-aside-*"))
        assert not (root / ".restoring").exists()
    assert who_is_there(root) == ({"Grace Hopper"}, 1)


def test_a_disk_without_room_is_said_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is unpacked then."""
    root = tmp_path / "data"
    live(root, {})
    folder = DataFolder(root)
    backup = make_backup(folder, open_vault(folder), tmp_path / "b.tar").path
    usage = restoring.shutil.disk_usage(root)._replace(free=10)
    monkeypatch.setattr(restoring.shutil, "disk_usage", lambda _root: usage)
    with pytest.raises(BackupRefused, match="free some space"):
        restored(folder, backup)
    assert not (root / ".restoring").exists()


def test_a_folder_on_another_disk_is_said_before(tmp_path: Path) -> None:
    """A rename would fail in the middle: nothing is begun."""
    here = tmp_path.stat().st_dev
    others = [path for path in map(Path, ("/dev/shm", "/var/tmp")) if path.is_dir()]
    other = next((path for path in others if path.stat().st_dev != here), None)
    if other is None:
        pytest.skip("no second file system here")
    root = tmp_path / "data"
    live(root, {})
    folder = DataFolder(root)
    backup = make_backup(folder, open_vault(folder), tmp_path / "b.tar").path
    with tempfile.TemporaryDirectory(dir=other) as name:
        shutil.move(folder.keys, Path(name) / "keys")
        folder.keys.symlink_to(Path(name) / "keys")
        with pytest.raises(BackupRefused, match="another disk"):
            restored(folder, backup)
    assert not list(root.glob("set-aside-*"))


def test_who_was_erased_since_is_erased_again(tmp_path: Path) -> None:
    """Their file comes with the backup and goes at the next start, with who they were in rows."""
    root = tmp_path / "data"
    folder = DataFolder(root)
    with served(root) as running, running.checkpoint() as gate:
        grace = running.grid.people.add("Grace Hopper", [sample(1)]).subject_id
        running.grid.people.add("Mary Jackson", [sample(7)])
        assert gate.ask(identify(face(1))).subject_id == grace
        backup = running.grid.back_up(tmp_path / "b.tar").path
        running.grid.erase_person(grace)
    restored(folder, backup)
    assert len(list(folder.known_faces.glob("*.pkl"))) == 2
    with served(root) as running:
        history = running.grid.history
        assert [person.display_name for person in running.grid.people.list()] == ["Mary Jackson"]
        wait_until(lambda: history.count(EventFilter(subject_id=grace)) == 0)
        assert history.count() == 1
        assert history.count(EventFilter(text="hopper")) == 0
    assert len(list(folder.known_faces.glob("*.pkl"))) == 1
    assert grace.encode() not in folder.database.read_bytes()


def test_no_backup_is_made_while_files_take_their_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would hold half of both."""
    folder = DataFolder(tmp_path / "data")
    live(folder.root, {"Grace Hopper": 1})
    backup = make_backup(folder, open_vault(folder), tmp_path / "b.tar").path
    real, held = swap.begin, list[bool]()

    def begin(root: Path, plan: swap.Plan) -> None:
        real(root, plan)
        held.append(taken(folder.keys / "copies.lock"))

    monkeypatch.setattr(swap, "begin", begin)
    restored(folder, backup)
    assert held == [True]
