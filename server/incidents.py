"""Refusals that somebody may have meant: they stand in the audit log, and some are an alarm.

Whoever is refused chooses how often, so the first few of a kind are recorded one by one and the
rest of ten minutes as their number: a flood costs a few records and no disk.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from desktop.logs import log_event
from protocol.errors import Code
from protocol.text import printable
from server.pairing import Audit, unaudited

_LOG = logging.getLogger(__name__)

PERIOD_S = 600.0
"""How long one period of a checkpoint and kind is, from its first refusal on."""

ONE_BY_ONE = 3
"""Refusals of a period with a record each. With that of the rest, and four kinds, a checkpoint that
never stops makes sixteen records in ten minutes: 1.3 megabytes a day."""

MOST = 4096
"""Periods kept: beyond them nothing is recorded until one is over. Four of each checkpoint that the
settings can allow are fewer."""

_FACTS: Mapping[Code, str] = {
    Code.IDEMPOTENCY_CONFLICT: "event id with other content refused",
    Code.REPLAY_SUSPECTED: "replay suspected",
    Code.TOO_MANY_TRIES: "too many tries near one face",
    Code.SIGN_IN_LATER: "sign in at checkpoint too soon",
}

_LOOK = "Look at that checkpoint; shut it out (Revoke…) if nobody can explain it."
_CONFLICT = f"Checkpoint {{}} sent an event under the id of another one: it was refused. {_LOOK}"
_WRONG = (
    "Wrong passwords were typed at checkpoint {} again and again: whoever signs in there waits. "
    f"{_LOOK}"
)
_ALARMS: Mapping[Code, tuple[int, str]] = {
    Code.IDEMPOTENCY_CONFLICT: (1, _CONFLICT),
    Code.SIGN_IN_LATER: (3, _WRONG),
}
"""How many of a period are an alarm, and its sentence; who mistypes twice is nobody's."""

_NAME_TAKEN = "name of another checkpoint refused"


@dataclass(slots=True)
class _Period:
    began_s: float
    count: int = 0


class Incidents:
    """Takes refusals from any thread; `tidy` is called now and then.

    Args:
        audit: Takes the records.
        alarm: Is told a sentence for the administrator, and the checkpoint's id, when an id came
            with other content (R2) or passwords were typed too soon: once a checkpoint and period;
            and when a checkpoint took another's name. Of too many tries `server.suspicion` alarms.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        audit: Audit = unaudited,
        alarm: Callable[[str, str], None] = lambda _sentence, _checkpoint_id: None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._audit = audit
        self._alarm = alarm
        self._clock = clock
        self._lock = threading.Lock()
        self._periods: dict[tuple[str, Code], _Period] = {}
        self._taken: set[tuple[str, str]] = set()

    def note(self, code: Code, kind: str, checkpoint_id: str, event_id: str | None) -> None:
        """Records a refusal, or counts it; codes that are not in the table are nobody's incident.

        Args:
            code: Of the refusal.
            kind: Of the request.
            checkpoint_id: Who asked.
            event_id: What it was about.
        """
        if code not in _FACTS:
            return
        self.tidy()
        with self._lock:
            period = self._periods.get((checkpoint_id, code))
            if period is None:
                if len(self._periods) >= MOST:
                    return
                period = self._periods[checkpoint_id, code] = _Period(self._clock())
            period.count += 1
            count = period.count
        if count <= ONE_BY_ONE:
            details = {"checkpoint": checkpoint_id, "kind": kind, "event": event_id or ""}
            self._audit(_FACTS[code], details, refused=True)
        many, sentence = _ALARMS.get(code, (0, ""))
        if count == many:
            self._alarm(sentence.format(checkpoint_id), checkpoint_id)

    def name_taken(self, checkpoint_id: str, said: str, other_id: str) -> None:
        """Records, and tells, that a checkpoint calls itself as another one is known.

        Once for each two of them while the server runs: it says its name in every hello.

        Args:
            checkpoint_id: Which.
            said: What it calls itself.
            other_id: Who is known by that.
        """
        with self._lock:
            if (checkpoint_id, other_id) in self._taken or len(self._taken) >= MOST:
                return
            self._taken.add((checkpoint_id, other_id))
        name = printable(said, 60)
        details = {"checkpoint": checkpoint_id, "name": name, "other": other_id}
        log_event(_LOG, "checkpoint_name_taken", level=logging.WARNING, **details)
        self._audit(_NAME_TAKEN, details, refused=True)
        self._alarm(
            f"Checkpoint {checkpoint_id} calls itself “{name}”, the name of checkpoint {other_id}: "
            "it is shown with its id behind that name. If nobody renamed it, look at that "
            "checkpoint; else give it another name.",
            checkpoint_id,
        )

    def tidy(self, *, now: bool = False) -> None:
        """Records how many more there were in the periods that are over.

        Args:
            now: In all periods, at the end.
        """
        before_s = self._clock() - PERIOD_S
        with self._lock:
            over = {
                key: period
                for key, period in self._periods.items()
                if now or period.began_s <= before_s
            }
            for key in over:
                del self._periods[key]
        for (checkpoint_id, code), period in over.items():
            if period.count > ONE_BY_ONE:
                more = str(period.count - ONE_BY_ONE)
                details = {"checkpoint": checkpoint_id, "more": more}
                self._audit(_FACTS[code], details, refused=True)
