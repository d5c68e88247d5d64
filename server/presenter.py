"""What the server's window shows, worked out from events without Tk: state, tiles, checkpoints."""

import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from database.log_state import UpgradeProgress
from database.reader import Counters
from protocol.text import printable
from server.checkpoint_rows import CheckpointRow, DeviceLike, counted, rows
from server.events import (
    CheckpointChanged,
    CheckpointStatus,
    EventStored,
    Fault,
    GalleryChanged,
    GridEvent,
    GridState,
    LogLine,
    ServerStateChanged,
)
from server.fault_words import count, number, told
from server.held_up import TRIED, HeldUp, found_is
from server.permissions import Action as Right
from server.state_words import (
    STATES,
    UPGRADING,
    Action,
    Offer,
    Tone,
    offers_of,
    reason_of,
    upgrading,
)

# Verdict times that the tile's percentile is taken over: the newest only.
_LATENCIES = 1_000
# Log lines kept for the page; older ones are in the log file.
LOG_LINES = 1_000
# States that may last for weeks: what went wrong meanwhile is shown before them.
_LASTING = (
    GridState.CLOCK_DOUBTED,
    GridState.NO_BACKUP,
    GridState.NOT_NAMING,
    GridState.OTHER_MODEL,
)
_SEARCHED = frozenset({"identified", "not_enrolled", "ambiguous"})


@dataclass(frozen=True, slots=True)
class StateView:
    """The state as the rail and the banner show it.

    `line` is empty when there is nothing to say over the page: the rail's word is enough. The
    banner has the rail's tone and icon unless `line_tone` and `line_icon` say otherwise.
    """

    tone: Tone
    word: str
    icon: str
    line: str = ""
    reason: str = ""
    offers: tuple[Offer, ...] = ()
    line_tone: Tone | None = None
    line_icon: str = "exclamation-triangle-fill"
    progress: UpgradeProgress | None = None


@dataclass(frozen=True, slots=True)
class Tiles:
    """The four numbers of the dashboard with the note under each."""

    checkpoints: tuple[str, str, Tone | None]
    identified: tuple[str, str, Tone | None]
    not_enrolled: tuple[str, str, Tone | None]
    verdict: tuple[str, str, Tone | None]


