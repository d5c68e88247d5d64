"""What the audit log knows of the data, and what is told of data that are older."""

from pathlib import Path

from server.administration import command_line
from server.audit import SYSTEM
from server.audit_records import ALLOWED
from server.permissions import Action
from server.stand_records import (
    ACCEPT,
    NOTED,
    PUT_BACK,
    RENEWED,
    Known,
    Stand,
    changed_by_hand,
    free_in,
    known_in,
    outstanding,
    sentences,
    went_back,
)
from tests.server.office import audit_in

ONE, TWO, THREE = (Stand(mark=mark) for mark in ("1", "2", "3"))


def known(*stands: Stand | None) -> list[Known]:
    """Noted one after the other."""
    return [Known(number + 1, 1_790_000_000_000, stand) for number, stand in enumerate(stands)]


def test_stands_are_read_as_they_are_written() -> None:
    """One that was gone has none."""
    assert Stand.parse(Stand(7, "x").text()) == Stand(7, "x")
    assert Stand.parse(Stand(7).text()) == Stand(7)
    assert Stand.parse("gone") is None


def test_files_that_went_back() -> None:
    """One of before and none are told; one that nobody knows is newer, but for the few."""
    noted = {"accounts": known(ONE, TWO), "vault": known(ONE, TWO)}
    assert went_back(noted, {"accounts": TWO, "vault": TWO}) == {}
    told = went_back(noted, {"accounts": ONE, "vault": None})
    assert "(keys/accounts.sealed) is an older copy, of record 1 (2026-" in told["accounts"]
    assert "keys/vault.json is gone; it was there at record 2" in told["vault"]
    told = went_back(noted, {"accounts": THREE, "vault": THREE})
    assert list(told) == ["vault"]
    assert "is another one than at record 2" in told["vault"]
    assert went_back(noted, {"vault": THREE}, frozenset({"vault"})) == {}
    assert went_back({"accounts": known(TWO, None)}, {"accounts": None}) == {}, "that is noted"
    assert went_back({"accounts": known(TWO, None)}, {"accounts": TWO}) == {}, "and put back"
    assert went_back({}, {"accounts": ONE}) == {}


def test_numbers_that_went_back() -> None:
    """A greater one is newer; the same with another chain is another list."""
    noted = {"people": known(Stand(4, "d"), Stand(9, "i"))}
    for number, mark, said in (
        (9, "i", ""),
        (10, "j", ""),
        (4, "d", "ends at number 4, and had come to 9 at record 2"),
        (9, "x", "is another one than at record 2"),
    ):
        told = went_back(noted, {"people": Stand(number, mark)})
        assert said in told.get("people", ""), number
        assert bool(told) == bool(said)


def test_settings_are_told_apart() -> None:
    """They can be written by anybody: not put back, but changed by hand."""
    noted = {"settings": known(ONE, TWO)}
    assert went_back(noted, {"settings": ONE}) == {}
    assert "was changed by hand, after record 2" in changed_by_hand(noted, ONE)
    assert "is gone" in changed_by_hand(noted, None)
    assert (changed_by_hand(noted, TWO), changed_by_hand({}, TWO)) == ("", "")


def test_what_the_log_knows(tmp_path: Path) -> None:
    """Nothing of before the newest restore; what was found waits till it is accepted."""
    audit = audit_in(tmp_path)
    audit.record(NOTED, SYSTEM, details={"people": "5 a", "vault": "0 1"})
    audit.record(PUT_BACK, SYSTEM, "people", {"what": "It is old."})
    entries = audit.verify().entries
    assert known_in(entries)["people"][0].stand == Stand(5, "a")
    assert outstanding(entries)["people"].sequence == 2
    assert sentences(entries) == {"people": "It is old."}
    assert free_in(entries, known_in(entries)) == frozenset()
    audit.record(Action.MANAGE_KEYS, command_line(), outcome=ALLOWED)
    entries = audit.verify().entries
    assert free_in(entries, known_in(entries)) == {"vault"}
    audit.record(Action.RESTORE, command_line(), details={"what": ACCEPT}, outcome=ALLOWED)
    entries = audit.verify().entries
    assert (list(known_in(entries)), outstanding(entries)) == (["people", "vault"], {})
    audit.record(Action.RESTORE, command_line(), "backup.tar", outcome=ALLOWED)
    assert known_in(audit.verify().entries) == {}


def test_nothing_of_before_is_expected_once_all_was_sealed_anew(tmp_path: Path) -> None:
    """Not by what was only begun, nor by another act with keys."""
    audit = audit_in(tmp_path)
    audit.record(NOTED, SYSTEM, details={"accounts": "0 1"})
    for what in ("renew-data", "rotate"):
        audit.record(Action.MANAGE_KEYS, command_line(), details={"what": what}, outcome=ALLOWED)
    assert set(known_in(audit.verify().entries)) == {"accounts"}
    audit.record(Action.MANAGE_KEYS, command_line(), details={"what": RENEWED})
    assert known_in(audit.verify().entries) == {}
