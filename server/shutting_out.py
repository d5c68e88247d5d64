"""Shuts a checkpoint out while nothing can be written: at once, and on the disk once there is room.

Everything else is written before it is done. A checkpoint that somebody else has in their hands is
not left connected because a disk is full: here what is done comes first, and the record follows.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from desktop.logs import log_event
from protocol.text import printable
from server.audit import AuditProblem
from server.audit_records import Details
from server.devices import Devices
from server.events import GridEvent, ShutOutWaits
from server.utc import utc_minute

_LOG = logging.getLogger(__name__)


class Record(Protocol):
    """Writes that somebody shut a checkpoint out (`server.audit.Audit.record`)."""

    def __call__(self, *, details: Details) -> object:
        """Writes it; raises `AuditProblem`."""


@dataclass(slots=True)
class _Waits:
    name: str
    at_ms: int
    record: Record
    recorded: bool = False


class ShuttingOut:
    """What was shut out and is not written yet. Any thread may call; `tick` comes every second.

    Args:
        devices: The list of paired checkpoints.
        post: Where `ShutOutWaits` goes.
        now_ms: The server's clock, ms since the epoch, UTC.
    """

    def __init__(
        self,
        devices: Devices,
        post: Callable[[GridEvent], None] = lambda _event: None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._devices = devices
        self._post = post
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._waiting: dict[str, _Waits] = {}

    def anyway(self, checkpoint_id: str, record: Record, error: Exception) -> str:
        """Shuts one out that somebody may shut out, and that could not be written.

        Args:
            checkpoint_id: Which one.
            record: Writes who did it, when there is room.
            error: Why it could not be written.

        Returns:
            A sentence for whoever did it.

        Raises:
            KeyError: There is no such checkpoint.
        """
        self._devices.shut_out(checkpoint_id)
        device = self._devices.find(checkpoint_id)
        name = printable(checkpoint_id if device is None else device.name, 60)
        with self._lock:
            self._waiting.setdefault(checkpoint_id, _Waits(name, self._now_ms(), record))
            self._tell()
        log_event(
            _LOG,
            "shut_out_unwritten",
            level=logging.ERROR,
            checkpoint=checkpoint_id,
            reason=str(error),
        )
        return (
            f"{name} is shut out, and that could not be written ({_reason(error)}). It is written "
            "by itself once there is room; until then do not end the server."
        )

    def tick(self) -> None:
        """Writes what waits, when that is possible by now."""
        with self._lock:
            if not self._waiting:
                return
            try:
                # The record first: a log that cannot be written says why nothing else may be.
                for waits in self._waiting.values():
                    if not waits.recorded:
                        waits.record(details={"shut_out_at": utc_minute(waits.at_ms)})
                        waits.recorded = True
                self._devices.write()
            except (AuditProblem, OSError):
                return  # told already, and shown until it works
            log_event(_LOG, "shut_out_written", checkpoints=len(self._waiting))
            self._waiting.clear()
            self._tell()

    def _tell(self) -> None:
        self._post(ShutOutWaits(tuple(waits.name for waits in self._waiting.values())))


def _reason(error: Exception) -> str:
    """What the system said."""
    cause = error if isinstance(error, OSError) else error.__cause__
    return (isinstance(cause, OSError) and cause.strerror) or str(error)
