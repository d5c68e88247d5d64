"""Which checkpoints there are: connected now, last seen, refused for their encoder.

Any thread may call. One checkpoint may have several connections for a while (an old half-open one
beside the new one, or its enrolment tool), so connections are counted.
"""

import dataclasses
import threading
from collections.abc import Callable, Iterable

from database.records import CheckpointRecord
from server.events import CheckpointChanged, CheckpointStatus, GridEvent


class Checkpoints:
    """The registry of checkpoints.

    Args:
        post: Where `CheckpointChanged` goes.
        remember: Keeps a checkpoint for the next start, e.g. `EventLog.seen_checkpoint`.
    """

    def __init__(
        self,
        post: Callable[[GridEvent], None] = lambda _event: None,
        remember: Callable[[CheckpointRecord], object] = lambda _record: None,
    ) -> None:
        self._post = post
        self._remember = remember
        self._lock = threading.Lock()
        self._statuses: dict[str, CheckpointStatus] = {}
        self._first_seen_ms: dict[str, int] = {}
        self._connections: dict[str, int] = {}
        self._heard_ms: dict[str, int] = {}

    def load(self, records: Iterable[CheckpointRecord]) -> None:
        """Starts with the checkpoints of earlier runs, none of them connected."""
        with self._lock:
            for record in records:
                self._first_seen_ms[record.checkpoint_id] = record.first_seen_ms
                self._statuses[record.checkpoint_id] = CheckpointStatus(
                    checkpoint_id=record.checkpoint_id,
                    name=record.name,
                    connected=False,
                    last_seen_ms=record.last_seen_ms,
                    software=record.software,
                    encoder=record.encoder,
                )

    def list(self) -> tuple[CheckpointStatus, ...]:
        """Every known checkpoint, by its name."""
        with self._lock:
            statuses = [self._as_heard(status) for status in self._statuses.values()]
        return tuple(sorted(statuses, key=lambda status: status.name.casefold()))

    @property
    def connected(self) -> int:
        """How many checkpoints are connected now."""
        with self._lock:
            return len(self._connections)

    def came(self, status: CheckpointStatus) -> None:
        """A checkpoint said hello and was welcomed."""
        with self._lock:
            count = self._connections.get(status.checkpoint_id, 0)
            self._connections[status.checkpoint_id] = count + 1
            self._keep(status)

    def refused(self, status: CheckpointStatus) -> None:
        """A checkpoint was refused because its encoder is another."""
        with self._lock:
            connected = status.checkpoint_id in self._connections
            self._keep(dataclasses.replace(status, connected=connected, mismatch=True))

    def heard(self, checkpoint_id: str, now_ms: int) -> None:
        """Something came from a connected checkpoint; posted with the next change only."""
        # One assignment, with each message: it goes into the status when somebody asks for that.
        self._heard_ms[checkpoint_id] = now_ms

    def went(self, checkpoint_id: str, now_ms: int) -> None:
        """One of a checkpoint's connections ended; with the last one it is no longer connected."""
        with self._lock:
            count = self._connections.get(checkpoint_id, 0) - 1
            if count > 0:
                self._connections[checkpoint_id] = count
                return
            self._connections.pop(checkpoint_id, None)
            status = self._statuses.get(checkpoint_id)
            if status is not None:
                self._keep(dataclasses.replace(status, connected=False, last_seen_ms=now_ms))

    def _keep(self, status: CheckpointStatus) -> None:
        """Stores and tells; called with the lock held, so that changes are told in order."""
        first = self._first_seen_ms.setdefault(status.checkpoint_id, status.last_seen_ms)
        self._statuses[status.checkpoint_id] = status
        self._heard_ms.pop(status.checkpoint_id, None)  # this is newer
        self._remember(
            CheckpointRecord(
                checkpoint_id=status.checkpoint_id,
                name=status.name,
                first_seen_ms=first,
                last_seen_ms=status.last_seen_ms,
                software=status.software,
                encoder=status.encoder,
            )
        )
        self._post(CheckpointChanged(status))

    def _as_heard(self, status: CheckpointStatus) -> CheckpointStatus:
        heard_ms = self._heard_ms.get(status.checkpoint_id)
        return status if heard_ms is None else dataclasses.replace(status, last_seen_ms=heard_ms)
