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
from tests.database.examples import event
from tests.server.galleries import people_service, sample
from tests.server.looked_at import opened, start, verify
from tests.server.wire import ENCODER


def run(
    root: Path, *words: str, typed: str | None = "", encoder: str = ENCODER
) -> tuple[int, str, str]:
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
        encoder=lambda _network: InstalledEncoder(encoder),
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


def test_somebody_enrolled_with_another_face_model_is_exported_and_erased(
    root: Path, tmp_path: Path
) -> None:
    """Nobody finds them in the window then; what is kept of them is theirs all the same."""
    other = "another/1"
    code, out, _ = run(root, "export-person", "grace hopper", str(tmp_path / "out"), encoder=other)
    assert (code, out.count("out")) == (0, 3)
    assert "encoding" in (tmp_path / "out" / "person.json").read_text()
    code, out, _ = run(root, "erase-person", "Grace Hopper", typed="grace hopper", encoder=other)
    assert (code, "Templates erased:         1" in out) == (0, True)
    assert [one.display_name for one in people_service(root).list()] == ["Eileen Collins"]
    code, _, err = run(root, "erase-person", "Grace Hopper", "--yes", encoder=other)
    assert (code, "Nobody named" in err) == (1, True)


ALONE = dict.fromkeys(
    ("nearest_subject_id", "nearest_name", "runner_up_subject_id", "runner_up_name")
)
"""An event that says something of one person alone."""


def test_somebody_who_was_deleted_is_erased_from_the_history(root: Path, tmp_path: Path) -> None:
    """By name while one alone has it, else by id; who is enrolled under it is erased first."""
    people = people_service(root)
    eileen, grace = people.find("Eileen Collins"), people.find("Grace Hopper")
    assert eileen is not None
    assert grace is not None
    with opened(root) as found:
        for number, person in enumerate((grace, grace, eileen)):
            who = {"subject_id": person.subject_id, "display_name": person.display_name}
            found.data.log.append(event(event_id=f"{number:032x}", **ALONE, **who)).result(20)
        third = {"subject_id": "c" * 32, "display_name": "Eileen Collins"}
        found.data.log.append(event(event_id="f" * 32, **ALONE, **third)).result(20)
        found.data.people.delete(grace.subject_id)
    code, _, err = run(root, "export-person", "Grace Hopper", str(tmp_path / "out"))
    assert (code, "the history alone" in err) == (1, True)
    code, out, _ = run(root, "erase-person", "grace hopper", typed="Grace Hopper")
    assert (code, "Rows naming nobody now:   2" in out) == (0, True)
    code, out, _ = run(root, "erase-person", "Eileen Collins", "--yes")
    assert (code, f"erase-person {'c' * 32}" in out) == (0, True)
    code, out, _ = run(root, "erase-person", "c" * 32, "--yes")
    assert (code, "Rows naming nobody now:   1" in out, "If it is" in out) == (0, True, False)
    assert run(root, "erase-person", "c" * 32, "--yes")[0] == 1


def test_two_people_of_one_name_in_the_history_are_told_apart(root: Path) -> None:
    """Nobody is erased for the other."""
    with opened(root) as found:
        for letter in "ab":
            who = {"subject_id": letter * 32, "display_name": "Ann"}
            found.data.log.append(event(event_id=letter * 32, **ALONE, **who)).result(20)
    code, _, err = run(root, "erase-person", "Ann", "--yes")
    assert (code, "2 people named Ann" in err, "a" * 32 in err) == (1, True, True)
    assert run(root, "erase-person", "b" * 32, typed="b" * 32)[0] == 0
    assert run(root, "erase-person", "ann", typed="Ann")[0] == 0


def test_alarms_are_accepted(root: Path) -> None:
    """By a word of the administrator's; without an alarm nothing changes."""
    assert "no alarm" in run(root, "accept-people")[1]
    next(root.glob("known_faces/*.pkl")).unlink()
    code, out, _ = run(root, "accept-people")
    assert (code, "1 person whose file is gone" in out) == (0, True)
    assert "no alarm" in run(root, "accept-people")[1]


def test_an_alarm_about_the_log_is_put_away_where_there_is_no_window(root: Path) -> None:
    """It comes at each start until then; verify forgets nothing."""
    assert run(root, "export-person", "Grace Hopper", str(root / "out"))[0] == 0
    log = root / "audit" / "audit.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:1] + lines[2:]))
    assert "changed by somebody else" in start(root)
    assert "changed by somebody else" in start(root)
    code, out, _ = run(root, "accept-people")
    assert (code, out.startswith("Put away: The audit log was changed")) == (0, True)
    assert start(root) == ""
    assert "Record 2 is missing" in verify(root)


def test_data_that_cannot_be_opened_are_a_sentence(root: Path) -> None:
    """In use, or without their key."""
    holder = DataFolder(root)
    holder.lock("the server 'Lobby'")
    assert "Lobby" in run(root, "accept-people")[2]
    holder.unlock()
    (root / "keys" / "master.key").unlink()
    code, _, err = run(root, "erase-person", "Grace Hopper", "--yes")
    assert (code, "master key" in err) == (1, True)
