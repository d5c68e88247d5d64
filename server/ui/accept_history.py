"""Asks whether a history that somebody changed is taken as it is, and has that written down."""

import tkinter
from collections.abc import Callable
from dataclasses import replace

from database.verifying import RowsLooked
from desktop.ui.widgets import Confirmation
from server.fault_words import count, number
from server.ui.desk import Desk
from server.ui.wording import clock

_NAMED = 4
"""Of more events than these only the number is told."""


class Acceptance(Confirmation):
    """The question, with what is accepted and what comes of it.

    Args:
        parent: Whose window asks.
        found: What is wrong with the history, of `Verified.history`.
    """

    def __init__(self, parent: tkinter.Misc, found: RowsLooked) -> None:
        super().__init__(
            parent,
            title="Accept the history",
            question=f"Take the history as it is: {' and '.join(_counted(found))}?",
            detail="\n".join([*_said(found), "", _CONSEQUENCES]),
            agree="Accept it as it is",
            danger=True,
        )


def accept_history(
    parent: tkinter.Misc, desk: Desk, found: RowsLooked, accepted: Callable[[], None]
) -> None:
    """Asks, and accepts what was shown: nothing that was changed since.

    Args:
        parent: Whose window asks.
        desk: What pages share.
        found: What is wrong with the history, of `Verified.history`.
        accepted: Called when it is in the audit log.
    """
    dialog = Acceptance(parent, found)
    dialog.wait_for_answer(dialog.decline)
    grid = desk.ready
    if not dialog.yes or grid is None or not parent.winfo_exists():
        return

    def done(records: int) -> None:
        where = f"in {count(records, 'record')} of the audit log"
        desk.toast.show(f"Accepted, {where}.", tone="good")
        accepted()

    desk.ask("", lambda: grid.audit.accept(found), done)


_CONSEQUENCES = """\
It stands in the audit log, with your name and the time, and cannot be taken back. The alarm ends. \
Events that were changed stay marked Changed: what they say counts no more. What is changed after \
this is found as before.

A backup of before would bring back what was recorded."""


def _counted(found: RowsLooked) -> list[str]:
    """What is accepted, in a few words each."""
    said = [count(found.changed_count, "changed event")] if found.changed_count else []
    missing = found.missing
    if missing is None:
        said.append("a changed count of deleted events")
    elif missing:
        kind = "missing event" if missing > 0 else "event too many"
        many = "missing events" if missing > 0 else "events too many"
        said.append(count(abs(missing), kind, many))
    if found.nameless:
        said.append(f"the missing names of {count(len(found.nameless), 'person', 'people')}")
    return said


def _said(found: RowsLooked) -> list[str]:
    """What is accepted, as the history shows it: by number and this computer's clock."""
    from server.history_proof import sentences_of  # late: the window comes first

    named = [f"Event {one.sequence}, {clock(one.recorded_at_ms)}" for one in found.changed]
    more = found.changed_count - _NAMED
    rest = [f"and {number(more)} more"] if more > 0 else []
    return [*named[:_NAMED], *rest, *sentences_of(replace(found, changed=[], changed_count=0))]
