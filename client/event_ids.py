"""Ids of events: a time and what is drawn by lot, so that those of one moment lie side by side."""

import secrets

_TIME_DIGITS = 12
_DRAWN_DIGITS = 19


def new_event_id(at_ms: int) -> str:
    """A fresh id, in the shape of a UUID of version 7 (RFC 9562): 32 lower-case hex characters.

    The history has an index of ids. Where each falls anywhere, an event costs the server a page of
    4 kB more than where they come in order.

    Args:
        at_ms: About now, in ms since the epoch, as the checkpoint's clock has it; a wrong one
            costs the order alone.
    """
    time = at_ms & (1 << 4 * _TIME_DIGITS) - 1
    drawn = secrets.randbits(4 * _DRAWN_DIGITS)
    return f"{time:0{_TIME_DIGITS}x}7{drawn:0{_DRAWN_DIGITS}x}"
