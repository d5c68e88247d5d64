"""Who tried to sign in with somebody's name since they did: told to them, from the audit log."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.audit_records import DONE, REFUSED, Entry

_WINDOW = "window"


@dataclass(frozen=True, slots=True)
class FailedSignIns:
    """How many failed, and when the last of them was.

    Attributes:
        count: How many.
        last_ms: When the last one was, ms since the epoch, UTC.
        elsewhere: How many of them were at a checkpoint, and not at the server's window.
        ever: Whether there was a sign-in before this one; otherwise since the account was made.
    """

    count: int
    last_ms: int
    elsewhere: int
    ever: bool


def failed_before(entries: Iterable[Entry], name: str, account_id: str) -> FailedSignIns | None:
    """What failed between somebody's newest sign-in at a window and the one before it.

    Args:
        entries: The audit log's records of signing in, the oldest first.
        name: Who signed in, as the log names them.
        account_id: Their account's id, which a refusal has as its target.

    Returns:
        None when nothing failed, or nobody of this name signed in.
    """
    now: list[Entry] = []
    before: list[Entry] = []
    times = 0
    for entry in entries:
        if entry.actor == name and entry.outcome == DONE and entry.origin == _WINDOW:
            times += 1
            before, now = now, []
        elif entry.outcome == REFUSED and entry.target == account_id:
            now.append(entry)
    if not times or not before:
        return None
    elsewhere = sum(entry.origin != _WINDOW for entry in before)
    return FailedSignIns(len(before), before[-1].at_ms, elsewhere, ever=times > 1)
