"""`python -m client outbox`: which events wait for the server, and which it will never take."""

import json
from pathlib import Path
from typing import TextIO

from client.keeping import look_into, open_there
from client.kept_wording import reason
from client.outbox import KeptEvent, Outbox, OutboxProblem
from desktop.listing import local_time, write_list

SHOWN = 20
"""Events listed of each kind; the rest is counted."""


def run(
    settings_file: Path,
    out: TextIO,
    err: TextIO,
    *,
    discard_dead: bool = False,
    as_json: bool = False,
) -> int:
    """Prints what is kept beside the settings; may run while the checkpoint does.

    Args:
        settings_file: Of the checkpoint.
        out: Where the list goes.
        err: Where problems go.
        discard_dead: Forgets the events that the server will never take; for that the checkpoint
            must not run.
        as_json: Everything as one JSON object.

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
        if as_json:
            out.write(json.dumps(_told(outbox)) + "\n")
        else:
            _list(outbox, out)
        if discard_dead:
            return _discard(outbox, err if as_json else out, err)
    finally:
        outbox.close()
    return 0


def _told(outbox: Outbox) -> dict[str, object]:
    waiting = len(outbox)
    return {
        "waiting": waiting,
        "events": [
            {
                "event_id": event.event_id,
                "captured_at_ms": event.captured_at_ms,
                "report": event.report,
            }
            for event in outbox.oldest(waiting)
        ],
        "refused": [
            {
                "event_id": letter.event_id,
                "captured_at_ms": letter.captured_at_ms,
                "code": letter.code,
                "reason": reason(letter),
            }
            for letter in outbox.dead()
        ],
    }


def _list(outbox: Outbox, out: TextIO) -> None:
    waiting = len(outbox)
    out.write(f"{_events(waiting)} for the server.\n")
    shown = [
        (local_time(event.captured_at_ms), event.event_id, _kind(event))
        for event in outbox.oldest(SHOWN)
    ]
    if shown:
        write_list(out, ("Captured", "Event", "What"), shown)
    _rest(waiting, out)
    letters = outbox.dead()
    if letters:
        out.write(f"{len(letters):,} could not be delivered.\n")
        put_aside = [
            (local_time(letter.captured_at_ms), letter.event_id, reason(letter))
            for letter in letters[:SHOWN]
        ]
        write_list(out, ("Captured", "Event", "Why"), put_aside)
        _rest(len(letters), out)


def _kind(event: KeptEvent) -> str:
    return event.report.replace("_", " ") or "a face"


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
        out.write(f"and {count - SHOWN:,} more\n")
