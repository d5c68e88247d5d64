"""What is said of the audit log: for people, without the program's own words."""

import pytest

from security.chain import Head
from server.audit_names import KnownNames
from server.audit_records import Details, Entry, Verified
from server.audit_words import as_written, details_of, summary, what_of
from server.permissions import Action


@pytest.mark.parametrize(
    ("action", "details", "said"),
    [
        ("sign in", {"wait_s": 0}, ""),
        ("sign in", {"wait_s": 8}, "has to wait 8 s"),
        (Action.MANAGE_ACCOUNTS, {"role": "viewer", "what": "add"}, "add account, as viewer"),
        (
            Action.MANAGE_ACCOUNTS,
            {"what": "role", "reason": "AccountsProblem"},
            "change role, the account cannot be made or changed so",
        ),
        (Action.RESTORE, {"reason": "BackupFailed"}, "backup failed"),
        (
            Action.RESTORE,
            {"reason": "FileNotFoundError"},
            "no such file or folder, or one in the way",
        ),
        (
            Action.RESTORE,
            {"what": "accept people", "alarms": 2},
            "take people and files as they are, 2 alarms",
        ),
        ("enrol photos", {"one_person": True, "digest": "ab"}, "all of one person"),
        ("enrol photos", {"paths": 1, "although_known": False}, "1 chosen"),
        (Action.ENROL_SIGNED_IN, {"reason": "already_enrolled"}, "already enrolled"),
        (Action.ENROL_SIGNED_IN, {"checkpoint": "lobby-gate"}, "at Lobby gate"),
        (
            "sign in",
            {"checkpoint": "lobby-gate", "reason": "role"},
            "at Lobby gate, the account's role may not enrol",
        ),
        (Action.LET_ENROL, {"who_enrols": "signed_in"}, "who signs in there"),
        (Action.LET_TRY_AGAIN, {"faces": "2", "times": "3"}, "2 faces, 3 times there by now"),
        (Action.MANAGE_KEYS, {"what": "rotate"}, "replace master key and recovery key"),
        (
            Action.CHANGE_SETTINGS,
            {"keep_pictures": False, "port": 5051, "network": "changed"},
            "keep pictures: no, port: 5051, face model: changed",
        ),
        ("backup made", {"files": "58", "bytes": "18400000"}, "58 files, 18.4 MB"),
        ("erased people taken out of copies", {"copies left": "0"}, ""),
        ("pairing refused", {"address": "10.0.0.7", "wrong": "1"}, "from 10.0.0.7, 1 wrong code"),
        ("pairing closed", {"reason": "Nobody came in time."}, "Nobody came in time"),
        (
            "name of another checkpoint refused",
            {"name": "Lobby", "other": "lobby-gate"},
            "it calls itself “Lobby”, which is Lobby gate",
        ),
        ("replay suspected", {"kind": "identify", "event": "ab" * 16}, "event ababab…"),
        (
            Action.ACCEPT_HISTORY,
            {"what": "missing", "count": "-2"},
            "missing events, 2 more than there may be",
        ),
        (
            Action.ACCEPT_HISTORY,
            {"what": "missing", "count": "None"},
            "missing events, how many, nobody can tell",
        ),
        (
            "history changed outside of the program",
            {"what": f"Event {'0f' * 16} (number 4) was changed."},
            "Event 0f0f0f… (number 4) was changed.",
        ),
        (
            "data as they stand",
            {
                "people": "42 ",
                "history": "1234 ",
                "rows": "1 ",
                "accounts": f"0 {'e' * 32}",
                "settings": f"0 {'d' * 32}",
                "consent texts": "gone",
            },
            (
                "list of people up to change 42; history up to event 1,234; every row of the "
                "history has its proof; written anew: accounts, settings; not there: consent texts"
            ),
        ),
        ("data as they stand", {"people": "0 "}, "list of people empty"),
        (Action.ACCEPT_HISTORY, {"what": "event", "number": 4}, "a changed event, number 4"),
    ],
)
def test_details_are_words(action: str, details: Details, said: str) -> None:
    """And nothing is said of digests."""
    names = KnownNames(checkpoints={"lobby-gate": "Lobby gate"})
    assert details_of(Entry(1, 0, "", "", "", action, "", "", details), names) == said


def test_every_action_is_said_in_words() -> None:
    """And all that the log has is there for who wants it."""
    for action in Action:
        assert "_" not in what_of(Entry(1, 0, "", "", "", action, "", "", {}))
    stands = Entry(
        1, 0, "", "", "", "data as they stand", "", "", {"accounts": "0 ab", "rows": "1 "}
    )
    assert what_of(stands) == "how far the data are"
    assert as_written(stands) == "accounts=0 ab, rows=1 "


def test_what_was_looked_at_is_said() -> None:
    """The log, the history, marks of elsewhere; and that something is known to be changed."""
    head = Head(12, "", "")
    assert summary(Verified((), (), head)) == (
        "Verified up to record 12: nothing was changed, removed or put in."
    )
    assert summary(Verified((), (), head, rows=2_000, cancelled=True, there=90_000)) == (
        "Verified up to record 12, and 2,000 of 90,000 entries of the history: nothing was "
        "changed, removed or put in."
    )
    assert summary(Verified((), (), head, {"lobby.txt": 9}, rows=1, accepted=("An event.",))) == (
        "Verified up to record 12, and 1 entry of the history: nothing else was changed, removed "
        "or put in. The mark of lobby.txt matches record 9."
    )
