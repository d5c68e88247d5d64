"""What speaks against a probe itself, whoever it is like: sent before, or one try too many.

Puts together `replays` and `misses` for the services that search. What is suspected is stored as
`spoof_suspected` with its reason, so that the history shows it; the checkpoint is told the code.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from biometrics.faces import Encoding
from database.records import EventRecord, Outcome
from desktop.logs import log_event
from protocol.errors import Code
from server.held_up import FLOODED, REPLAYED, TRIED, HeldUp
from server.miss_flow import MOST, MOST_TOLD_LATE, Flows
from server.misses import Misses, Sketch
from server.replays import Replays

_LOG = logging.getLogger(__name__)

OFTEN = 3
"""Openings of one place in a day that are an alarm: fifty tries and more."""

_MISSES: frozenset[Outcome] = frozenset({"not_enrolled", "ambiguous"})


@dataclass(frozen=True, slots=True)
class Suspected:
    """A probe nobody is named for: the code for the checkpoint, a sentence for the history."""

    code: Code
    sentence: str


_REPLAYED = Suspected(Code.REPLAY_SUSPECTED, REPLAYED)
_TRIED = Suspected(Code.TOO_MANY_TRIES, TRIED)


class Seen(msgspec.Struct, frozen=True, eq=False):
    """A probe that was looked at.

    A `Struct`: one is made for each probe, in a third of the time of a frozen dataclass.

    Attributes:
        probe: Its numbers.
        suspected: What speaks against naming anybody; None when nothing does.
        silent: Whoever it was of was told before, and the answer names nobody: no try then.
    """

    probe: Encoding
    suspected: Suspected | None
    silent: bool = False


class Suspicion:
    """Looks at probes before they are answered, and counts what came of them. Any thread may call.

    Args:
        replays: Knows the probes of earlier events.
        misses: Counts tries that found nobody.
        alarm: Is told when a place was closed, or opened again and again: a sentence for the
            administrator, the checkpoint.
        now_s: The server's clock, seconds since the epoch.
    """

    def __init__(
        self,
        replays: Replays,
        misses: Misses,
        *,
        alarm: Callable[[str, str], None] = lambda _sentence, _checkpoint_id: None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._now_s = now_s
        self._replays = replays
        self._misses = misses
        self._alarm = alarm
        self._late = Flows(MOST_TOLD_LATE)

    def of_all(self, probes: Encoding, events: Sequence[tuple[str, str, bool]]) -> list[Seen]:
        """What speaks against naming anybody for each event's probe.

        Each is looked at after those before it. Where more tries were than a door has, nobody is
        named; what comes out of an outbox is then stored as ever and answered without a name.

        Args:
            probes: `(n, dimensions)`.
            events: Id and checkpoint of each one's, and whether the person was told before.
        """
        doors = [checkpoint_id for _, checkpoint_id, _ in events]
        replayed = self._replays.again(
            self._replays.digests(probes), [event_id for event_id, _, _ in events]
        )
        closed = self._closed_to(probes, doors)
        spent = self._misses.spent_of(set(doors))
        found = []
        for probe, again, shut, (_, door, told) in zip(
            probes, replayed, closed, events, strict=True
        ):
            suspected = None
            if again:
                suspected = _REPLAYED
            elif shut or (not told and door in spent):
                suspected = _TRIED
            silent = told and suspected is None and not self._may_tell_late(door)
            found.append(Seen(probe, suspected, silent))
        return found

    def _closed_to(self, probes: Encoding, doors: Sequence[str]) -> list[bool]:
        """Which of the probes lie where too many misses were, each at its checkpoint."""
        if not self._misses.any_closed:
            return [False] * len(doors)
        return self._misses.closed_to(self._misses.sketches(probes), doors)

    def _may_tell_late(self, checkpoint_id: str) -> bool:
        """Whether one more late answer names somebody; counted, the same event once more too."""
        now_s = self._now_s()
        if self._late.spent(checkpoint_id, now_s) or self._misses.spent(checkpoint_id):
            return False
        self._late.add(checkpoint_id, now_s)
        return True

    def tried(self, probe: Encoding, checkpoint_id: str) -> Suspected | None:
        """The same for a probe that may come again, such as an enrolment's."""
        (closed,) = self._closed_to(probe[np.newaxis], [checkpoint_id])
        return _TRIED if closed or self._misses.spent(checkpoint_id) else None

    def settled(self, events: Sequence[tuple[Seen, EventRecord]]) -> None:
        """Counts what new events came to; a try while a place is closed keeps it so for longer.

        Args:
            events: What was seen of each, and what is stored.
        """
        tries = [
            (seen.probe, stored.checkpoint_id) for seen, stored in events if _is_try(seen, stored)
        ]
        if tries:
            sketches = self._misses.sketches(np.array([probe for probe, _ in tries]))
            for sketch, (_, checkpoint_id) in zip(sketches, tries, strict=True):
                self._missed(sketch, checkpoint_id)

    def missed(self, probe: Encoding, checkpoint_id: str) -> None:
        """Counts a miss of a probe that was not `of_all`."""
        (sketch,) = self._misses.sketches(probe[np.newaxis])
        self._missed(sketch, checkpoint_id)

    def _missed(self, sketch: Sketch, checkpoint_id: str) -> None:
        if self._misses.missed(sketch, checkpoint_id):
            log_event(_LOG, "too_many_tries", level=logging.WARNING, checkpoint=checkpoint_id)
            places = self._misses.held_up(checkpoint_id).places
            if self._misses.spent(checkpoint_id):
                told = (
                    f"Checkpoint {checkpoint_id} sent more than {MOST} unknown faces within "
                    "minutes, more than a door sees: while that goes on nobody at all is named "
                    "there. Look at it, and shut it out if nobody can explain it."
                )
            elif places >= FLOODED:
                told = (
                    f"Checkpoint {checkpoint_id} tried too often near {places} faces: nobody at "
                    "all is named there for a time. Look at it, and shut it out if nobody can "
                    "explain it."
                )
            else:
                told = (
                    f"Checkpoint {checkpoint_id} tried too often near one face: nobody like it is "
                    "named or enrolled there for a time. When you know who it is, let them try "
                    "again under Checkpoints."
                )
            self._alarm(told, checkpoint_id)

    def held_up(self, checkpoint_id: str) -> HeldUp:
        """What a checkpoint gets no answers to now, for too many tries."""
        return self._misses.held_up(checkpoint_id)

    def let_try_again(self, checkpoint_id: str) -> HeldUp:
        """Opens what is held up at a checkpoint for a few more tries; gives what it was.

        Who may do that, and that it is written down, is the caller's affair.
        """
        opened = self._misses.open(checkpoint_id)
        if opened.places:
            log_event(
                _LOG,
                "places_opened",
                level=logging.WARNING,
                checkpoint=checkpoint_id,
                places=opened.places,
                times=opened.opened,
            )
        if opened.opened >= OFTEN:
            self._alarm(
                f"A face at checkpoint {checkpoint_id} was let try again {opened.opened} times "
                "within a day. Look at who stands there: nobody enrolled needs that often.",
                checkpoint_id,
            )
        return opened


def _is_try(seen: Seen, stored: EventRecord) -> bool:
    if seen.silent:
        return False
    late_miss = stored.outcome == "server_unreachable" and stored.subject_id is None
    suspected = seen.suspected
    tried = suspected is not None and suspected.code is Code.TOO_MANY_TRIES
    return stored.outcome in _MISSES or late_miss or tried
