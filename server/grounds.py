"""On what ground people are enrolled who were not asked at a checkpoint: stated, and noted."""

import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

from protocol.text import printable
from server.permissions import Actor

if TYPE_CHECKING:  # it brings numpy along, and the window is painted before that
    from server.people import PeopleService
    from server.stored_person import Primitive

SHORTEST, LONGEST = 3, 200
"""Characters of a ground; fewer are none."""
EXAMPLE = "paper form of 2026-11-01"


class GroundMissing(ValueError):  # noqa: N818 - named for what is wrong
    """Raised when nobody said on what ground people are enrolled; the text says what to do."""


class Row(Protocol):
    """What became of one picture or entry, as reports have it."""

    @property
    def person(self) -> str:
        """Whose it is."""

    @property
    def result(self) -> str:
        """Among others "already": it was in before."""

    @property
    def reason(self) -> str:
        """A sentence, empty when there is nothing to say."""


def ground_of(text: str) -> str:
    """A ground as it is noted: one line.

    Raises:
        GroundMissing: It is too short to be one, or too long.
    """
    ground = printable(" ".join(text.split()), LONGEST + 1)
    if len(ground) < SHORTEST:
        raise GroundMissing(
            f"Nobody is enrolled without consent: say on what ground, for instance “{EXAMPLE}”."
        )
    if len(ground) > LONGEST:
        raise GroundMissing(f"Say on what ground in at most {LONGEST} characters.")
    return ground


def stated(ground: str, *, by: str, at_ms: int) -> "dict[str, Primitive]":
    """What is noted at a person.

    Args:
        ground: What was stated.
        by: By whom, as the audit log names them.
        at_ms: When, ms since the epoch, UTC.

    Raises:
        GroundMissing: As `ground_of`.
    """
    return {"ground": ground_of(ground), "ground_at_ms": at_ms, "ground_by": by}


def stated_by(actor: Actor, ground: str) -> "dict[str, Primitive]":
    """What is noted at a person of a ground that somebody states now.

    Raises:
        GroundMissing: As `ground_of`.
    """
    return stated(ground, by=actor.name, at_ms=time.time_ns() // 1_000_000)


def latest_consent(
    before: "Mapping[str, Primitive] | None", now: "Mapping[str, Primitive] | None"
) -> "Mapping[str, Primitive] | None":
    """The newest consent, with the time of the first one kept beside it.

    What somebody agreed to themselves and what was stated for them stand beside each other: the
    newest of each kind.
    """
    if now is None or before is None:
        return before if now is None else dict(now)
    merged = {**before, **now}
    if "at_ms" in before and "at_ms" in now:
        merged["first_at_ms"] = before.get("first_at_ms", before["at_ms"])
    return merged


def note_at_known(
    rows: Iterable[Row], people: "PeopleService", consent: "Mapping[str, Primitive]"
) -> None:
    """Notes it at those who were in before anybody stated a ground.

    Args:
        rows: Of everything that was to be taken in.
        people: Who is enrolled.
        consent: What `stated` gave.
    """
    without = people.without_consent()
    for name in {row.person for row in rows if row.result == "already" and not row.reason}:
        person = people.find(name)
        if person is not None and person.subject_id in without:
            people.note_consent(person.subject_id, consent)
