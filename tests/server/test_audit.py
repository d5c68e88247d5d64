"""The audit log: on the disk before it counts, and whatever is done to it afterwards is found."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from desktop import files
from security.chain import Head
from server.audit import SYSTEM, Audit, AuditProblem
from server.audit_records import REFUSED
from server.permissions import Action, Actor, Role
from tests.conftest import ROOT
from tests.server.office import MadeUpVault, audit_in

ACTOR = Actor("account:0123456789ab", Role.ADMINISTRATOR)


def filled(folder: Path, count: int = 5) -> Audit:
    """A log with so many records."""
    audit = audit_in(folder)
    for number in range(count):
        audit.record(Action.RENAME_PERSON, ACTOR, f"person-{number}", {"number": number})
    return audit


def lines_of(folder: Path) -> list[bytes]:
    """The log's lines."""
    return (folder / "audit" / "audit.jsonl").read_bytes().splitlines(keepends=True)


def put(folder: Path, lines: list[bytes]) -> None:
    """Writes the log's lines in the place of what is there."""
    (folder / "audit" / "audit.jsonl").write_bytes(b"".join(lines))


def closed(folder: Path) -> Audit:
    """The log, for looking at it as it lies there."""
    return Audit(folder / "audit", folder / "keys" / "head.sealed", MadeUpVault())


def found(folder: Path, witnesses: dict[str, Head] | None = None) -> list[int]:
    """At which records the log is not what it was."""
    return [finding.sequence for finding in closed(folder).verify(witnesses).findings]


def test_records_say_who_did_what_to_what(tmp_path: Path) -> None:
    """And they are there for the next program."""
    audit = audit_in(tmp_path)
    audit.record(Action.RENAME_PERSON, ACTOR, "person-1", {"number": 3, "yes": True, "word": "x"})
    audit.record(Action.DELETE_PERSON, ACTOR, "person-2", outcome=REFUSED)
    verified = audit_in(tmp_path).verify()
    assert verified.whole
    assert verified.head == audit.head
    first, second = verified.entries
    assert (first.sequence, first.actor, first.role) == (1, ACTOR.name, "administrator")
    assert (first.action, first.target, first.outcome) == ("rename person", "person-1", "done")
    assert first.details == {"number": 3, "yes": True, "word": "x"}
    assert (second.action, second.outcome, second.origin) == ("delete person", "refused", "window")


