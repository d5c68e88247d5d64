"""The event log: acknowledged after the commit, alive through every fault, closed by the worst."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from database import log as log_module
from database.errors import (
    DatabaseDamaged,
    DatabaseLocked,
    DatabaseProblem,
    IdempotencyConflict,
    StorageBusy,
    StorageFailed,
    StorageFull,
)
from database.log import EventLog, LogState
from database.reader import EventReader
from database.records import CheckpointRecord, Stored
from database.transactions import Job, Store
from tests.database.examples import CIPHER, NOON_MS, event
from tests.support import wait_until

WAIT_S = 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database will be."""
    return tmp_path / "match_history.db"


@pytest.fixture
def log(path: Path) -> Iterator[EventLog]:
    """An open event log."""
    with make(path) as opened:
        yield opened
    assert not opened.alive


def make(path: Path, **options: object) -> EventLog:
    return EventLog(path, CIPHER, backup_folder=path.parent / "backups", **options)  # type: ignore[arg-type]


def stored_ids(path: Path) -> list[str]:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [row[0] for row in connection.execute("SELECT event_id FROM events")]
    finally:
        connection.close()


def test_an_acknowledged_event_can_be_read_at_once(log: EventLog, path: Path) -> None:
    """By another connection, with its sequence; the thread has its name."""
    record = event()
    stored = log.append(record).result(WAIT_S)
    assert (stored.record.sequence, stored.duplicate) == (1, False)
    assert stored_ids(path) == [record.event_id]
    assert "event-log" in {thread.name for thread in threading.enumerate()}
    assert log.state is LogState.RECORDING


def test_r1_one_event_sent_100_times_at_once(log: EventLog, path: Path) -> None:
    """One row, 100 identical answers, one of them not a duplicate."""
    record = event()
    answers: list[Future[Stored]] = []
    start = threading.Barrier(10)

    def send() -> None:
        start.wait(WAIT_S)
        answers.extend(log.append(record) for _ in range(10))

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results = [answer.result(WAIT_S) for answer in answers]
    assert len(results) == 100
    assert len({(r.record.event_id, r.record.sequence) for r in results}) == 1
    assert sum(not r.duplicate for r in results) == 1
    assert stored_ids(path) == [record.event_id]


def test_r2_the_same_id_with_other_content_is_refused(log: EventLog) -> None:
    """And the log goes on."""
    record = event()
    log.append(record).result(WAIT_S)
    with pytest.raises(IdempotencyConflict):
        log.append(event(event_id=record.event_id, content_hash="other")).result(WAIT_S)
    assert log.append(event()).result(WAIT_S).record.sequence == 2


