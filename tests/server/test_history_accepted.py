"""What is known to be changed in the history: by the audit log, till a backup is restored."""

from dataclasses import replace

from database.verifying import RowsLooked, Seen
from server.audit_records import ALLOWED, FAILED, Entry
from server.history_accepted import (
    EVENT,
    FOUND,
    MISSING,
    Accepted,
    accept,
    accepted_in,
    alarm_in,
    beyond,
    said_of,
    why_not,
)
from server.permissions import Action
from server.stand_records import ACCEPT


def entry(
    action: str, what: str = "", *, target: str = "", outcome: str = ALLOWED, **details: str | int
) -> Entry:
    """A record; number 7, in 1970."""
    return Entry(7, 0, "os:ada", "", "", action, outcome, target, {"what": what, **details})


def everything(looked: RowsLooked) -> list[Entry]:
    """The records that accept all that was found."""
    found: list[Entry] = []

    def write(target: str, details: dict[str, str | int | bool]) -> None:
        record = entry(Action.ACCEPT_HISTORY, target=target)
        record.details.update(details)  # type: ignore[attr-defined]
        found.append(record)

    assert accept(looked, write) == len(found)
    return found


def test_what_is_accepted_is_no_finding_and_is_said() -> None:
    """Of each kind; with who did it and when."""
    seen = [Seen(1, "a" * 32, 0), Seen(2, "b" * 32, 0)]
    looked = RowsLooked(changed=seen, changed_count=2, missing=3, nameless={"x"})
    accepted = accepted_in(everything(looked))
    assert beyond(looked, accepted) == RowsLooked()
    said = list(said_of(looked, accepted))
    by = "accepted on 1970-01-01 00:00 UTC by ada (command line) (record 7)."
    assert said[0] == f"Event {'a' * 32} (number 1) was changed outside of the program, {by}"
    assert said[2:] == [
        f"3 events are missing in the history, {by}",
        f"The name of person x is missing in the history, {by}",
    ]


def test_what_comes_to_it_is_a_finding() -> None:
    """Another event, the same at another place, one more that is missing."""
    accepted = accepted_in(
        everything(RowsLooked(changed=[Seen(1, "a", 0)], changed_count=1, missing=1))
    )
    moved, other = Seen(2, "a", 0), Seen(3, "c", 0)
    looked = RowsLooked(changed=[moved, other], changed_count=30, missing=2)
    rest = beyond(looked, accepted)
    assert (rest.changed, rest.changed_count, rest.missing) == ([moved, other], 30, 2)
    assert list(said_of(looked, accepted)) == []


def test_another_event_in_the_place_of_one_that_was_missing_is_a_finding() -> None:
    """One put back and another deleted is the same count; what grew old meanwhile is no change."""
    runs = [(number, number + number % 3) for number in range(10, 900, 7)]
    missing = sum(last - first + 1 for first, last in runs)
    looked = RowsLooked(oldest=1, newest=1000, missing=missing, absent=runs)
    records = everything(looked)
    assert all(len(str(record.details["numbers"])) <= 180 for record in records)
    assert len(records) > 1
    accepted = accepted_in(records)
    assert beyond(looked, accepted).missing == 0
    assert len(list(said_of(looked, accepted))) == 1
    older = replace(looked, oldest=20, absent=runs[2:], newest=2000)
    assert beyond(older, accepted).missing == 0
    none_left = replace(looked, oldest=1001, absent=[])
    assert beyond(none_left, accepted).missing == 0
    for swapped in (runs[1:], [*runs[1:], (950, 950)], [(8, 8), *runs[1:]]):
        other = replace(looked, absent=swapped)
        assert beyond(other, accepted).missing == missing
        assert list(said_of(other, accepted)) == []
    assert (
        beyond(
            replace(looked, absent=runs[:1], missing=1),
            accepted_in([*records, *everything(replace(looked, absent=runs[:1], missing=1))]),
        ).missing
        == 0
    )
    scattered = replace(looked, absent=[(number, number) for number in range(2, 3000, 2)])
    assert "restore a backup" in why_not(scattered)


def test_a_restored_backup_ends_what_was_accepted() -> None:
    """What is changed in it is new; an acceptance of files that were put back ends nothing."""
    known = entry(Action.ACCEPT_HISTORY, EVENT, target="a", number=1)
    missing = entry(Action.ACCEPT_HISTORY, MISSING, count="None")
    assert accepted_in([known, missing, entry(Action.RESTORE, ACCEPT)]).events == {"a": known}
    assert accepted_in([known, missing, entry(Action.RESTORE)]) == Accepted()
    refused = entry(Action.ACCEPT_HISTORY, EVENT, target="a", number=1, outcome=FAILED)
    assert accepted_in([refused]) == Accepted()


def test_an_alarm_lasts_until_somebody_deals_with_it() -> None:
    """Over every start: by a word of an administrator or auditor, an acceptance, or a backup."""
    found = entry(FOUND, "Event x was changed.", outcome="done")
    assert alarm_in([]) == ""
    assert alarm_in([found]) == "Event x was changed."
    for action in (Action.DISMISS_ALARM, Action.ACCEPT_HISTORY, Action.RESTORE):
        assert alarm_in([found, entry(action)]) == ""
        assert alarm_in([entry(action), found])
        assert alarm_in([found, entry(action, outcome="refused")])
    assert alarm_in([found, entry(Action.RESTORE, ACCEPT)])