def test_a_record_is_on_the_disk_before_the_act_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Synchronised, not only written; a disk that refuses is an error and nothing is done."""
    audit = audit_in(tmp_path)
    synced: list[int] = []
    fsync = files.os.fsync
    monkeypatch.setattr(
        "server.audit_files.os.fsync", lambda handle: (synced.append(1), fsync(handle))
    )
    audit.record(Action.RENAME_PERSON, ACTOR, "person-1")
    assert synced

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("server.audit_files.os.fsync", full)
    with pytest.raises(AuditProblem, match="nothing was done"):
        audit.record(Action.RENAME_PERSON, ACTOR, "person-2")
    assert len(lines_of(tmp_path)) == 1


def test_every_changed_byte_of_the_file_is_found_at_its_record(tmp_path: Path) -> None:
    """Each byte of the second of three records."""
    filled(tmp_path, 3)
    before = lines_of(tmp_path)
    for place in range(len(before[1])):
        changed = bytearray(before[1])
        changed[place] ^= 1
        put(tmp_path, [before[0], bytes(changed), before[2]])
        assert closed(tmp_path).verify().findings[0].sequence == 2
    put(tmp_path, before)
    assert found(tmp_path) == []


def test_deletions_reordering_and_cuts_are_found(tmp_path: Path) -> None:
    """The newest records too: the server has their head a second time."""
    filled(tmp_path)
    whole = lines_of(tmp_path)
    for lines, at in (
        (whole[:2] + whole[3:], 3),
        (whole[1:], 1),
        (whole[:4], 5),
        (whole[:1], 2),
        ([], 1),
        ([whole[0], whole[2], whole[1], *whole[3:]], 2),
        ([*whole[:4], whole[4][:-1]], 5),
        ([*whole[:4], whole[4][:20]], 5),
        ([*whole, whole[2]], 3),
    ):
        put(tmp_path, lines)
        assert found(tmp_path)[0] == at
    (tmp_path / "audit" / "audit.jsonl").unlink()
    assert found(tmp_path)[0] == 1


def test_an_older_copy_of_the_log_is_found(tmp_path: Path) -> None:
    """The log alone: by the sealed head. The whole folder: by what a checkpoint kept."""
    grid, older = tmp_path / "grid", tmp_path / "older"
    filled(grid, 3)
    shutil.copytree(grid, older)
    newest = filled(grid, 4).head
    assert newest is not None
    assert newest.sequence == 7
    put(grid, lines_of(older))
    assert found(grid) == [4]
    assert found(older) == []
    assert found(older, {"checkpoint lobby": newest}) == [4]


def test_a_log_that_was_changed_is_one_record_and_goes_on(tmp_path: Path) -> None:
    """The alarm is a record too; what was there stays as it is, for whoever looks into it."""
    filled(tmp_path)
    lines = lines_of(tmp_path)
    lines[2] = lines[2].replace(b"person-2", b"person-3")
    put(tmp_path, lines)
    alarms: list[str] = []
    audit = audit_in(tmp_path, alarm=alarms.append)
    assert len(alarms) == 1
    assert "Record 3" in alarms[0]
    audit.record(Action.RENAME_PERSON, ACTOR, "person-9")
    verified = audit.verify()
    assert [finding.sequence for finding in verified.findings] == [3]
    assert [entry.action for entry in verified.entries][-2:] == [
        "audit log was changed",
        "rename person",
    ]
    assert verified.entries[-2].actor == SYSTEM.name
    assert lines_of(tmp_path)[:5] == lines
    audit_in(tmp_path, alarm=alarms.append)
    assert alarms == [alarms[0]] * 2
    assert len(lines_of(tmp_path)) == 7


@pytest.mark.parametrize("left", [0, 1, 3])
def test_numbers_of_records_that_were_cut_off_are_not_given_again(
    tmp_path: Path, left: int
) -> None:
    """The log goes on after them, and says for good that they are missing."""
    filled(tmp_path)
    put(tmp_path, lines_of(tmp_path)[:left])
    alarms: list[str] = []
    audit = audit_in(tmp_path, alarm=alarms.append)
    assert len(alarms) == 1
    head = audit.record(Action.RENAME_PERSON, ACTOR, "person-9")
    assert head.sequence == 7
    findings = audit.verify().findings
    assert [finding.sequence for finding in findings] == [left + 1]
    assert "to 5 are missing" in findings[0].sentence


def test_a_record_that_a_crash_left_half_written_is_taken_away(tmp_path: Path) -> None:
    """Nobody was told of it, so it was not done: no alarm. A whole one that was cut is another."""
    filled(tmp_path, 3)
    whole = lines_of(tmp_path)
    put(tmp_path, [*whole, whole[2][:40]])
    alarms: list[str] = []
    audit = audit_in(tmp_path, alarm=alarms.append)
    assert alarms == []
    assert lines_of(tmp_path) == whole
    assert audit.record(Action.RENAME_PERSON, ACTOR).sequence == 4
    assert audit.verify().whole


@pytest.mark.parametrize("damage", [b"", b"rubbish"])
def test_a_missing_or_changed_sealed_head_is_a_finding(tmp_path: Path, damage: bytes) -> None:
    """It is what the end of the log is compared with."""
    filled(tmp_path)
    anchor = tmp_path / "keys" / "head.sealed"
    anchor.write_bytes(damage)
    assert "sealed head" in closed(tmp_path).verify().findings[0].sentence
    anchor.unlink()
    assert "sealed head" in closed(tmp_path).verify().findings[0].sentence


def test_a_log_of_another_key_is_found(tmp_path: Path) -> None:
    """Made by somebody who has the files and not the vault."""
    other = audit_in(tmp_path, key=b"o" * 32)
    for _ in range(3):
        other.record(Action.RENAME_PERSON, ACTOR)
    assert {1, 2, 3} <= set(found(tmp_path))


def test_a_witness_who_saw_more_raises_the_alarm(tmp_path: Path) -> None:
    """The whole data folder was put back: only a checkpoint can tell. One record for each head."""
    grid, older = tmp_path / "grid", tmp_path / "older"
    filled(grid, 2)
    shutil.copytree(grid, older)
    seen = filled(grid, 3).head
    assert seen is not None
    alarms: list[str] = []
    back = audit_in(older, alarm=alarms.append)
    assert alarms == []
    assert not back.witnessed(seen.text(), "lobby")
    assert len(alarms) == 1
    assert "rolled back" in alarms[0]
    assert "checkpoint lobby saw record 5" in alarms[0]
    entry = back.verify().entries[-1]
    assert (entry.action, entry.target) == ("audit log was rolled back", "lobby")
    assert entry.details["witnessed"] == 5
    assert not back.witnessed(seen.text(), "lobby")
    assert len(alarms) == 1
    assert not audit_in(older, alarm=alarms.append).witnessed(seen.text(), "gate")
    assert alarms == [alarms[0]] * 2, "at each start, till somebody puts it away"
    assert [one.action for one in back.verify().entries].count(entry.action) == 1


def test_an_alarm_about_the_log_comes_back_until_it_is_put_away(tmp_path: Path) -> None:
    """Whoever opened the log first, such as a command at night, takes it from nobody."""
    filled(tmp_path, 4)
    log = tmp_path / "audit" / "audit.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:1] + lines[2:]))
    audit_in(tmp_path)
    told: list[list[str]] = []
    for _ in range(2):
        told.append([])
        audit = audit_in(tmp_path, alarm=told[-1].append)
    ((sentence,), again) = told
    assert again == [sentence]
    assert "Record 2 is missing" in sentence
    for outcome, left in (("refused", [sentence]), ("allowed", [])):
        audit.record(Action.DISMISS_ALARM, ACTOR, details={"what": sentence}, outcome=outcome)
        after: list[str] = []
        audit_in(tmp_path, alarm=after.append)
        assert after == left
    assert [one.sequence for one in audit.verify().findings][:1] == [2], "verify forgets nothing"


def test_a_witness_of_a_fork_raises_the_alarm(tmp_path: Path) -> None:
    """The same number, another record."""
    seen = filled(tmp_path / "one", 3).head
    other = audit_in(tmp_path / "other")
    for _ in range(4):
        other.record(Action.DELETE_PERSON, ACTOR)
    assert seen is not None
    assert not other.witnessed(seen.text(), "lobby")


def test_what_a_witness_should_say_is_no_alarm(tmp_path: Path) -> None:
    """The newest head, an older one, and what nobody has to believe: rubbish, other keys."""
    audit = filled(tmp_path)
    assert audit.head is not None
    first = Head.parse(audit.head.text())
    audit.record(Action.RENAME_PERSON, ACTOR)
    stranger = audit_in(tmp_path / "other", key=b"o" * 32)
    theirs = [stranger.record(Action.RENAME_PERSON, ACTOR) for _ in range(9)][-1]
    for text in (first.text(), audit.head.text(), "", "rubbish", theirs.text()):
        assert audit.witnessed(text, "lobby")
    assert audit.verify().whole


def test_two_programs_write_one_chain(tmp_path: Path) -> None:
    """A tool beside the running server: neither forks it."""
    script = (
        "import sys, pathlib\n"
        "from tests.server.office import audit_in\n"
        "from tests.server.test_audit import filled\n"
        "filled(pathlib.Path(sys.argv[1]), 20)\n"
    )
    words = [sys.executable, "-c", script, str(tmp_path)]
    writing = [subprocess.Popen(words, cwd=ROOT) for _ in range(2)]
    audit = filled(tmp_path, 20)
    assert [process.wait(timeout=60) for process in writing] == [0, 0]
    audit.record(Action.RENAME_PERSON, ACTOR)
    verified = audit.verify()
    assert verified.whole
    assert [entry.sequence for entry in verified.entries] == list(range(1, 62))


def test_long_and_many_details_are_cut(tmp_path: Path) -> None:
    """Whatever is recorded, a record stays one."""
    audit = audit_in(tmp_path)
    many: dict[str, str | int | bool] = {f"key {n}": "x" * 10_000 for n in range(100)}
    audit.record("y" * 10_000, Actor("z" * 10_000, Role.VIEWER, "o" * 10_000), "t" * 10_000, many)
    assert audit.verify().whole
    assert len(lines_of(tmp_path)[0]) < 16_000
    assert json.loads(lines_of(tmp_path)[0])["target"].endswith("…")


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    """A file where the folder belongs."""
    (tmp_path / "audit").write_text("")
    with pytest.raises(AuditProblem, match="cannot be written"):
        audit_in(tmp_path)
