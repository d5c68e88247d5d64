"""Who was deleted and not erased: from the history's names and the audit log, to be erased later.

Deleting takes templates and picture away and leaves the history its names; backups of before hold
all of it. Nothing about these people is kept for this list: what it tells is read where it lies.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from server.audit_records import ALLOWED, DONE, FAILED, Entry
from server.permissions import Action

ACTIONS = (Action.DELETE_PERSON, Action.ERASE_PERSON)
"""The records that are read of the audit log."""


@dataclass(frozen=True, slots=True)
class DeletedPerson:
    """Somebody who is not enrolled any more, and of whom something is left.

    Attributes:
        subject_id: Who.
        display_name: The last name that the history has of them; "" where it has none.
        deleted_at_ms: When, ms since the epoch, UTC; None where no record says it, as of people
            whose files went and were accepted as gone.
        by: Who did it, as the audit log names them; "" where no record says it.
    """

    subject_id: str
    display_name: str = ""
    deleted_at_ms: int | None = None
    by: str = ""


def deleted_people(
    named: Mapping[str, str],
    entries: Iterable[Entry],
    *,
    enrolled: Callable[[str], bool],
    erased: Collection[str],
) -> tuple[DeletedPerson, ...]:
    """Everybody who was deleted, the latest first; those of whom no record says when are last.

    Args:
        named: The last name of everybody whom the history names, by id.
        entries: The audit log's records of `ACTIONS`, the oldest first.
        enrolled: Whether there is a file of a person, be it one that cannot be used now.
        erased: The ids that have a receipt.
    """
    deletions: dict[str, Entry] = {}
    gone = set(erased)
    for entry in entries:
        if entry.action == Action.ERASE_PERSON:
            if entry.outcome == DONE:
                gone.add(entry.target)
        elif entry.outcome == ALLOWED:
            deletions[entry.target] = entry
        elif entry.outcome == FAILED:
            deletions.pop(entry.target, None)
    # Whom the history names is there to be erased, whatever was done before: a backup came back.
    known = [one for one in {**named, **deletions} if one in named or one not in gone]
    found = [
        _deleted(one, named.get(one, ""), deletions.get(one))
        for one in known
        if one and not enrolled(one)
    ]
    return tuple(sorted(found, key=lambda one: (-(one.deleted_at_ms or 0), one.display_name)))


def _deleted(subject_id: str, name: str, entry: Entry | None) -> DeletedPerson:
    if entry is None:
        return DeletedPerson(subject_id, name)
    return DeletedPerson(subject_id, name, entry.at_ms, entry.actor)
