"""The data held against the log: only read, beside a running server too."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from database.log import EventLog
from database.opening import open_for_writing
from server.administration import command_line
from server.audit import Audit
from server.audit_records import DONE, Verified
from server.data_folder import DataFolder
from server.data_proof import with_data
from server.history_cipher import HistoryCipher
from server.permissions import Action
from tests.database.test_upgrade_4 import make_version_4
from tests.server.office import audit_in
from tests.server.programs import ROOT
from tests.server.vaults import a_vault
from tests.server.wire import enrol, face, identify, served

DAY_MS = 86_400_000


def test_a_running_server_is_no_finding(tmp_path: Path) -> None:
    """Its data are newer than what was noted, and nothing is written by looking."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        gate.ask(enrol("Grace Hopper", face(1)))
        gate.ask(identify(face(1)))
        books = running.grid.books
        assert books is not None
        before = books.audit.head
        verified = books.audit.verify()
        assert with_data(verified, DataFolder(tmp_path), books.vault, now_ms=0).findings == ()
        assert books.audit.head == before


def test_a_receipt_is_expected_for_a_year(tmp_path: Path) -> None:
    """Later the settings may have deleted it."""
    audit, folder = audit_in(tmp_path), DataFolder(tmp_path)
    audit.record(Action.ERASE_PERSON, command_line(), "a" * 32, outcome=DONE)
    verified = audit.verify()
    at_ms = verified.entries[0].at_ms
    for days, found in ((0, 1), (364, 1), (366, 0)):
        looked = with_data(verified, folder, a_vault(), now_ms=at_ms + days * DAY_MS)
        assert len(looked.findings) == found, days


def whole(folder: DataFolder, *, newest: str = "0") -> Audit:
    """A history without an event, closed properly, and an audit log that knows of it."""
    audit = audit_in(folder.root)
    audit.record("data as they stand", command_line(), details={"history": f"{newest} "})
    open_for_writing(
        folder.database,
        HistoryCipher(a_vault()),
        backup_folder=folder.backups,
        now_ms=0,
        lock_wait_s=1.0,
    ).close()
    return audit


def overwritten(at: int, data: bytes) -> Callable[[Path], None]:
    """Puts other bytes into the file."""

    def damage(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(at)
            file.write(data)

    return damage


def journal_alone(path: Path) -> None:
    """The file is gone, and something in its journal is not."""
    path.rename(path.with_name(f"{path.name}-wal"))


def no_file(path: Path) -> None:
    """A folder has its name."""
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "header": (overwritten(0, bytes(100)), "is damaged (file is not a database)"),
    "first page": (overwritten(0, bytes(4096)), "is damaged (file is not a database)"),
    "schema": (overwritten(100, b"\xff" * 900), "is damaged ("),
    "page of a table": (overwritten(2 * 4096, bytes(4096)), "is damaged ("),
    "page of an index": (overwritten(7 * 4096, bytes(4096)), "is damaged ("),
    "cut": (lambda path: os.truncate(path, 5000), "is damaged ("),
    "empty": (lambda path: os.truncate(path, 0), "is empty (0 bytes)"),
    "no database": (lambda path: path.write_bytes(b"no database" * 100), "is damaged ("),
    "newer": (overwritten(60, b"\0\0\0\x09"), "install the newer FaceNetGrid"),
    "journal alone": (journal_alone, "is missing while its journal"),
    "no file": (no_file, "is no file"),
}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_history_that_cannot_be_read_is_told(tmp_path: Path, how: str) -> None:
    """In a sentence of one line, as at a start; nothing of it counts as verified."""
    folder = DataFolder(tmp_path)
    audit = whole(folder)
    damage, expected = DAMAGES[how]
    damage(folder.database)
    looked = with_data(audit.verify(), folder, a_vault(), now_ms=0)
    assert looked.trouble.startswith("The history was not verified. ")
    assert expected in looked.trouble
    assert "\n" not in looked.trouble
    assert ("server restore --data" in looked.trouble) == (how != "newer")
    assert not looked.whole


