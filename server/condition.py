"""Which state the server shows: what it does, and what is wrong with it while it does so."""

import threading
from collections.abc import Callable
from dataclasses import replace

from server.events import GridEvent, GridState, ServerStateChanged

# What can be wrong while it runs, the worst first: one banner can show one.
_WORST_FIRST = (
    GridState.SHUT_OUT_UNWRITTEN,
    GridState.NOT_RECORDING,
    GridState.DISK_NEARLY_FULL,
    GridState.FLOODED,
    GridState.CLOCK_DOUBTED,
    GridState.MODEL_MISMATCH,
    GridState.NOT_NAMING,
    GridState.NO_BACKUP,
    GridState.OTHER_MODEL,
)


class Condition:
    """Puts together the state from what is done and what is wrong; posts every change.

    Any thread may call.

    Args:
        post: Where `ServerStateChanged` goes.
    """

    def __init__(self, post: Callable[[GridEvent], None]) -> None:
        self._post = post
        self._lock = threading.Lock()
        self._doing = ServerStateChanged(GridState.STOPPED, "The server is stopped.")
        self._troubles: dict[GridState, str] = {}
        self._shown = self._doing

    @property
    def now(self) -> ServerStateChanged:
        """What is shown now."""
        with self._lock:
            return self._shown

    def does(self, status: ServerStateChanged) -> ServerStateChanged:
        """Sets what the server does; returns what is shown now."""
        with self._lock:
            self._doing = status
            return self._show()

    def trouble(self, state: GridState, sentence: str | None) -> None:
        """Sets or (with None) ends one of the troubles that come and go while it runs."""
        with self._lock:
            if sentence is None:
                self._troubles.pop(state, None)
            else:
                self._troubles[state] = sentence
            self._show()

    def _show(self) -> ServerStateChanged:
        shown = self._doing
        if shown.state is GridState.RUNNING:
            for state in _WORST_FIRST:
                if state in self._troubles:
                    shown = replace(shown, state=state, sentence=self._troubles[state])
                    break
        if shown != self._shown:
            self._shown = shown
            self._post(shown)
        return shown
