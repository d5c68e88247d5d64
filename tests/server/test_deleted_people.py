"""Who was deleted and not erased: found by the history and the audit log, and erased for good."""

from pathlib import Path

import pytest

from server.acting_grid import ActingGrid
from server.audit_records import ALLOWED, DONE, FAILED, Entry
from server.deleted_people import DeletedPerson, deleted_people
from server.permissions import Action, Actor, NotAllowed, Role
from tests.server.wire import enrol, face, identify, served


def entry(action: str, target: str, outcome: str = ALLOWED, *, at_ms: int = 7) -> Entry:
    """A record of somebody's act."""
    return Entry(
        sequence=at_ms,
        at_ms=at_ms,
        actor="account:1",
        role="enroller",
        origin="window",
        action=action,
        outcome=outcome,
        target=target,
        details={},
    )


def found(
    named: dict[str, str], *entries: Entry, enrolled: str = "", erased: str = ""
) -> list[DeletedPerson]:
    """The list, where ids are single letters."""
    return list(
        deleted_people(
            named, entries, enrolled=lambda one: one in set(enrolled), erased=set(erased)
        )
    )


def test_the_latest_is_first_with_when_and_by_whom() -> None:
    """Who is in no record, as after files were accepted as gone, is last and is not left out."""
    deletions = entry(Action.DELETE_PERSON, "a"), entry(Action.DELETE_PERSON, "b", at_ms=9)
    assert found({"a": "Ann", "c": "Cy"}, *deletions) == [
        DeletedPerson("b", "", 9, "account:1"),
        DeletedPerson("a", "Ann", 7, "account:1"),
        DeletedPerson("c", "Cy"),
    ]


def test_who_is_enrolled_or_was_not_deleted_is_not_in_it() -> None:
    """Nor anybody whose file is there and cannot be used now."""
    failed = entry(Action.DELETE_PERSON, "b"), entry(Action.DELETE_PERSON, "b", FAILED)
    assert found({"a": "Ann", "": "Nobody"}, *failed, enrolled="a") == []


def test_who_was_erased_is_not_in_it_unless_the_history_names_them_again() -> None:
    """By the receipt, and by the log when that is gone; an erasure that failed is none."""
    deleted = [entry(Action.DELETE_PERSON, one) for one in "abc"]
    erased = entry(Action.ERASE_PERSON, "b", DONE), entry(Action.ERASE_PERSON, "c", FAILED)
    assert [one.subject_id for one in found({}, *deleted, *erased, erased="a")] == ["c"]
    again = found({"b": "Bo"}, *deleted, *erased, erased="ab")
    assert {one.subject_id for one in again} == {"b", "c"}


def test_somebody_deleted_is_listed_and_erased_by_an_administrator(tmp_path: Path) -> None:
    """With the name that the history has; afterwards neither has it any more."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        for name, seed in (("Grace Hopper", 1), ("Eileen Collins", 2), ("Ann", 3)):
            gate.ask(enrol(name, face(seed)))
        gate.ask(identify(face(1)))
        gate.ask(identify(face(2)))
        books = running.grid.books
        assert books is not None
        hands = {
            role: ActingGrid(running.grid, books.administration, Actor("os:somebody", role))
            for role in (Role.ENROLLER, Role.ADMINISTRATOR)
        }
        boss = hands[Role.ADMINISTRATOR]
        assert boss.deleted_people() == ()
        grace, ann = (running.grid.people.find(name) for name in ("Grace Hopper", "Ann"))
        assert grace is not None
        assert ann is not None
        for person in (grace, ann):
            hands[Role.ENROLLER].people.delete(person.subject_id)
        with pytest.raises(NotAllowed):
            hands[Role.ENROLLER].deleted_people()
        second, first = boss.deleted_people()
        assert (first.subject_id, first.display_name) == (grace.subject_id, "Grace Hopper")
        assert (second.subject_id, second.display_name) == (ann.subject_id, "")
        assert first.by == "os:somebody"
        assert first.deleted_at_ms is not None
        receipt = boss.erase_person(grace.subject_id)
        assert receipt.events == 2  # where she was named, and where she was the nearest
        assert [one.subject_id for one in boss.deleted_people()] == [ann.subject_id]
        assert all(row.display_name != "Grace Hopper" for row in boss.history.query().rows)