def test_a_look_that_is_given_up_says_how_far_it_was(tmp_path: Path) -> None:
    """In the middle of the history, with what was found till then, of which nothing is accepted."""
    folder = DataFolder(tmp_path)
    audit = audit_in(tmp_path)
    make_version_4(tmp_path / "old.db", events=9, cipher=HistoryCipher(a_vault()))
    folder.database.parent.mkdir(exist_ok=True)
    (tmp_path / "old.db").rename(folder.database)
    with EventLog(folder.database, HistoryCipher(a_vault()), backup_folder=folder.backups):
        pass
    with contextlib.closing(sqlite3.connect(folder.database, isolation_level=None)) as history:
        history.execute("UPDATE events SET frames = 99 WHERE sequence = 3")
    asked: list[bool] = []

    def stop() -> bool:
        return bool(asked)

    def look(stop: Callable[[], bool]) -> Verified:
        return with_data(
            audit.verify(),
            folder,
            a_vault(),
            now_ms=0,
            progress=lambda *_far: asked.append(True),
            stop=stop,
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("database.verifying._ROWS_AT_ONCE", 2)
        looked = look(stop)
        assert (looked.cancelled, looked.rows, looked.there) == (True, 2, 7)
        assert (len(looked.findings), looked.acceptable) == (1, False)
        looked = look(lambda: True)
        assert (looked.cancelled, looked.rows, looked.whole) == (True, None, True)
        looked = look(lambda: False)
        assert (looked.cancelled, looked.rows, looked.acceptable) == (False, 7, True)


def test_rubbish_in_the_journal_is_no_part_of_the_history(tmp_path: Path) -> None:
    """SQLite takes what has its checksum; an event that went with the rest is found by the log."""
    folder = DataFolder(tmp_path)
    audit = whole(folder, newest="7")
    folder.database.with_name(f"{folder.database.name}-wal").write_bytes(os.urandom(20_000))
    looked = with_data(audit.verify(), folder, a_vault(), now_ms=0)
    assert looked.trouble == ""
    (found,) = looked.findings
    assert "it ends at number 0, and had come to 7" in found.sentence


def test_a_history_that_is_gone_is_found(tmp_path: Path) -> None:
    """The audit log knows that there was one."""
    folder = DataFolder(tmp_path)
    audit = whole(folder)
    folder.database.unlink()
    looked = with_data(audit.verify(), folder, a_vault(), now_ms=0)
    (found,) = looked.findings
    assert found.sentence.startswith("The history is gone; it was there at record 1 ")
    assert not looked.whole


_AS_NOBODY = """
import os, sys
from pathlib import Path
from server.data_proof import _trouble_of_pages
from server.data_folder import DataFolder
Path.cwd().as_uri()  # imports what nobody may read where Python is one user's own
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
for name in sys.argv[1:]:
    print(_trouble_of_pages(DataFolder(Path(name))))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_history_that_may_not_be_read_is_told() -> None:
    """The permissions are named: of the file, or of the folder that it is in."""
    with tempfile.TemporaryDirectory() as name:  # tmp_path is closed to other users
        Path(name).chmod(0o755)
        closed = [DataFolder(Path(name) / what) for what in ("file", "folder")]
        for folder in closed:
            whole(folder)
            folder.root.chmod(0o755)
            folder.database.chmod(0o000)
        closed[0].database.parent.chmod(0o755)
        closed[1].database.parent.chmod(0o000)
        done = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, *(str(folder.root) for folder in closed)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        closed[1].database.parent.chmod(0o755)
    told = done.stdout.splitlines()
    assert len(told) == 2, done.stderr
    assert all(line.startswith("The history was not verified. ") for line in told)
    assert "check the permissions of the file" in told[0]
    assert "cannot be read: Permission denied" in told[1]
