"""Keeps the checkpoint's state by its table, from the events that its threads post."""

import threading

from client.events import (
    CameraState,
    CameraStatus,
    ClientEvent,
    LinkState,
    LinkStatus,
    NoProbe,
    ProbeSent,
    StateChanged,
    VerdictArrived,
    VisionReport,
    VisionState,
    VisionStatus,
)
from client.liveness_events import ChallengeAsked
from client.states import CHECKPOINT_START, CHECKPOINT_TABLE, CheckpointState, Signal, after, can

_BROKEN = frozenset(
    {
        CameraState.MISSING,
        CameraState.BUSY,
        CameraState.LOST,
        CameraState.FROZEN,
        CameraState.BLACK,
    }
)


class Keeper:
    """The checkpoint's state. Any thread may call; it holds a lock for microseconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = CHECKPOINT_START
        self._faults: set[str] = set()
        self._up = False

    @property
    def state(self) -> CheckpointState:
        """The state now."""
        return self._state

    def note(self, event: ClientEvent) -> StateChanged | None:
        """Takes an event; gives the change it made, if any."""
        with self._lock:
            signal = self._signal(event)
            return None if signal is None else self._take(signal)

    def shown(self) -> StateChanged | None:
        """The verdict was on the screen long enough."""
        with self._lock:
            return self._take(Signal.SHOWN)

    def _take(self, signal: Signal) -> StateChanged | None:
        before = self._state
        if not can(CHECKPOINT_TABLE, before, signal):
            return None
        self._state = after(CHECKPOINT_TABLE, before, signal)
        return None if self._state is before else StateChanged(self._state)

    def _signal(self, event: ClientEvent) -> Signal | None:
        match event:
            case LinkStatus():
                return self._of_link(event.state)
            case CameraStatus():
                return self._of_part("camera", broken=event.state in _BROKEN)
            case VisionStatus():
                return self._of_part("vision", broken=event.state is VisionState.FAILED)
            case VisionReport():
                return Signal.FACE_SEEN if event.faces else Signal.FACE_GONE
            case ChallengeAsked(enrolling=False):
                return Signal.CHALLENGED
            case ProbeSent():
                return Signal.ASKED
            case VerdictArrived(late=False) | NoProbe():
                return Signal.ANSWERED
            case _:
                return None

    def _of_link(self, state: LinkState) -> Signal | None:
        was_up, self._up = self._up, state is LinkState.CONNECTED
        if self._up:
            return None if was_up else Signal.LINK_UP
        if state is LinkState.CONNECTING:
            return Signal.LINK_DOWN if was_up else Signal.TRYING
        return Signal.LINK_DOWN

    def _of_part(self, part: str, *, broken: bool) -> Signal | None:
        if broken:
            self._faults.add(part)
            return Signal.FAULT
        if part not in self._faults:
            return None
        self._faults.discard(part)
        if self._faults:
            return None
        return Signal.MENDED if self._up else Signal.MENDED_OFFLINE
