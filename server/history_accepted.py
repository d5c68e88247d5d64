"""What an administrator knows of in the history: events that were changed, rows that are gone.

It stands in the audit log, a record each. An accepted event stays marked as changed wherever it is
shown: nothing that it says counts any more, so that nothing is won by changing it once more. What
is changed or missing beyond that is a finding again.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from database.verifying import RowsLooked, Seen
from protocol.text import printable
from server.audit_records import ALLOWED, Entry
from server.permissions import Action
from server.stand_records import ACCEPT
from server.utc import utc_minute

FOUND = "history changed outside of the program"
"""In a record of the server's: what its daily look found."""
EVENT, MISSING, NAME = "event", "missing", "name"
ACTIONS = (Action.ACCEPT_HISTORY, Action.RESTORE)
ALARM_ACTIONS = (FOUND, Action.DISMISS_ALARM, *ACTIONS)
_DEALT_WITH = (Action.ACCEPT_HISTORY, Action.DISMISS_ALARM)
MOST_EVENTS = 1_000
"""Changed events that can be accepted, a record each, and runs of missing ones: fewer than a look
keeps of either. Who finds more restores a backup."""
_LONGEST_NUMBERS = 180
"""Characters of numbers in one record."""


class NotAccepted(Exception):  # noqa: N818 - named for what it is
    """Raised where what is wrong with the history cannot be taken as it is."""


Write = Callable[[str, dict[str, str | int | bool]], object]
"""Writes one acceptance: of which id, and what."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was accepted since the newest restore, each with its record.

    Attributes:
        events: By the id of the event.
        missing: By how many rows are missing (`RowsLooked.missing`, as text).
        absent: Which numbers no row had then (`RowsLooked.absent`).
        names: By the id of the person.
    """

    events: Mapping[str, Entry] = field(default_factory=dict)
    missing: Mapping[str, Entry] = field(default_factory=dict)
    names: Mapping[str, Entry] = field(default_factory=dict)
    absent: frozenset[tuple[int, int]] = frozenset()

    def of(self, seen: Seen) -> Entry | None:
        """The record in which a changed event was accepted, at the place where it is."""
        entry = self.events.get(seen.event_id)
        return entry if entry is not None and entry.details["number"] == seen.sequence else None

    def of_missing(self, looked: RowsLooked) -> Entry | None:
        """The record in which it was accepted that just these rows are missing.

        The count alone would let somebody put one of them back and delete another. Runs before the
        oldest row are left out: there all rows go when their time is over.
        """
        entry = self.missing.get(str(looked.missing))
        known = {run for run in self.absent if run[0] > looked.oldest}
        return entry if known == set(looked.absent) else None


def accepted_in(entries: Iterable[Entry]) -> Accepted:
    """What the log has; a backup that is restored is right, and nothing in it is accepted yet.

    Args:
        entries: At least those of `ACTIONS`, the newest last.
    """
    events, missing, names = dict[str, Entry](), dict[str, Entry](), dict[str, Entry]()
    absent = set[tuple[int, int]]()
    for entry in entries:
        what = str(entry.details.get("what", ""))
        if _restores(entry):
            for kept in (events, missing, names, absent):
                kept.clear()
        elif entry.action == Action.ACCEPT_HISTORY and entry.outcome == ALLOWED:
            if what == EVENT:
                events[entry.target] = entry
            elif what == MISSING:
                # One count at a time: it is what is expected from now on.
                if not entry.details.get("part"):
                    missing.clear()
                    absent.clear()
                missing[str(entry.details["count"])] = entry
                absent.update(_runs_in(str(entry.details.get("numbers", ""))))
            elif what == NAME:
                names[entry.target] = entry
    return Accepted(events, missing, names, frozenset(absent))


def beyond(looked: RowsLooked, accepted: Accepted) -> RowsLooked:
    """What a look found that nobody accepted."""
    changed = [one for one in looked.changed if accepted.of(one) is None]
    known = accepted.of_missing(looked) is not None
    return replace(
        looked,
        changed=changed,
        changed_count=looked.changed_count - len(looked.changed) + len(changed),
        missing=0 if known else looked.missing,
        nameless=looked.nameless - accepted.names.keys(),
    )