def test_many_events_share_a_commit(
    log: EventLog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 events waiting together take a few transactions, not 500, and keep their order."""
    groups: list[int] = []
    real = log_module.write_together

    def counted(store: Store, jobs: list[Job]) -> object:
        refused = real(store, jobs)
        groups.append(len(jobs))
        return refused

    monkeypatch.setattr(log_module, "write_together", counted)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answers = [log.append(event()) for _ in range(500)]
    other.execute("ROLLBACK")
    other.close()
    sequences = [answer.result(WAIT_S).record.sequence for answer in answers]
    assert sequences == list(range(1, 501))
    assert sum(groups) == 500
    assert len(groups) <= 3


def test_closing_writes_what_waits(path: Path) -> None:
    """Everything handed in before is stored; afterwards nothing is taken."""
    log = make(path)
    log.open()
    answers = [log.append(event()) for _ in range(300)]
    assert log.close()
    assert len({answer.result(0).record.event_id for answer in answers}) == 300
    assert len(stored_ids(path)) == 300
    with pytest.raises(StorageFailed, match="not being recorded"):
        log.append(event()).result(0)
    assert log.state is LogState.CLOSED


def test_the_one_file_holds_everything_after_closing(path: Path, tmp_path: Path) -> None:
    """Also while a reader is open: the journal is empty."""
    reader = EventReader(path, CIPHER)
    with make(path) as log:
        record = log.append(event()).result(WAIT_S).record
        assert reader.find(record.event_id) == record
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    assert stored_ids(copy) == [record.event_id]
    reader.close()


def test_an_open_log_is_not_opened_twice(log: EventLog) -> None:
    """There is exactly one read-write connection."""
    with pytest.raises(DatabaseLocked, match="open already"):
        log.open()


def test_opening_is_begun_and_waited_for_later(path: Path) -> None:
    """Something else can be loaded meanwhile; closed in between it is opened anew."""
    log = make(path)
    for _ in range(2):
        log.begin()
        assert log.close()
        log.begin()
        log.open()
        log.append(event()).result(WAIT_S)
        assert log.close()
    assert len(stored_ids(path)) == 2


def test_f8_a_damaged_database_is_told_to_the_caller(path: Path) -> None:
    """`open` raises in the thread that called it, also of what was begun; no thread stays."""
    path.write_bytes(b"")
    log = make(path)
    log.begin()
    for _ in range(2):
        with pytest.raises(DatabaseDamaged):
            log.open()
        assert not log.alive
    assert isinstance(log.append(event()).exception(0), StorageFailed)


def test_a_checkpoint_that_was_seen_is_listed(log: EventLog, path: Path) -> None:
    """With its first and last time."""
    for time_ms in (NOON_MS, NOON_MS + 5):
        seen = CheckpointRecord(
            checkpoint_id="a", name="A", first_seen_ms=time_ms, last_seen_ms=time_ms
        )
        log.seen_checkpoint(seen).result(WAIT_S)
    reader = EventReader(path, CIPHER)
    (found,) = reader.checkpoints()
    reader.close()
    assert (found.first_seen_ms, found.last_seen_ms) == (NOON_MS, NOON_MS + 5)


def fill(log: EventLog) -> DatabaseProblem:
    """Appends large events until one is refused; returns why."""
    for _ in range(2_000):
        problem = log.append(event(reason="x" * 1_900)).exception(WAIT_S)
        if problem is not None:
            assert isinstance(problem, DatabaseProblem)
            return problem
    raise AssertionError("the disk never was full")


def limit_pages(log: EventLog, pages: int) -> None:
    """Lets the database grow to so many pages."""
    pragma = f"PRAGMA max_page_count = {pages}"
    log._submit(Job(lambda store: store.connection.execute(pragma).fetchone())).result(WAIT_S)


def test_f5_a_full_database_is_told_and_recovers_without_a_restart(path: Path) -> None:
    """SQLITE_FULL: not acknowledged, retryable, and the next event after the space came goes in."""
    states: list[LogState] = []
    with make(path, on_state=lambda state, _sentence: states.append(state)) as log:
        limit_pages(log, 60)
        problem = fill(log)
        assert isinstance(problem, StorageFull)
        assert problem.retryable
        assert log.state is LogState.FULL
        refused = event(reason="x" * 1_900)
        assert isinstance(log.append(refused).exception(WAIT_S), StorageFull)
        assert refused.event_id not in stored_ids(path)
        # A PRAGMA inside the group would be undone with it; this runs in a group of its own.
        limit_pages(log, 9999)
        assert not log.append(refused).result(WAIT_S).duplicate
    assert LogState.FULL in states
    assert states[-2:] == [LogState.RECORDING, LogState.CLOSED]
    assert refused.event_id in stored_ids(path)


_FULL_DISK = """
import resource, sys
from pathlib import Path
from database.errors import StorageFull
from database.log import EventLog
from tests.database.examples import CIPHER, event
from tests.database.test_log import fill
path = Path(sys.argv[1])
with EventLog(path, CIPHER, backup_folder=path.parent / "backups") as log:
    none, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))
    problem = fill(log)
    assert isinstance(problem, StorageFull), repr(problem)
    assert isinstance(fill(log), StorageFull)
    resource.setrlimit(resource.RLIMIT_FSIZE, (none, hard))
    print(log.append(event()).result(20).record.event_id)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE is of POSIX")
def test_f5_a_refused_write_is_a_full_disk_too(path: Path) -> None:
    """SQLITE_IOERR_WRITE, in a child whose files may not grow; it recovers without a restart."""
    done = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in stored_ids(path)


def test_f9_a_lock_of_another_program_is_waited_for(path: Path) -> None:
    """No answer while it lasts, the writer lives, and everything goes in afterwards."""
    states: list[LogState] = []
    with make(path, on_state=lambda state, _sentence: states.append(state)) as log:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answers = [log.append(event()) for _ in range(5)]
        wait_until(lambda: log.state is LogState.WAITING_FOR_LOCK)
        answers += [log.append(event()) for _ in range(5)]
        assert not any(answer.done() for answer in answers)
        assert log.alive
        other.execute("ROLLBACK")
        other.close()
        assert len({a.result(WAIT_S).record.sequence for a in answers}) == 10
    assert LogState.WAITING_FOR_LOCK in states
    assert len(stored_ids(path)) == 10


