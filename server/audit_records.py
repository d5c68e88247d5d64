"""The audit log as it is read: its records, and what a look at all of them gave."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from database.verifying import RowsLooked
from security.chain import Finding, Head, Reading
from server.permissions import Action, Actor

ROLLED_BACK = "audit log was rolled back"
CHANGED = "audit log was changed"
ALLOWED, DONE, REFUSED, FAILED = "allowed", "done", "refused", "failed"
"""How what a record is about ended; it is allowed before it is done."""
ALARM_ACTIONS = (ROLLED_BACK, CHANGED, Action.DISMISS_ALARM)
_LONGEST_TEXT = 200
_MOST_DETAILS = 20

Details = Mapping[str, str | int | bool]
"""A few numbers, ids and words of the program; never the name of a person."""


def content_of(
    at_ms: int,
    action: str,
    actor: Actor,
    target: str = "",
    details: Details | None = None,
    outcome: str = "done",
) -> dict[str, Any]:
    """What a record says, as `server.audit.Audit.record` has it; `at_ms` since the epoch, UTC."""
    return {
        "at_ms": at_ms,
        "actor": _short(actor.name),
        "role": str(actor.role),
        "origin": _short(actor.origin),
        "action": _short(str(action)),
        "outcome": outcome,
        "target": _short(target),
        "details": {
            key: value if isinstance(value, int) else _short(value)
            for key, value in list((details or {}).items())[:_MOST_DETAILS]
        },
    }


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def damage_in(reading: Reading) -> str:
    """What was found, shortly: by it damage that was told is known."""
    found = json.dumps([[one.sequence, one.sentence[:40]] for one in reading.findings[:3]])
    return found[:_LONGEST_TEXT]


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as people read it; times in ms since the epoch, UTC.

    `actor` is `account:ID`, `os:USER`, `checkpoint:ID` or `server`; `target` is an id or empty.
    """

    sequence: int
    at_ms: int
    actor: str
    role: str
    origin: str
    action: str
    outcome: str
    target: str
    details: Mapping[str, str | int | bool]

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Entry":
        """Of a record of the chain, whose signature was checked."""
        return cls(**{name: record[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look at the whole log gave: how far it goes, and what is wrong with it.

    Attributes:
        entries: The records.
        findings: What is wrong.
        head: The newest record's.
        seen: Numbers of the records that heads of elsewhere are right for, by who kept them.
        rows: How many entries of the history were looked at; None where they were not.
        cancelled: Whether the look at the data was given up before it had seen all of the history.
        there: How many entries there are, where it was given up among them.
        accepted: What is wrong with the history and was accepted, a sentence each.
        history: What is wrong with the history and was not accepted; None where nothing is.
        acceptable: Whether that can be accepted.
        trouble: Why the history cannot be read, or not all of it, in sentences; empty when it can.
    """

    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...]
    head: Head | None
    seen: Mapping[str, int] = field(default_factory=dict)
    rows: int | None = None
    accepted: tuple[str, ...] = ()
    history: RowsLooked | None = None
    acceptable: bool = False
    trouble: str = ""
    cancelled: bool = False
    there: int = 0

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings and not self.trouble


def remember(reading: Reading) -> None:
    """What was found before stays found, also when nothing else shows it any more.

    The server went on from a sealed head that was missing, or from an older log: only its own
    record tells of that.
    """
    seen = bool(reading.findings)
    for record in reading.records:
        number = int(record["sequence"])
        if record["action"] == ROLLED_BACK:
            told = f"checkpoint {record['target']} had seen record {record['details']['witnessed']}"
            reading.find(number, f"Record {number} says that the log was put back: {told}.")
        elif record["action"] == CHANGED and not seen:
            reading.find(number, f"Record {number} says that the log was changed before it.")


def alarms_in(entries: Iterable[Entry]) -> tuple[str, ...]:
    """What was found to be wrong with the log and nobody has put away, as sentences.

    Args:
        entries: Of the log, at least those of `ALARM_ACTIONS`, the newest last.
    """
    found: dict[str, None] = {}
    for entry in entries:
        if entry.action != Action.DISMISS_ALARM:
            found[_said(entry)] = None
        elif entry.outcome == ALLOWED:
            found.pop(str(entry.details.get("what")), None)
    return tuple(found)


def _said(entry: Entry) -> str:
    """What was told when it was found; versions of before did not note that."""
    what = "rolled back" if entry.action == ROLLED_BACK else "changed by somebody else"
    before = f"The audit log was {what}, as record {entry.sequence} says."
    return str(entry.details.get("what", before))


def compare_all(reading: Reading, witnesses: Mapping[str, Head]) -> dict[str, int]:
    """Holds heads that were kept elsewhere against the log; the records that it has them of."""
    seen = {}
    for witness, head in witnesses.items():
        if not head.signed_by(reading.key_of(head.sequence)):
            reading.find(head.sequence, f"The head that {witness} kept is another server's.")
            continue
        reading.compare(head, witness)
        if reading.digests.get(head.sequence) == head.digest:
            seen[witness] = head.sequence
    return seen
