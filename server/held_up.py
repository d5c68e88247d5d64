"""What is suspected and held up, as the history and the window tell it. Neither Tk nor numpy."""

import math
import time
from dataclasses import dataclass

from server.fault_words import count

REPLAYED = "The same numbers were sent before as another event: a recording, or one picture again."
TRIED = "Too many tries near this face found nobody in a short time."
"""With these an event's reason begins, or what was found afterwards of one decided without us."""

FOUND_NOW = " Found now: "
"""Parts what a checkpoint decided without the server from what the server finds."""

MORE_TRIES = 10
"""What is left at a place that somebody opened: enough to enrol a visitor. The first twenty and two
openings are forty misses, below the fifty of R6."""

FLOODED = 64
"""Places closed to one checkpoint that close it altogether. No door sees so many people twenty
times within the hour; whoever fills the table to have a place forgotten needs all of it."""


@dataclass(frozen=True, slots=True)
class HeldUp:
    """What is held up at one checkpoint (`server.misses`).

    Attributes:
        places: How many faces nobody is named for.
        wait_s: After how long the last of them is open by itself when nobody tries, seconds.
        opened: How often the one of them was opened by hand that was opened most.
    """

    places: int = 0
    wait_s: float = 0.0
    opened: int = 0


def found_is(reason: str, sentence: str) -> bool:
    """Whether an event's reason is one of these, decided here or found of what came afterwards."""
    return reason.rpartition(FOUND_NOW)[2].startswith(sentence)


def held_up_words(held: HeldUp) -> str:
    """What stands behind too many tries, and what may be done; "" when nothing is held up."""
    if not held.places:
        return ""
    minutes = count(math.ceil(held.wait_s / 60), "minute")
    before = f" This was done {_times(held.opened)} since yesterday." if held.opened else ""
    if held.places >= FLOODED:
        return (
            f"Nobody at all gets an answer here after too many tries near {held.places} faces, for "
            f"up to {minutes} if nobody tries. Look at this checkpoint, and shut it out if "
            "nobody can explain it."
        )
    gets = "gets" if held.places == 1 else "get"
    return (
        f"{_faces(held.places)} {gets} no answer here after too many tries, for up to {minutes} "
        f"if nobody tries. Let them try again when you know who it is.{before}"
    )


def opened_words(was: HeldUp, where: str) -> str:
    """What opening did."""
    if not was.places:
        return f"Nothing is held up at {where}."
    again = f" This was done {_times(was.opened)} within a day." if was.opened > 1 else ""
    return f"{_faces(was.places)} may try again at {where}: {MORE_TRIES} tries.{again}"


def minute(until_ms: int) -> str:
    """The first minute of this computer's clock that is not before then."""
    return time.strftime("%H:%M", time.localtime(-(-until_ms // 60_000) * 60))


def sign_ins_words(until_ms: int) -> str:
    """What stands behind sign-ins that wait, and what may be done; "" when none do.

    Args:
        until_ms: Until when, ms since the epoch; 0 for not.
    """
    if not until_ms:
        return ""
    return (
        f"After wrong passwords sign-ins wait here until {minute(until_ms)}. Let them sign in "
        "again when you know who it is. A forgotten password is set anew under Users."
    )


def sign_ins_opened_words(until_ms: int, where: str) -> str:
    """What ending that wait did."""
    if not until_ms:
        return f"No sign-in waits at {where}."
    return f"Sign-ins at {where} wait no more. The next wrong passwords make them wait again."


def _faces(count: int) -> str:
    return "1 face" if count == 1 else f"{count} faces"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