def said_of(looked: RowsLooked, accepted: Accepted) -> Iterator[str]:
    """A sentence for each of what was found and accepted."""
    for one in looked.changed:
        entry = accepted.of(one)
        if entry is not None:
            event = f"Event {printable(one.event_id)} (number {one.sequence})"
            yield f"{event} was changed outside of the program, {_by(entry)}."
    entry = accepted.of_missing(looked)
    if entry is not None:
        what = _MISSING.get(looked.missing, f"{looked.missing} events are missing in the history")
        yield f"{what}, {_by(entry)}."
    for subject_id in sorted(looked.nameless & accepted.names.keys()):
        by = _by(accepted.names[subject_id])
        yield f"The name of person {subject_id} is missing in the history, {by}."


def why_not(looked: RowsLooked) -> str:
    """Why what a look found cannot be taken as it is; nothing where it can.

    Args:
        looked: By a look that named up to `MOST_EVENTS`.
    """
    if looked.strange:
        return "That cannot be accepted."
    if looked.missing != 0 and len(looked.absent) > MOST_EVENTS:
        return (
            f"Events are missing at more than the {MOST_EVENTS} places that can be accepted: "
            "restore a backup of before."
        )
    if looked.changed_count > len(looked.changed):
        return (
            f"These are more than the {MOST_EVENTS} events that can be accepted: restore a backup "
            "of before."
        )
    return ""


def accept(looked: RowsLooked, write: Write) -> int:
    """Writes that what a look found (`beyond` what is known) is taken as it is.

    Returns:
        How many records that were.

    Raises:
        NotAccepted: `why_not` says why; nothing was written.
    """
    if why := why_not(looked):
        raise NotAccepted(why)
    wanted: list[tuple[str, dict[str, str | int | bool]]] = [
        (one.event_id, {"what": EVENT, "number": one.sequence}) for one in looked.changed
    ]
    if looked.missing != 0:
        count = str(looked.missing)
        for part, numbers in enumerate(_numbers_of(looked.absent)):
            further = {"part": part} if part else {}
            wanted.append(("", {"what": MISSING, "count": count, "numbers": numbers, **further}))
    wanted += [(subject_id, {"what": NAME}) for subject_id in sorted(looked.nameless)]
    for target, details in wanted:
        write(target, details)
    return len(wanted)


def alarm_in(entries: Collection[Entry]) -> str:
    """What the daily look found and nobody has dealt with; nothing otherwise.

    Args:
        entries: Of the log, at least those of `ALARM_ACTIONS`, the newest last.
    """
    found = ""
    for entry in entries:
        if entry.action == FOUND:
            found = str(entry.details.get("what", ""))
        elif entry.outcome == ALLOWED and (_restores(entry) or entry.action in _DEALT_WITH):
            found = ""
    return found


def _restores(entry: Entry) -> bool:
    return entry.action == Action.RESTORE and entry.details.get("what") != ACCEPT


def _numbers_of(runs: Iterable[tuple[int, int]]) -> list[str]:
    """Runs of numbers as they stand in records: `6,8-12`; at least one text, if an empty one."""
    texts = [""]
    for first, last in runs:
        run = str(first) if first == last else f"{first}-{last}"
        if len(texts[-1]) + 1 + len(run) > _LONGEST_NUMBERS:
            texts.append("")
        texts[-1] = f"{texts[-1]},{run}".removeprefix(",")
    return texts


def _runs_in(numbers: str) -> Iterator[tuple[int, int]]:
    for run in filter(None, numbers.split(",")):
        first, _, last = run.partition("-")
        yield int(first), int(last or first)


def _by(entry: Entry) -> str:
    kind, _, who = entry.actor.partition(":")
    who = printable(f"{who} (command line)" if kind == "os" else entry.actor, 60)
    return f"accepted on {utc_minute(entry.at_ms)} by {who} (record {entry.sequence})"


_MISSING: Mapping[int | None, str] = {
    None: "Whether events are missing in the history cannot be told",
    1: "1 event is missing in the history",
    -1: "The history has 1 event more than there may be",
}