def test_f9_closing_does_not_wait_for_the_lock_for_ever(path: Path) -> None:
    """What could not be written is refused, not acknowledged; the thread ends in time."""
    log = make(path)
    log.open()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answers = [log.append(event()) for _ in range(600)]
    began = time.monotonic()
    assert log.close(timeout_s=0.5)
    assert time.monotonic() - began < 3.0
    assert all(isinstance(answer.exception(0), StorageFailed) for answer in answers)
    other.execute("ROLLBACK")
    other.close()
    assert stored_ids(path) == []


def test_more_waiting_events_than_it_will_hold_are_refused(path: Path) -> None:
    """Busy, retryable, and visible: never a queue without end."""
    with make(path, max_pending=10) as log:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answers = [log.append(event())]
        wait_until(lambda: log.state is LogState.WAITING_FOR_LOCK)
        answers += [log.append(event()) for _ in range(10)]
        assert len(log._queue) == 10
        assert isinstance(log.append(event()).exception(0), StorageBusy)
        other.execute("ROLLBACK")
        other.close()
        assert all(answer.result(WAIT_S) for answer in answers)


def test_a_cancelled_event_is_dropped(path: Path) -> None:
    """As long as the writer has not taken it up."""
    with make(path) as log:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        first = log.append(event())
        wait_until(lambda: log.state is LogState.WAITING_FOR_LOCK)
        second = log.append(event())
        assert second.cancel()
        other.execute("ROLLBACK")
        other.close()
        kept = first.result(WAIT_S).record.event_id
    assert stored_ids(path) == [kept]


def test_f13_an_exception_in_the_writer_fails_closed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is acknowledged, everybody is told, and the log can be opened again."""
    faults: list[tuple[str, BaseException]] = []
    log = make(path, on_fault=lambda sentence, error: faults.append((sentence, error)))
    log.open()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answers = [log.append(event())]
    wait_until(lambda: log.state is LogState.WAITING_FOR_LOCK)
    answers += [log.append(event()) for _ in range(400)]

    def broken(*_args: object) -> None:
        raise MemoryError("injected")

    monkeypatch.setattr(log_module, "write_together", broken)
    wait_until(lambda: not log.alive)
    other.execute("ROLLBACK")
    other.close()
    assert all(isinstance(answer.exception(0), StorageFailed) for answer in answers)
    assert isinstance(log.append(event()).exception(0), StorageFailed)
    ((sentence, error),) = faults
    assert "not being recorded" in sentence
    assert isinstance(error, MemoryError)
    assert log.state is LogState.FAULT
    assert stored_ids(path) == []

    monkeypatch.undo()
    log.open()
    kept = log.append(event()).result(WAIT_S).record.event_id
    assert log.close()
    assert stored_ids(path) == [kept]


def test_a_broken_connection_is_replaced(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an error that cannot be rolled back the next event comes over a new connection."""
    first = log.append(event()).result(WAIT_S)

    def broken(store: Store, _jobs: object) -> None:
        connection = store.connection
        connection.execute("BEGIN")
        connection.set_authorizer(lambda *_args: sqlite3.SQLITE_DENY)  # so ROLLBACK fails
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
        raise error

    monkeypatch.setattr(log_module, "write_together", broken)
    assert isinstance(log.append(event()).exception(WAIT_S), StorageFailed)
    assert log.state is LogState.FAILING
    monkeypatch.undo()
    assert log.append(event()).result(WAIT_S).record.sequence == first.record.sequence + 1
    assert log.state is LogState.RECORDING


@pytest.mark.alone
def test_it_is_known_for_how_long_nothing_was_written(log: EventLog) -> None:
    """By which a quiet moment for a backup is found."""
    wait_until(lambda: log.quiet_s > 0.3)
    log.append(event()).result(WAIT_S)
    assert log.quiet_s < 0.3


def test_d5_the_journal_stays_small(log: EventLog, path: Path) -> None:
    """8,000 events leave a journal far below 64 MB, readers or not."""
    reader = EventReader(path, CIPHER)
    answers = []
    for number in range(8_000):
        answers.append(log.append(event()))
        if number % 1_000 == 0:
            reader.count()
            answers[-1].result(WAIT_S)
    assert answers[-1].result(60)
    reader.close()
    assert path.with_name("match_history.db-wal").stat().st_size < 64 * 1024 * 1024
