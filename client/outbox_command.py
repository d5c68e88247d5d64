"""`python -m client outbox`: which events wait for the server, and which it will never take."""

from pathlib import Path
from typing import TextIO

from client.keeping import look_into, open_there
from client.kept_wording import reason, when
from client.outbox import Outbox, OutboxProblem

SHOWN = 20
"""Events listed of each kind; the rest is counted."""


def run(settings_file: Path, out: TextIO, err: TextIO, *, discard_dead: bool = False) -> int:
    """Prints what is kept beside the settings; may run while the checkpoint does.

    Args:
        settings_file: Of the checkpoint.
        out: Where the list goes.
        err: Where problems go.
        discard_dead: Forgets the events that the server will never take; for that the checkpoint
            must not run.

    Returns:
        The exit code: 0; 1 when the file cannot be used.
    """
    try:
        outbox = open_there(settings_file) if discard_dead else look_into(settings_file)
    except OutboxProblem as error:
        err.write(f"{error}\n")
        return 1
    try:
        notice = outbox.take_notice()
        if notice:
            err.write(f"{notice}\n")
        _list(outbox, out)
        if discard_dead:
            return _discard(outbox, out, err)
    finally:
        outbox.close()
    return 0


def _list(outbox: Outbox, out: TextIO) -> None:
    waiting = len(outbox)
    out.write(f"{_events(waiting)} for the server.\n")
    for event in outbox.oldest(SHOWN):
        kind = event.report.replace("_", " ") or "a face"
        out.write(f"  {when(event.captured_at_ms)}  {event.event_id}  {kind}\n")
    _rest(waiting, out)
    letters = outbox.dead()
    if letters:
        out.write(f"{len(letters):,} could not be delivered.\n")
        out.writelines(
            f"  {when(letter.captured_at_ms)}  {letter.event_id}  {reason(letter)}\n"
            for letter in letters[:SHOWN]
        )
        _rest(len(letters), out)


def _discard(outbox: Outbox, out: TextIO, err: TextIO) -> int:
    letters = outbox.dead()
    outbox.discard([letter.event_id for letter in letters])
    if outbox.trouble:
        err.write(f"{outbox.trouble}\n")
        return 1
    out.write(f"{len(letters):,} discarded.\n")
    return 0


def _events(count: int) -> str:
    return "1 event waits" if count == 1 else f"{count:,} events wait"


def _rest(count: int, out: TextIO) -> None:
    if count > SHOWN:
        out.write(f"  and {count - SHOWN:,} more\n")
