"""Decides by the copy of the gallery while the server is away, where its administrator allows that.

For the link thread. Asks for the copy's changes while the server is there, a page at a time and
never before somebody who waits; answers from the copy when it is not, for so many hours after the
last word of the server.
"""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biometrics.identify import Ambiguous, Identified, ImplausibleEncoding, NotIdentified, identify
from client.connection import Connection
from client.copy_clock import CopyClock
from client.event_messages import pace_s
from client.events import Outcome
from client.gallery_copy import GalleryCopy
from client.outbox import KeptEvent
from desktop.logs import log_event
from protocol.copies import Offline
from protocol.errors import IllegalSend
from protocol.messages import Error, GalleryChanges, GalleryPage, Message

log = logging.getLogger(__name__)

ASK_EVERY_S = 10.0
"""How soon a person who came, changed or left is known to the copy."""

PAGE_EVERY_S = 0.1
"""How soon the next page is asked for: half of what the server answers to one checkpoint beside
what it identifies. The rest is left for heartbeats and challenges."""

_SAVE_EVERY_S = 15.0
_AFTER_REFUSAL_S = 60.0
"""After a refusal that says no time, and at most from one refusal to the next in a row."""
_TOLD_LONGEST_S = 600.0
"""No server is waited for longer than that, whatever it says."""
_WORDS = {Identified: "identified", NotIdentified: "not_enrolled", Ambiguous: "ambiguous"}


@dataclass(frozen=True, slots=True)
class Alone:
    """What the checkpoint decided alone, and the name to show."""

    offline: Offline
    display_name: str | None

    @property
    def outcome(self) -> Outcome:
        """What the person is told."""
        return Outcome(self.offline.outcome)


class OfflineDecisions:
    """The copy, its age, and what keeps it up to date.

    Args:
        copy: Of the gallery.
        clock: Says how old it is.
        uniform: Draws a number between two bounds: checkpoints that were refused together shall
            not come back together.
    """

    def __init__(
        self,
        copy: GalleryCopy,
        clock: CopyClock,
        *,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.copy = copy
        self._clock = clock
        self._asked: str | None = None
        self._next_s = self._saved_s = 0.0
        self._uniform = uniform
        self._refused = 0  # in a row
        self._erased: tuple[str, ...] = ()

    @property
    def left_s(self) -> float:
        """Seconds for which the copy may still decide; 0 when it may not."""
        if not self.copy.hours:
            return 0.0
        left_s = self.copy.hours * 3600 - self._clock.age_s
        if left_s <= 0:
            self.destroy("it is too old")
            return 0.0
        return left_s if self.copy.liveness != "active" else 0.0

    def send_due(self, connection: Connection, encoder: str, *, busy: bool) -> None:
        """Asks for the next page when it is time and nobody waits for a verdict."""
        if not connection.offline_hours:
            self.destroy("the server does not allow it")
            return
        now_s = time.monotonic()
        if self._asked is not None or busy or now_s < self._next_s or connection.session.room <= 1:
            return
        epoch, since = self.copy.position(encoder)
        request = GalleryChanges(id=connection.session.next_id(), epoch=epoch, since=since)
        try:
            connection.send(request)
        except IllegalSend as error:
            log_event(log, "gallery_changes_unsendable", level=logging.ERROR, reason=error.message)
            self._next_s = now_s + _AFTER_REFUSAL_S
            return
        self._asked = request.id
        self._next_s = now_s + ASK_EVERY_S

    def answered(self, message: Message, encoder: str) -> bool:
        """Takes the answer to a question of its own; False for everybody else's."""
        if isinstance(message, Error) and message.re is not None and message.re == self._asked:
            self._asked = None
            self._next_s = time.monotonic() + self._wait_s(message)
            return True
        if not isinstance(message, GalleryPage):
            return False
        self._asked, self._refused = None, 0
        if not self.copy.take(message, encoder):
            self._next_s = time.monotonic() + PAGE_EVERY_S
        if self.copy.hours:
            self._clock.contact()
        self._erased += message.erased
        return True

    def _wait_s(self, refusal: Error) -> float:
        """How long to wait now: as long as the server says, doubled when it goes on refusing."""
        told_s = pace_s(refusal, longest_s=_TOLD_LONGEST_S)
        if told_s is None:
            wait_s = _AFTER_REFUSAL_S
        else:
            doubled_s = told_s * 2 ** min(self._refused, 16)
            wait_s = max(told_s, PAGE_EVERY_S, min(doubled_s, _AFTER_REFUSAL_S))
            self._refused += 1
        return self._uniform(wait_s, 1.5 * wait_s)

    def take_erased(self) -> tuple[str, ...]:
        """Subject ids of people of whom nothing may be kept, once."""
        erased, self._erased = self._erased, ()
        return erased

    def tick(self, *, idle: bool) -> None:
        """Writes the copy down when nobody waits."""
        now_s = time.monotonic()
        if idle and now_s - self._saved_s >= _SAVE_EVERY_S:
            self._saved_s = now_s
            self.copy.save()

    def connection_lost(self) -> None:
        """The page asked for does not come; what came counts."""
        self._asked = None
        self._next_s = 0.0

    def destroy(self, why: str) -> None:
        """Deletes the copy: it is not allowed (any more), or this is not the grid's checkpoint."""
        if self.copy.hours or self.copy.version:
            self.copy.destroy(why)
            self._clock.forget()

    def decide(self, event: KeptEvent, encoder: str) -> Alone | None:
        """Who this is, by the copy; None where the checkpoint must not say.

        Active liveness needs the server, which draws the actions: nothing is decided then.
        """
        if event.report or not self.left_s:
            return None
        found = self.copy.search(encoder)
        if found is None:
            return None
        if self.copy.liveness == "passive" and (event.liveness is None or not event.liveness.live):
            return self._said("spoof_suspected", None)
        gallery, policy = found
        try:
            verdict = identify(np.asarray(event.encoding), gallery, policy)
        except ImplausibleEncoding:
            return None
        subject_id = verdict.candidate.subject_id if isinstance(verdict, Identified) else None
        return self._said(_WORDS[type(verdict)], subject_id)

    def close(self) -> None:
        """Writes down what is not yet."""
        self.copy.close()

    def _said(self, outcome: str, subject_id: str | None) -> Alone:
        said = Offline(outcome=outcome, subject_id=subject_id, copy_version=self.copy.version)
        name = None if subject_id is None else self.copy.name_of(subject_id)
        return Alone(said, name)


def offline_decisions(settings_file: Path, key: bytes) -> OfflineDecisions:
    """Those of the checkpoint with these settings."""
    stem = settings_file.stem
    copy = GalleryCopy(settings_file.with_name(f"{stem}-gallery.sealed"), key)
    return OfflineDecisions(copy, CopyClock(settings_file.with_name(f"{stem}-gallery.clock"), key))
