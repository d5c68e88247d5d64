"""What is said about events that wait for the server, and about those it will never take."""

import csv
import io
import time
from collections.abc import Sequence

from client.events import LinkStatus
from client.outbox import DeadLetter
from client.outbox_file import UNREADABLE
from client.view_model import Action, Banner
from protocol.errors import sentence


def kept(events: int) -> str:
    """How many events wait, or nothing when none does."""
    if not events:
        return ""
    return "1 event kept" if events == 1 else f"{events:,} events kept"


def alone(seconds: float) -> str:
    """For how long this checkpoint may decide without the server, or nothing when it may not."""
    if seconds <= 0:
        return ""
    return f"People are identified here for {long(int(seconds // 60))}"


def long(minutes: int) -> str:
    """A time of whole minutes."""
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def undelivered(dead: int) -> str:
    """How many events the server will never take, or nothing when there is none."""
    return f"{dead:,} not delivered" if dead else ""


def full(status: LinkStatus) -> Banner:
    """No more events can be kept: why, and what to do."""
    lost = f" {status.refused:,} could not be kept." if status.refused else ""
    if status.keeping:
        return Banner(
            "bad",
            "inbox-fill",
            "No more events can be kept",
            f"{status.keeping}{lost} Make room on it: recording goes on by itself.",
        )
    if status.dead > status.kept:
        return Banner(
            "bad",
            "inbox-fill",
            "No more events can be kept",
            f"{undelivered(status.dead)}.{lost} Look at them (F7), export and discard them.",
        )
    return Banner(
        "bad",
        "inbox-fill",
        "No more events can be kept",
        f"{status.kept:,} wait for the server.{lost} Get the server back to go on.",
        Action.OPEN_SETTINGS,
    )


def reason(letter: DeadLetter) -> str:
    """Why the server will never take an event, a sentence."""
    if letter.code == UNREADABLE:
        return "It was changed on the disk of this checkpoint and cannot be read."
    return sentence(letter.code)


def when(time_ms: int) -> str:
    """Local date and time of milliseconds since the epoch, UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time_ms / 1000))


def export(letters: Sequence[DeadLetter]) -> bytes:
    """The events put aside as CSV: when, which, why. No encodings: they are nobody's to carry."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(
        ["captured_utc", "event_id", "refused_utc", "code", "reason", "attempts", "last_error"]
    )
    for each in letters:
        writer.writerow(
            [
                _utc(each.captured_at_ms),
                each.event_id,
                _utc(each.died_at_ms),
                each.code,
                reason(each),
                each.attempts,
                each.last_error,
            ]
        )
    return buffer.getvalue().encode("utf-8-sig")  # Excel reads accents wrongly without the mark


def _utc(time_ms: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_ms / 1000))
