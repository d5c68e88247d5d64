"""Who and what the audit log is about: a name where one is known, a short id where none is."""

import pytest

from server.administration import FIRST_ADMINISTRATOR, SIGN_IN
from server.audit_names import _ACCOUNTS, _CHECKPOINTS, KnownNames
from server.audit_records import ROLLED_BACK, Details, Entry
from server.incidents import _FACTS, _NAME_TAKEN
from server.permissions import Action

ID = "0123456789abcdef" * 2
NAMES = KnownNames({"a1": "Kim Lee"}, {"lobby-gate": "Lobby gate"}, {ID: "Ada Lovelace"})


def about(action: str, target: str, details: Details | None = None, outcome: str = "done") -> str:
    """What a record is about."""
    return NAMES.of_what(Entry(1, 0, "", "", "", action, outcome, target, details or {}))


@pytest.mark.parametrize(
    ("actor", "said"),
    [
        ("account:a1", "Kim Lee"),
        ("account:b2", "account b2"),
        ("os:ann", "ann (command line)"),
        ("checkpoint:lobby-gate", "Lobby gate"),
        ("checkpoint:yard", "yard"),
        ("server", "the server"),
        ("nobody", "nobody signed in"),
        ("command line", "command line"),
        ("account:\u202e", "account \\u202e"),
    ],
)
def test_who_did_something_is_said_in_words(actor: str, said: str) -> None:
    """A name where it is known and may be seen; else the id, which does nothing to the screen."""
    assert NAMES.who(actor) == said


@pytest.mark.parametrize(
    ("action", "target", "said"),
    [
        (Action.MANAGE_ACCOUNTS, "a1", "Kim Lee"),
        ("sign in", "b2", "account b2"),
        (Action.ERASE_PERSON, ID, "Ada Lovelace"),
        (Action.ENROL_SIGNED_IN, ID, "Ada Lovelace"),
        (Action.RENAME_PERSON, "f" * 32, "person ffffff…"),
        (Action.LET_TRY_AGAIN, "lobby-gate", "Lobby gate"),
        (Action.LET_SIGN_IN_AGAIN, "lobby-gate", "Lobby gate"),
        ("replay suspected", "yard", "yard"),
        (Action.CHANGE_CONSENT_TEXT, "3", "text 3"),
        ("data were put back", "people", "list of people"),
        ("settings were changed by hand", "settings", "settings"),
        (Action.RESTORE, "facenetgrid-2026.tar", "facenetgrid-2026.tar"),
        (Action.STOP_SERVER, "", ""),
    ],
)
def test_what_it_is_about_is_named(action: str, target: str, said: str) -> None:
    """By the kind of the record; whoever sees nobody gets the begin of an id."""
    assert about(action, target) == said


def test_an_enrolment_that_did_not_come_to_a_person_is_one() -> None:
    """And an accepted event is an event, an accepted name a person's."""
    assert about(Action.ENROL_AT_CHECKPOINT, ID, outcome="failed") == "enrolment 012345…"
    accepted = Action.ACCEPT_HISTORY
    assert about(accepted, ID, {"what": "event", "number": 4}) == "event 012345…"
    assert about(accepted, ID, {"what": "name"}) == "Ada Lovelace"


def test_words_are_of_records_that_there_are() -> None:
    """One that is called otherwise some day would be shown by its id again."""
    of_pairing = {"checkpoint paired", "pairing refused"}
    here = (_ACCOUNTS | _CHECKPOINTS) - set(Action) - of_pairing
    assert here == {FIRST_ADMINISTRATOR, SIGN_IN, ROLLED_BACK, _NAME_TAKEN, *_FACTS.values()}
