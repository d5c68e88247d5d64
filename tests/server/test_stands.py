"""How far the stores are: noted when they change, seldom, and compared with the log."""

from pathlib import Path

import pytest

from database.errors import StorageFailed
from server.administration import command_line
from server.audit import SYSTEM, Audit
from server.audit_records import ALLOWED
from server.data_folder import DataFolder
from server.permissions import Action
from server.stand_records import BY_HAND, NOTED, PEOPLE, PUT_BACK, Stand
from server.stands import Stands, files_of
from tests.server.office import audit_in


def made(root: Path) -> tuple[Stands, Audit, DataFolder]:
    """The stands of a folder, its log, and the folder."""
    folder, audit = DataFolder(root), audit_in(root)
    folder.keys.mkdir()
    return Stands(audit, files_of(folder)), audit, folder


def noted(audit: Audit) -> list[dict[str, object]]:
    """What was noted, record by record."""
    return [dict(entry.details) for entry in audit.verify().entries if entry.action == NOTED]


def test_what_changed_is_noted_once(tmp_path: Path) -> None:
    """A number or a digest, of what changed alone; what is gone once that is accepted."""
    stands, audit, folder = made(tmp_path)
    numbers = [1]
    stands.watch(PEOPLE, lambda: Stand(numbers[0], "mac"))
    folder.accounts.write_bytes(b"one")
    assert stands.look() == ()
    stands.note()
    (first,) = noted(audit)
    assert first[PEOPLE] == "1 mac"
    assert set(first) == {PEOPLE, "accounts"}
    numbers[0] = 2
    stands.note()
    folder.accounts.unlink()
    stands.note()
    assert noted(audit)[1:] == [{PEOPLE: "2 mac"}]
    assert "is gone; it was there at record" in stands.put_back[0]
    stands.accepted()
    assert noted(audit)[2:] == [{"accounts": "gone"}]


def test_many_changes_are_one_record_in_a_while(tmp_path: Path) -> None:
    """Ten seconds; what changes all the time goes along with others, and is noted at the end."""
    at_s = [100.0]
    _, audit, folder = made(tmp_path)
    stands = Stands(audit, files_of(folder), clock=lambda: at_s[0])
    numbers = {"people": 1, "history": 1}
    stands.watch("people", lambda: Stand(numbers["people"]))
    stands.watch("history", lambda: Stand(numbers["history"]), lazily=True)
    stands.look()
    for _ in range(25):
        numbers["people"] += 1
        at_s[0] += 1
        stands.tick()
    assert [one["people"] for one in noted(audit)] == ["1 ", "11 ", "21 "]
    numbers["people"] = 21
    numbers["history"] = 5
    at_s[0] += 100
    stands.tick()
    assert len(noted(audit)) == 3
    stands.note(lazily=True)
    assert noted(audit)[3:] == [{"history": "5 "}]


def test_a_store_that_cannot_be_read_was_not_put_back(tmp_path: Path) -> None:
    """Whoever needs it says what is wrong."""
    stands, audit, folder = made(tmp_path)
    folder.accounts.write_bytes(b"one")
    stands.watch("history", lambda: Stand(4))
    stands.look()

    def broken() -> Stand:
        raise StorageFailed("It is closed.")

    again = Stands(audit, files_of(folder))
    again.watch("history", broken)
    folder.accounts.unlink()
    folder.accounts.mkdir()
    assert again.look() == ()
    assert len(noted(audit)) == 1


def test_a_full_disk_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The note is made later."""
    stands, audit, folder = made(tmp_path)
    stands.look()
    folder.accounts.write_bytes(b"one")
    with monkeypatch.context() as full:
        full.setattr(audit, "_append", lambda _content: (_ for _ in ()).throw(OSError(28, "full")))
        stands.note()
    assert noted(audit) == []
    stands.note()
    assert len(noted(audit)) == 1


def test_settings_changed_by_hand_are_told_once(tmp_path: Path) -> None:
    """A change in the window, that a crash kept from being noted, is none by hand."""
    stands, audit, folder = made(tmp_path)
    folder.settings.write_text("{}")
    stands.look()
    folder.settings.write_text('{"port": 1}')
    again = Stands(audit, files_of(folder))
    again.look()
    assert "server-settings.json was changed by hand" in again.by_hand
    assert [entry.action for entry in audit.verify().entries].count(BY_HAND) == 1
    third = Stands(audit, files_of(folder))
    third.look()
    assert third.by_hand == ""
    audit.record(Action.CHANGE_SETTINGS, command_line(), outcome=ALLOWED)
    folder.settings.write_text('{"port": 2}')
    fourth = Stands(audit, files_of(folder))
    fourth.look()
    assert fourth.by_hand == ""


def test_what_was_put_back_is_not_noted_till_it_is_accepted(tmp_path: Path) -> None:
    """The newer stand is what is expected; by a word of the administrator's the older one."""
    stands, audit, folder = made(tmp_path)
    for content in (b"one", b"two"):
        folder.accounts.write_bytes(content)
        stands.note()
    folder.accounts.write_bytes(b"one")
    again = Stands(audit, files_of(folder))
    (told,) = again.look()
    assert told == again.put_back[0]
    assert "is an older copy, of record 1" in told
    again.note()
    assert len(noted(audit)) == 2
    assert again.accepted() == (told,)
    audit.record(Action.RESTORE, command_line(), details={"what": "accept people"}, outcome=ALLOWED)
    again.note()
    assert len(noted(audit)) == 3
    assert Stands(audit, files_of(folder)).look() == ()


def test_a_file_that_is_put_back_while_it_is_in_use(tmp_path: Path) -> None:
    """It is told at once and not taken for a change; by hand changed settings too."""
    _, audit, folder = made(tmp_path)
    alarms: list[str] = []
    stands = Stands(audit, files_of(folder), alarm=alarms.append)
    for content in (b"one", b"two"):
        folder.accounts.write_bytes(content)
        stands.note()
    assert alarms == []
    folder.accounts.write_bytes(b"one")
    stands.note()
    stands.note()
    (told,) = alarms
    assert "is an older copy, of record 1" in told
    assert [entry.action for entry in audit.verify().entries].count(PUT_BACK) == 1
    folder.accounts.write_bytes(b"two")
    stands.note()
    for content in ("{}", '{"port": 1}'):
        folder.settings.write_text(content)
        stands.note()
    assert "was changed by hand" in alarms[-1]
    assert len(alarms) == 2
    assert Stands(audit, files_of(folder)).look() == (told,)


def test_a_forged_record_says_nothing(tmp_path: Path) -> None:
    """One that somebody changed is left out; the log itself tells of it."""
    stands, audit, folder = made(tmp_path)
    folder.accounts.write_bytes(b"one")
    stands.note()
    audit.record("anything", SYSTEM)
    path = audit.path
    path.write_bytes(path.read_bytes().replace(b'"accounts":"0 ', b'"accounts":"9 '))
    assert audit.entries((NOTED,)) == ()
    assert len(audit.entries(("anything",))) == 1
