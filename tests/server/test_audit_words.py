"""What is said of the audit log: for people, without the program's own words."""

import pytest

from security.chain import Head
from server.audit_records import Details, Entry, Verified
from server.audit_words import details_of, summary
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
        ("restore", {"reason": "BackupFailed"}, "backup failed"),
        ("restore", {"what": "accept people", "alarms": 2}, "accept people, alarms: 2"),
        ("enrol photos", {"one_person": True, "digest": "ab"}, "one person: yes"),
        (Action.ACCEPT_HISTORY, {"what": "event", "number": 4}, "a changed event, number: 4"),
    ],
)
def test_details_are_words(action: str, details: Details, said: str) -> None:
    """And nothing is said of digests."""
    assert details_of(Entry(1, 0, "", "", "", action, "", "", details)) == said


def test_what_was_looked_at_is_said() -> None:
    """The log, the history, marks of elsewhere; and that something is known to be changed."""
    head = Head(12, "", "")
    assert summary(Verified((), (), head)) == (
        "Verified up to record 12: nothing was changed, removed or put in."
    )
    assert summary(Verified((), (), head, {"lobby.txt": 9}, rows=1, accepted=("An event.",))) == (
        "Verified up to record 12, and 1 entry of the history: nothing else was changed, removed "
        "or put in. The mark of lobby.txt matches record 9."
    )
