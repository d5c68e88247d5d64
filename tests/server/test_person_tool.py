"""The commands about one person: exported, erased after the name was typed, alarms accepted."""

import io
import re
from pathlib import Path

import pytest

from server import person_tool
from server.__main__ import parser
from server.backup import make_backup, place_for_backups
from server.backup_format import PURPOSE, BackupFile
from server.data_folder import DataFolder
from server.encoders import InstalledEncoder
from server.settings import ServerSettings
from server.vault import open_vault
from tests.server.galleries import people_service, sample
from tests.server.wire import ENCODER


def run(root: Path, *words: str, typed: str | None = "") -> tuple[int, str, str]:
    """Exit code, output and errors."""
    out, err = io.StringIO(), io.StringIO()

    def ask(_question: str) -> str:
        if typed is None:
            raise EOFError
        return typed

    code = person_tool.run(
        parser().parse_args(list(words)),
        DataFolder(root),
        by="os:ann",
        encoder=lambda _network: InstalledEncoder(ENCODER),
        ask=ask,
        out=out,
        err=err,
    )
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Data with two people."""
    people = people_service(tmp_path / "data")
    people.add("Grace Hopper", [sample(1)])
    people.add("Eileen Collins", [sample(2)])
    return tmp_path / "data"


def test_exported(root: Path, tmp_path: Path) -> None:
    """By name, upper and lower case alike; an unknown name is a sentence."""
    code, out, _ = run(root, "export-person", "grace hopper", str(tmp_path / "out"))
    assert (code, out.count("out")) == (0, 3)
    code, _, err = run(root, "export-person", "Nobody", str(tmp_path / "none"))
    assert (code, "Nobody named" in err) == (1, True)
    assert not (tmp_path / "none").exists()


def test_erased_after_the_name_was_typed(root: Path, tmp_path: Path) -> None:
    """A slip erases nobody; the receipt is shown, and written where it is wanted."""
    assert run(root, "erase-person", "Grace Hopper", typed="yes")[0] == 1
    code, _, err = run(root, "erase-person", "Grace Hopper", typed=None)
    assert (code, "add --yes" in err) == (1, True)
    paper, folder = tmp_path / "receipt.txt", DataFolder(root)
    backup = make_backup(folder, open_vault(folder), place_for_backups(folder, ServerSettings()))
    words = ["erase-person", "Grace Hopper", "--receipt", str(paper)]
    code, out, _ = run(root, *words, typed="grace hopper")
    assert (code, "os:ann" in out, paper.read_text() == out) == (0, True, True)
    assert "taken out of all of them" in out
    assert f"forget-in-backups FILE --data {root}" in out
    (digest,) = re.findall("[0-9a-f]{64}", out)
    assert digest in (root / "audit" / "audit.jsonl").read_text()
    with BackupFile(backup.path) as copy:
        members = copy.verify(open_vault(folder).key(PURPOSE))
    assert sum(one.path.endswith(".pkl") for one in members) == 1
    assert run(root, "erase-person", "Eileen Collins", "--yes")[0] == 0
    assert not list(root.glob("known_faces/*.pkl"))
    log = (root / "audit" / "audit.jsonl").read_text()
    assert log.count("erase person") == 4, "asked for and done, of each"
    assert "Hopper" not in log


def test_alarms_are_accepted(root: Path) -> None:
    """By a word of the administrator's; without an alarm nothing changes."""
    assert "no alarm" in run(root, "accept-people")[1]
    next(root.glob("known_faces/*.pkl")).unlink()
    code, out, _ = run(root, "accept-people")
    assert (code, "1 people whose files are gone" in out) == (0, True)
    assert "no alarm" in run(root, "accept-people")[1]


def test_data_that_cannot_be_opened_are_a_sentence(root: Path) -> None:
    """In use, or without their key."""
    holder = DataFolder(root)
    holder.lock("the server 'Lobby'")
    assert "Lobby" in run(root, "accept-people")[2]
    holder.unlock()
    (root / "keys" / "master.key").unlink()
    code, _, err = run(root, "erase-person", "Grace Hopper", "--yes")
    assert (code, "master key" in err) == (1, True)