class Presenter:
    """Keeps what the window shows. One thread uses it.

    Args:
        now_ms: The clock, ms since the epoch, UTC.

    Attributes:
        fault: What went wrong last, till somebody has read it.
        alarms: That somebody changed the data, till whoever may has dealt with it.
        upgrade: How far the history is on its way to this version, while it is.
        may: Whether who looks may do something: others get no button for it.
    """

    def __init__(self, now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._now_ms = now_ms
        self.status = ServerStateChanged(GridState.STARTING, "Opening the data.")
        self.people: int | None = None
        self.samples = 0
        self.elsewhere: tuple[str, ...] = ()
        self.log: deque[LogLine] = deque(maxlen=LOG_LINES)
        self.fault: Fault | None = None
        self.upgrade: UpgradeProgress | None = None
        self.alarms: list[Fault] = []
        self.may: Callable[[Right], bool] = lambda _right: True
        self.closing = False
        self._checkpoints: dict[str, CheckpointStatus] = {}
        self._devices: tuple[DeviceLike, ...] = ()
        self._held_up: frozenset[str] = frozenset()
        self._sign_ins: dict[str, int] = {}
        self._today = Counters()
        self._tried = 0
        self._day = midnight_ms(now_ms())
        self._latencies: deque[int] = deque(maxlen=_LATENCIES)
        self._stored_p95: int | None = None

    # Events.

    def take(self, event: GridEvent) -> None:
        """Takes in one event."""
        if isinstance(event, ServerStateChanged):
            self.status, self.upgrade = event, None
        elif isinstance(event, UpgradeProgress):
            self.upgrade = event
        elif isinstance(event, EventStored):
            self._count(event)
        elif isinstance(event, CheckpointChanged):
            self._checkpoints[event.status.checkpoint_id] = event.status
        elif isinstance(event, GalleryChanged):
            self.people, self.samples = event.people, event.samples
            self.elsewhere = event.elsewhere
        elif isinstance(event, LogLine):
            self.log.append(event)
        elif isinstance(event, Fault):
            if not event.tampering:
                self.fault = event
            elif event not in self.alarms:
                self.alarms.append(event)

    def take_checkpoints(
        self,
        statuses: Sequence[CheckpointStatus],
        devices: Sequence[DeviceLike] = (),
        *,
        held_up: Callable[[str], HeldUp] = lambda _checkpoint_id: HeldUp(),
        sign_ins: Mapping[str, int] = MappingProxyType({}),
    ) -> bool:
        """Takes the registry's list and the paired ones; True when it differs from before.

        Args:
            statuses: The registry's.
            devices: The paired ones.
            held_up: Says what is held up at one of them.
            sign_ins: Until when sign-ins wait at some of them, ms since the epoch.
        """
        before = self._checkpoints, self._devices, self._held_up, self._sign_ins
        self._checkpoints = {status.checkpoint_id: status for status in statuses}
        self._devices = tuple(devices)
        paired = [one.checkpoint_id for one in devices if one.revoked_at_ms is None]
        self._held_up = frozenset(iid for iid in paired if held_up(iid).places)
        self._sign_ins = {iid: until_ms for iid, until_ms in sign_ins.items() if iid in paired}
        return before != (self._checkpoints, self._devices, self._held_up, self._sign_ins)

    def take_counts(self, today: Counters, p95_ms: int | None, *, tried: int = 0) -> None:
        """Takes the database's own counts, which are right whatever was posted before.

        Args:
            today: Of each outcome.
            p95_ms: Time to the verdict.
            tried: How many of the suspected were one try too many.
        """
        self._day = midnight_ms(self._now_ms())
        self._today, self._tried = today, tried
        self._stored_p95 = p95_ms

    def forget_data(self) -> None:
        """The data are not open: nothing is known of people, checkpoints and events."""
        self.people, self.samples, self.elsewhere = None, 0, ()
        self._checkpoints.clear()
        self._devices = ()
        self._held_up, self._sign_ins = frozenset(), {}
        self._latencies.clear()
        self.take_counts(Counters(), None)

    def dismiss(self) -> None:
        """The fault was read."""
        self.fault = None

    def tells_of_tries(self, checkpoint_id: str) -> bool:
        """Whether the fault shown says that somebody is held up there, and nothing worse."""
        fault = self.fault
        return fault is not None and fault.checkpoint_id == checkpoint_id and not fault.odd

    def dismiss_alarm(self) -> None:
        """Whoever may has dealt with the first alarm, which is in the audit log."""
        del self.alarms[:1]

    def accept_history(self) -> None:
        """What was changed in the history is known, and was accepted."""
        self.alarms = [alarm for alarm in self.alarms if not alarm.in_history]

    # Views.

    @property
    def state(self) -> StateView:
        """The rail's word, and the banner when there is something to say."""
        if self.closing:
            icon = "hourglass-split"
            return StateView("info", "Closing", icon, "Closing", "Saying goodbye.", line_icon=icon)
        view = self._of_state()
        mine = tuple(offer for offer in view.offers if self.may(offer.action.right))
        return replace(view, offers=mine)

    def _of_state(self) -> StateView:
        status = self.status
        tone, word, icon, line = STATES[status.state]
        view = StateView(tone, word, icon)
        if status.state in (*_LASTING, GridState.RUNNING, GridState.STOPPED):
            if self.alarms:
                return self._with_alarm(view, self.alarms[0])
            if self.fault is not None:
                return self._with_fault(view, self.fault)
        if status.state is GridState.RUNNING:
            return view
        if (now := self.upgrade) is not None:
            return replace(
                view, line=UPGRADING, line_icon=icon, reason=upgrading(now), progress=now
            )
        return replace(
            view,
            line=line.format(port=status.port),
            line_icon=icon,
            reason=reason_of(status),
            offers=offers_of(status),
        )

    @property
    def address(self) -> str:
        """Where it listens, or nothing while it does not."""
        status = self.status
        return f"{status.host}:{status.port}" if status.state.serving and status.port else ""

    @property
    def can_start(self) -> bool:
        """Whether the start button does something now (the stop button otherwise)."""
        return not self.status.state.serving and not self.busy

    @property
    def busy(self) -> bool:
        """Whether starting or stopping is under way: neither button does anything."""
        return self.closing or self.status.state in (GridState.STARTING, GridState.STOPPING)

    @property
    def empty(self) -> bool:
        """Whether the gallery was loaded and nobody is enrolled: the first steps are shown."""
        return self.people == 0 and not self.elsewhere

    @property
    def checkpoints(self) -> tuple[CheckpointStatus, ...]:
        """Every known checkpoint: those with the wrong model first, then the connected, by name."""
        return tuple(
            sorted(
                self._checkpoints.values(),
                key=lambda one: (not one.mismatch, not one.connected, one.name.casefold()),
            )
        )

    @property
    def rows(self) -> tuple[CheckpointRow, ...]:
        """Every checkpoint that is known or paired, as the lists show them."""
        known, now_ms = self._checkpoints.values(), self._now_ms()
        return rows(
            known, self._devices, now_ms=now_ms, held_up=self._held_up, sign_ins=self._sign_ins
        )

    @property
    def p95_ms(self) -> int | None:
        """Time to the verdict that 95 of 100 kept within; None before the first."""
        if not self._latencies:
            return self._stored_p95
        ranked = sorted(self._latencies)
        return ranked[max(0, math.ceil(0.95 * len(ranked)) - 1)]

    @property
    def tiles(self) -> Tiles:
        """The dashboard's numbers."""
        connected, known = counted(self.rows)
        today, p95 = self._today, self.p95_ms
        searched = today.identified + today.not_enrolled + today.ambiguous
        others = [f"and {number(today.ambiguous)} ambiguous"]
        if self._tried:
            others.append(f"{number(self._tried)} too many tries")
        if today.spoof_suspected > self._tried:
            others.append(f"{number(today.spoof_suspected - self._tried)} spoof suspected")
        return Tiles(
            checkpoints=(f"{connected} / {known}", *_connected_note(connected, known)),
            identified=(
                number(today.identified),
                f"{100 * today.identified / searched:.1f} % of "
                f"{count(searched, 'search', 'searches')}"
                if searched
                else "no searches yet today",
                None,
            ),
            not_enrolled=(
                number(today.not_enrolled),
                ", ".join(others),
                "warn" if self._tried else None,
            ),
            verdict=("–" if p95 is None else f"{p95} ms", self._gallery_note(), None),
        )

    def _gallery_note(self) -> str:
        if self.people is None:
            return "gallery not loaded"
        return f"{count(self.people, 'person', 'people')} · {count(self.samples, 'sample')}"

    def _with_alarm(self, view: StateView, alarm: Fault) -> StateView:
        """Nothing but this is offered: the server is started by the button in the rail."""
        more = len(self.alarms) - 1
        rest = f" ({count(more, 'more alarm')} after this one.)" if more else ""
        whom = "" if self.may(Right.DISMISS_ALARM) else "Tell the administrator: "
        # Who sees no events looks where it is written.
        of_history = alarm.in_history and self.may(Right.VIEW_HISTORY)
        shown = Action.SHOW_CHANGED if of_history else Action.SHOW_AUDIT
        return replace(
            view,
            line_tone="bad",
            line="The data were changed outside of the program",
            line_icon="shield-exclamation",
            reason=f"{whom}{printable(alarm.sentence, 400)}{rest}",
            offers=(
                Offer(shown.value, shown),
                Offer("Dismiss", Action.DISMISS_ALARM),
            ),
        )

    def _with_fault(self, view: StateView, fault: Fault) -> StateView:
        offers = [Offer("Show log", Action.SHOW_LOG), Offer("Dismiss", Action.DISMISS)]
        if self.can_start and self.may(Right.START_SERVER):
            offers[1] = Offer("Start server", Action.START)
        if fault.checkpoint_id:
            offers[0] = Offer("Show checkpoints", Action.SHOW_CHECKPOINTS)
        line, reason = self._at_checkpoint(fault) if fault.checkpoint_id else told(fault)
        return replace(
            view,
            line_tone="bad" if self.can_start else "warn",
            line=line,
            reason=reason,
            offers=tuple(offers),
        )

    def _at_checkpoint(self, fault: Fault) -> tuple[str, str]:
        """Too many tries, or something odd, at a checkpoint, by the name that people know."""
        named = {row.checkpoint_id: row.name for row in self.rows}
        name = printable(named.get(fault.checkpoint_id, fault.checkpoint_id), 60)
        reason = fault.sentence.replace(fault.checkpoint_id, name)
        if name.startswith("Checkpoint "):  # as one that was given no name calls itself
            reason = reason.replace(f"Checkpoint {name}", name)
        line = f"Look at checkpoint {name}" if fault.odd else f"Too many tries at {name}"
        return line, printable(reason, 400)

    def _count(self, event: EventStored) -> None:
        record = event.record
        day = midnight_ms(self._now_ms())
        if day != self._day:
            self._day, self._today, self._tried = day, Counters(), 0
        outcome = record.outcome
        self._tried += outcome == "spoof_suspected" and found_is(record.reason, TRIED)
        self._today = replace(self._today, **{outcome: getattr(self._today, outcome) + 1})
        if record.latency_ms is not None and outcome in _SEARCHED and not record.late:
            self._latencies.append(record.latency_ms)


def midnight_ms(now_ms: int) -> int:
    """The begin of the day of this computer's clock, in ms since the epoch, UTC."""
    local = time.localtime(now_ms / 1000)
    begin = (local.tm_year, local.tm_mon, local.tm_mday, 0, 0, 0, 0, 0, -1)
    return int(time.mktime(begin) * 1000)


def _connected_note(connected: int, known: int) -> tuple[str, Tone | None]:
    if known == 0:
        return "none has connected yet", None
    if connected == known:
        return "all connected", "good"
    return f"{known - connected} not connected", "warn"
