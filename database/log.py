"""The event log: any thread hands records in, one thread writes them, in groups, and acknowledges.

An event is acknowledged (its future resolves) after its COMMIT and never before. The one
read-write connection lives in the thread `event-log` alone.
"""

import contextlib
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Self

from database import opening, rows
from database.chores import Chore, Erasure, Forgetting
from database.cipher import Cipher
from database.errors import (
    DatabaseLocked,
    DatabaseProblem,
    StorageBusy,
    StorageFailed,
    StorageFull,
    is_busy,
    problem_of,
)
from database.log_state import LogState, TellUpgrade, tell_nobody
from database.records import CheckpointRecord, EventRecord, Stored
from database.transactions import Job, Store, refused, write_together

__all__ = ["GROUP", "EventLog", "LogState"]

GROUP = 256
"""Most jobs of one transaction: one flush to the disk serves them all."""

_CLOSED = "Events are not being recorded: the event log is closed."

_LOGGER = logging.getLogger(__name__)


class EventLog:
    """The writer of match_history.db.

    Args:
        path: The database file; made when it is missing.
        cipher: Seals the names of people.
        backup_folder: Where a copy goes before each upgrade.
        on_fault: Called from the writer thread when it ends by an unexpected error, with a
            sentence and the error; the log is closed then and may be opened again.
        on_state: Called from the writer thread with the new state and a sentence.
        on_upgrade: Called from the writer thread while an older history is brought to this version.
        lock_wait_s: How long `open` waits for another program's lock.
        max_pending: Records waiting to be written beyond which `append` answers StorageBusy.
        now_ms: The clock for the names of backups; records bring their own times.

    Attributes:
        erased: People whom no event may name any more, whenever it comes.
        upgraded_from: Versions that it had when it was opened, and is no more.
    """

    def __init__(
        self,
        path: Path,
        cipher: Cipher,
        *,
        backup_folder: Path,
        on_fault: Callable[[str, BaseException], None] | None = None,
        on_state: Callable[[LogState, str], None] | None = None,
        on_upgrade: TellUpgrade = tell_nobody,
        lock_wait_s: float = 3.0,
        max_pending: int = 10_000,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._path, self._cipher = path, cipher
        self._backup_folder = backup_folder
        self._on_fault, self._on_state, self._on_upgrade = on_fault, on_state, on_upgrade
        self._lock_wait_s, self._max_pending = lock_wait_s, max_pending
        self._now_ms = now_ms
        self._changed = threading.Condition()  # guards the five below
        self._queue: deque[Job] = deque()
        self._chores: deque[Chore] = deque()
        self._accepting = self._stopping = False
        self._give_up_at: float | None = None
        self._group: list[Job] = []  # these two are the writer thread's own
        self._store: Store | None = None
        self.erased, self.upgraded_from = set[str](), list[int]()
        self._content_key: bytes | None = None  # set before anything is accepted
        self._state = LogState.CLOSED
        self._thread: threading.Thread | None = None
        self._opening: Future[None] | None = None  # begun, and not waited for yet
        self._written_s = time.monotonic()

    @property
    def quiet_s(self) -> float:
        """For how many seconds nothing was written."""
        return time.monotonic() - self._written_s

    @property
    def state(self) -> LogState:
        """What the log is doing now."""
        return self._state

    @property
    def alive(self) -> bool:
        """Whether the writer thread runs: poll it after `stop` instead of waiting in a window."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self) -> "Future[None]":
        """Starts the writer thread, which opens and checks the database; `open` waits for that.

        Raises:
            DatabaseLocked: It is open already.
        """
        if self._thread is not None and not self._accepting:
            self._thread.join(self._lock_wait_s)  # one that is ending, after a fault or `stop`
        if self.alive:
            raise DatabaseLocked(f"{self._path.name} is open already.")
        with self._changed:
            self._stopping, self._give_up_at = False, None
        opened = self._opening = Future()
        self._thread = threading.Thread(
            target=self._run, args=(opened,), name="event-log", daemon=True
        )
        self._thread.start()
        return opened

    def open(self) -> None:
        """Opens, checks and when needed upgrades the database, as far as `begin` has not yet.

        Raises:
            DatabaseNewer: A newer FaceNetGrid made it; nothing was changed.
            DatabaseSealed: Its names are sealed with another key; nothing was changed.
            DatabaseDamaged: It is damaged or not ours; it was left as it is.
            DatabaseReadOnly: It cannot be written.
            DatabaseLocked: Another program holds it, or it is open already.
        """
        opened, self._opening = self._opening or self.begin(), None
        try:
            opened.result()
        except BaseException:
            self.close()
            raise

    def append(self, record: EventRecord) -> Future[Stored]:
        """Hands an event in; never blocks and never raises.

        The future resolves after the commit; the same event again gives the row stored first.
        Its errors: IdempotencyConflict (the id holds other content), StorageFull, StorageBusy,
        StorageFailed: the event is not stored. Cancelling it early enough drops the event.
        """
        if self._content_key is None:
            return refused(StorageFailed(_CLOSED))
        row = rows.new_row(record, self._content_key)
        return self._submit(Job(lambda store: store.add(row), whole=True))

    def append_all(self, records: Sequence[EventRecord]) -> Future[list[Stored | DatabaseProblem]]:
        """The same for several, with one answer for all of them, in one transaction.

        A record that is refused for a fault of its own has that error in its place; an error of
        the future is that of all.
        """
        key = self._content_key
        if key is None:
            return refused(StorageFailed(_CLOSED))
        ready = [rows.new_row(record, key) for record in records]
        return self._submit(Job(lambda store: store.add_all(ready), whole=True))

    def seen_checkpoint(self, record: CheckpointRecord) -> Future[None]:
        """Notes that a checkpoint is there; its first time stays what it was."""
        return self._submit(Job(lambda store: rows.upsert_checkpoint(store.connection, record)))

    def erase_subject(self, subject_id: str) -> Future[int]:
        """Takes a person out of the history; events go on being recorded meanwhile.

        Names are deleted, and from every event the ids that say who it was or was like. What is
        deleted is written over, the journal too. The future gives how many events were changed.
        """
        return self._take_on(Erasure(subject_id))

    def forget_before(self, before_ms: int) -> Future[int]:
        """Deletes events from before that time, and names only they need; gives how many events."""
        return self._take_on(Forgetting(before_ms))

    def stop(self, *, timeout_s: float = 5.0) -> None:
        """Takes nothing more in; what waits is written, for at most that long. Does not wait."""
        with self._changed:
            self._accepting, self._stopping, self._opening = False, True, None
            self._give_up_at = time.monotonic() + timeout_s
            self._changed.notify()

    def close(self, timeout_s: float = 5.0) -> bool:
        """`stop`, then waits for the writer; True when it has ended."""
        self.stop(timeout_s=timeout_s)
        if self._thread is not None:
            self._thread.join(timeout_s + 1.0)
        return not self.alive

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _submit(self, job: Job) -> Future[Any]:
        with self._changed:
            if not self._accepting:
                job.future.set_exception(StorageFailed(_CLOSED))
            elif len(self._queue) >= self._max_pending:
                busy = f"{len(self._queue)} events wait to be recorded: try again."
                job.future.set_exception(StorageBusy(busy))
            else:
                self._queue.append(job)
                self._changed.notify()
        return job.future

    def _take_on(self, chore: Chore) -> Future[int]:
        with self._changed:
            if not self._accepting:
                return refused(StorageFailed(_CLOSED))
            self._chores.append(chore)
            self._changed.notify()
        return chore.future

    # From here on everything runs in the writer thread.

    def _run(self, opened: "Future[None]") -> None:
        try:
            connection = opening.open_for_writing(
                self._path,
                self._cipher,
                backup_folder=self._backup_folder,
                now_ms=self._now_ms(),
                lock_wait_s=self._lock_wait_s,
                upgraded=self.upgraded_from.append,
                tell=self._on_upgrade,
            )
            self._content_key = opening.content_key_of(connection, self._path, self._cipher)
            self._store = Store(connection, self._cipher, erased=self.erased)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that called open()
            opened.set_exception(error)
            return
        with self._changed:
            self._accepting = not self._stopping
        self._set_state(LogState.RECORDING, "Recording.")
        opened.set_result(None)
        try:
            self._serve()
        except BaseException as error:  # noqa: BLE001 - the thread's top: fails closed (F13)
            self._let_go()
            self._fail_closed(error)
        else:
            self._let_go()
            self._refuse_chores(_CLOSED)
            self._set_state(LogState.CLOSED, "The event log is closed.")

    def _let_go(self) -> None:
        """Closes the connection, whatever state it is in; what was committed is safe anyway."""
        if self._store is not None:
            with contextlib.suppress(sqlite3.Error):
                # Closing alone leaves the journal while a reader is open; then somebody who
                # copies the one file would miss the newest events.
                opening.cut_journal(self._store.connection)
            with contextlib.suppress(sqlite3.Error):
                self._store.connection.close()
            self._store = None

    def _serve(self) -> None:
        while self._take_group():
            if self._group:
                self._written_s = time.monotonic()
                self._write_group()
                self._group = []
            if self._chores:
                self._step(self._chores[0])

    def _step(self, chore: Chore) -> None:
        """One slice of a chore; its promise is kept after the last one, or broken."""
        try:
            if not chore.run_slice(self._opened()):
                return
        except (sqlite3.Error, DatabaseProblem) as error:
            self._roll_back()
            if is_busy(error) and not self._out_of_time():
                return
            chore.future.set_exception(problem_of(error, self._path))
        else:
            chore.future.set_result(chore.events)
        self._chores.popleft()

    def _take_group(self) -> bool:
        """Waits for work and takes up to `GROUP` of it; False when there will be no more.

        The group is empty while a chore is to be done.
        """
        with self._changed:
            while True:
                while self._queue and len(self._group) < GROUP:
                    job = self._queue.popleft()
                    if job.future.set_running_or_notify_cancel():
                        self._group.append(job)
                if self._group or (self._chores and not self._given_up()):
                    return True
                if self._stopping:
                    return False
                self._changed.wait()

    def _write_group(self) -> None:
        """Writes and acknowledges the group, or fails it; waits while another holds the lock."""
        while True:
            try:
                bad = write_together(self._opened(), self._group)
            except (sqlite3.Error, DatabaseProblem) as error:
                self._roll_back()
                if is_busy(error) and not self._out_of_time():
                    sentence = f"Another program keeps {self._path.name} locked: events wait."
                    self._set_state(LogState.WAITING_FOR_LOCK, sentence)
                    continue  # BEGIN IMMEDIATE waits for the lock itself, a quarter of a second
                self._refuse_group(problem_of(error, self._path))
                return
            self._set_state(LogState.RECORDING, "Recording.")
            for job in self._group:
                if job in bad:
                    job.future.set_exception(bad[job])
                else:
                    job.future.set_result(job.answer)
            return

    def _opened(self) -> Store:
        """What is written through; over a new connection after the one before was given up."""
        if self._store is None:
            connection = opening.reconnect(self._path)
            self._store = Store(connection, self._cipher, erased=self.erased)
        return self._store

    def _roll_back(self) -> None:
        """Ends the transaction unless SQLite did so itself; else a new connection next time."""
        if self._store is None:
            return
        self._store.undo()
        try:
            if self._store.connection.in_transaction:
                self._store.connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._let_go()

    def _refuse_group(self, problem: DatabaseProblem) -> None:
        full = isinstance(problem, StorageFull)
        self._set_state(LogState.FULL if full else LogState.FAILING, str(problem))
        for job in self._group:
            job.future.set_exception(problem if full else StorageFailed(str(problem)))

    def _out_of_time(self) -> bool:
        """Whether closing waited long enough; what still waits then is refused with the group."""
        with self._changed:
            if not self._given_up():
                return False
            rest = [job for job in self._queue if job.future.set_running_or_notify_cancel()]
            self._group.extend(rest)
            self._queue.clear()
        return True

    def _given_up(self) -> bool:
        return self._give_up_at is not None and time.monotonic() >= self._give_up_at

    def _fail_closed(self, error: BaseException) -> None:
        """No acknowledgement any more: the fault is told, and everything that waits is refused."""
        sentence = f"Events are not being recorded: the event log stopped ({error!r})."
        _LOGGER.critical("%s", sentence, exc_info=error)
        with self._changed:
            self._accepting = False
            waiting = [job for job in (*self._group, *self._queue) if not job.future.done()]
            self._queue.clear()
        self._group = []
        try:
            # First, so that whoever is refused can see why.
            self._set_state(LogState.FAULT, sentence)
            if self._on_fault is not None:
                self._on_fault(sentence, error)
        finally:
            for job in waiting:
                job.future.set_exception(StorageFailed(sentence))
            self._refuse_chores(sentence)

    def _refuse_chores(self, sentence: str) -> None:
        with self._changed:
            while self._chores:
                self._chores.popleft().future.set_exception(StorageFailed(sentence))

    def _set_state(self, state: LogState, sentence: str) -> None:
        if state is self._state:
            return
        self._state = state
        if state in (LogState.FULL, LogState.FAILING, LogState.WAITING_FOR_LOCK):
            _LOGGER.error("%s", sentence)
        if self._on_state is not None:
            self._on_state(state, sentence)
