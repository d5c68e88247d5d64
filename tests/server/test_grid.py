"""The grid as a whole, through a real socket on 127.0.0.1."""

import logging
import os
import socket
import sqlite3
import sys
import threading
import time
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest

from database.records import EventRecord, Stored
from database.transactions import Job
from desktop.settings import load
from server.data_folder import DataFolder
from server.events import Fault, GridState, LogLine, ServerStateChanged
from server.settings import ServerSettings
from tests.server.wire import (
    Served,
    assert_healthy,
    enrol,
    face,
    heartbeat,
    identify,
    report,
    served,
)
from tests.support import wait_until


def test_enrol_then_identify(tmp_path: Path) -> None:
    """A stranger is not enrolled; after enrolment the same face is identified by name."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        first = gate.ask(identify(face(1)))
        assert (first.outcome, first.subject_id, first.display_name) == ("not_enrolled", None, None)
        enrolled = gate.ask(enrol("Grace Hopper", face(1), face(1, noise=0.1)))
        assert enrolled.kind == "enrolled"
        again = gate.ask(identify(face(1, noise=0.1, noise_seed=3)))
        assert (again.outcome, again.display_name) == ("identified", "Grace Hopper")
        assert again.subject_id == enrolled.subject_id
        assert gate.ask(report()).kind == "recorded"
        assert gate.ask(heartbeat()).kind == "heartbeat_reply"
        assert len(running.stored) == 3
        assert running.grid.history.count() == 3


def states(running: Served) -> list[GridState]:
    """The states posted so far."""
    return [event.state for event in running.posted(ServerStateChanged)]


def test_states_from_start_to_close(tmp_path: Path) -> None:
    """The window is told each step; at the end no thread is left and the folder is free."""
    with served(tmp_path) as running:
        assert running.grid.status.port > 0
        assert "this computer only" in running.grid.status.sentence
        running.grid.stop().result(timeout=5)
        assert running.grid.ready
    assert states(running) == [
        GridState.STARTING,
        GridState.STOPPED,
        GridState.STARTING,
        GridState.RUNNING,
        GridState.STOPPING,
        GridState.STOPPED,
        GridState.STOPPED,
    ]
    assert not running.grid.ready
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {"grid", "listener", "event-log", "photo-enrolment"}
    other = DataFolder(tmp_path)
    other.lock("the next one")
    other.unlock()


def test_after_a_stop_and_a_start_requests_are_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop gives up waiting for rows; a start ends that, also for a commit that takes a while."""
    with served(tmp_path) as running:
        running.grid.stop().result(timeout=5)
        assert running.grid.start().result(timeout=5).state is GridState.RUNNING
        log = running.grid._opened.log
        append = log.append

        def slowly(record: EventRecord) -> "Future[Stored]":
            """Commits after half a second, five times as long as the stop is looked for."""
            promise: Future[Stored] = Future()

            def commit() -> None:
                if promise.set_running_or_notify_cancel():
                    promise.set_result(append(record).result(timeout=5))

            threading.Timer(0.5, commit).start()
            return promise

        monkeypatch.setattr(log, "append", slowly)
        with running.checkpoint() as gate:
            assert gate.ask(identify(face(1))).kind == "verdict"
        assert running.grid.history.count() == 1


def test_close_takes_less_than_two_seconds(tmp_path: Path) -> None:
    """Closing with checkpoints connected, one of them in the middle of a frame, is quick."""
    running = Served(tmp_path).start()
    with running.checkpoint(), running.checkpoint("gate-2") as second:
        second.socket.sendall(b"\0\0\x04\0abc")
        started = time.monotonic()
        running.close()
        assert time.monotonic() - started < 2.0


def test_port_in_use_offers_the_next(tmp_path: Path) -> None:
    """The state names the holder (this very process) and a free port that then works."""
    with served(tmp_path / "a") as first:
        settings = ServerSettings(port=first.port)
        second = Served(tmp_path / "b", settings=settings)
        status = second.grid.start().result(timeout=10)
        assert status.state is GridState.PORT_IN_USE
        assert status.port == first.port
        if sys.platform == "linux":
            assert status.holder is not None
            assert status.holder.pid == os.getpid()
        assert status.free_port is not None
        again = second.grid.start(port=status.free_port).result(timeout=10)
        assert (again.state, again.port) == (GridState.RUNNING, status.free_port)
        second.close()


def test_f16_the_same_data_twice(tmp_path: Path) -> None:
    """F16: a second grid on the same data says who holds them, and serves once they are free."""
    with served(tmp_path, settings=ServerSettings(name="Lobby", port=0)):
        second = Served(tmp_path)
        status = second.grid.start().result(timeout=10)
        assert status.state is GridState.DATA_IN_USE
        assert "Lobby" in status.sentence
        assert str(os.getpid()) in status.sentence
        assert not second.grid.ready
    assert second.grid.start().result(timeout=10).state is GridState.RUNNING
    second.close()


def test_f5_disk_full_and_room_again(tmp_path: Path) -> None:
    """F5: a full disk means `storage_full` and no verdict, a red state, and no restart later."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        assert gate.ask(identify(face(1))).kind == "verdict"
        _pragma(running, "max_page_count = 1")
        answers = [gate.ask(identify(face(1))) for _ in range(60)]
        refused = [answer for answer in answers if answer.kind == "error"]
        assert refused
        assert {answer.code for answer in refused} == {"storage_full"}
        assert all(answer.retryable for answer in refused)
        assert running.grid.status.state is GridState.NOT_RECORDING
        told = 1 + sum(answer.kind == "verdict" for answer in answers)
        assert running.grid.history.count() == told
        _pragma(running, "max_page_count = 1000000")
        assert gate.ask(identify(face(1))).kind == "verdict"
        wait_until(lambda: running.grid.status.state is GridState.RUNNING)


def _pragma(running: Served, pragma: str) -> None:
    """Sets a pragma on the one read-write connection, in its own thread."""
    log = running.grid._opened.log
    job = Job(lambda store: store.connection.execute(f"PRAGMA {pragma}").fetchall())
    log._submit(job).exception(5)


def test_f13_exception_in_the_writer_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """F13: no answer is given, the state is red, and the log is restarted by itself."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        gate.ask(identify(face(1)))
        with monkeypatch.context() as patch:
            patch.setattr("database.transactions.Store.add_all", _break)
            answer = gate.ask(identify(face(1)))
        assert (answer.kind, answer.code, answer.retryable) == ("error", "storage_failed", True)
        assert GridState.NOT_RECORDING in states(running)
        assert len(running.posted(Fault)) == 1
        wait_until(lambda: running.grid.status.state is GridState.RUNNING, timeout_s=5)
        assert gate.ask(identify(face(1))).kind == "verdict"
        assert running.grid.history.count() == 2


def _break(*_args: object) -> None:
    raise ZeroDivisionError("injected")


def test_newer_database_is_left_alone(tmp_path: Path) -> None:
    """A database of a newer version is refused with a sentence and not touched."""
    with served(tmp_path):
        pass
    path = DataFolder(tmp_path).database
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    second = Served(tmp_path)
    status = second.grid.start().result(timeout=10)
    assert status.state is GridState.DATABASE_NEWER
    assert "newer" in status.sentence.lower()
    second.close()
    assert path.read_bytes() == before


def test_disk_nearly_full_is_shown(tmp_path: Path) -> None:
    """Little room is told while it still works, and untold when there is room again."""
    room = [50 * 2**20]
    running = Served(tmp_path, room=lambda _root: room[0])
    assert running.grid.start().result(timeout=10).state is GridState.DISK_NEARLY_FULL
    assert "50 MB" in running.grid.status.sentence
    with running.checkpoint() as gate:
        assert gate.ask(identify(face(1))).kind == "verdict"
    room[0] = 10 * 2**30
    wait_until(lambda: running.grid.status.state is GridState.RUNNING, timeout_s=5)
    running.close()


def test_people_and_checkpoints_outlive_a_restart(tmp_path: Path) -> None:
    """After a restart the people are searched and the checkpoint is known, not connected."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        gate.ask(enrol("Grace Hopper", face(1)))
    with served(tmp_path) as running:
        assert [person.display_name for person in running.grid.people.list()] == ["Grace Hopper"]
        (known,) = running.grid.checkpoints.list()
        assert (known.checkpoint_id, known.connected) == ("gate-1", False)
        with running.checkpoint() as gate:
            assert gate.ask(identify(face(1))).display_name == "Grace Hopper"
            assert running.grid.checkpoints.list()[0].connected


def test_a_corrupt_person_is_named_and_the_others_load(tmp_path: Path) -> None:
    """One bad file in known_faces is told with its name; everybody else is there."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        gate.ask(enrol("Ann", face(1)))
    (running.folder.known_faces / f"{'a' * 32}.pkl").write_bytes(b"\x80\x04junk")
    with served(tmp_path) as running:
        assert len(running.grid.people.gallery) == 1
        (fault,) = running.posted(Fault)
        assert "aaaa" in fault.sentence


def test_settings_are_kept(tmp_path: Path) -> None:
    """Changed settings are in the file and count at once where they can."""
    with served(tmp_path) as running:
        changed = replace(running.grid.settings, name="New name", keep_pictures=True)
        running.grid.change_settings(changed).result(timeout=5)
        assert load(ServerSettings, running.folder.settings) == changed
        with running.peer() as peer:
            assert peer.hello().server_name == "New name"  # type: ignore[attr-defined]


def test_log_lines_reach_the_window(tmp_path: Path) -> None:
    """What is logged is posted as a line, safe to show."""
    with served(tmp_path) as running:
        logging.getLogger("server.test").warning("a line")
        wait_until(lambda: any("a line" in line.text for line in running.posted(LogLine)))
    count = len(running.posted(LogLine))
    logging.getLogger("server.test").warning("after the end")
    assert len(running.posted(LogLine)) == count


def test_another_host_is_refused(tmp_path: Path) -> None:
    """A host in the settings file that is no address is refused with a sentence."""
    other = Served(tmp_path, settings=ServerSettings(host="localhost", port=0))
    status = other.grid.start().result(timeout=10)
    assert status.state is GridState.STOPPED
    assert "is no address to listen on" in status.sentence
    other.close()


def test_the_listener_is_started_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A listener that died by a bug is told and started again on the same port."""
    with served(tmp_path) as running:
        port = running.port
        serving = running.grid._serving
        assert serving is not None
        serving._listener._admit = _break
        socket.create_connection(("127.0.0.1", port)).close()
        wait_until(lambda: running.grid._serving not in (serving, None), timeout_s=8)
        wait_until(lambda: running.grid.status.state is GridState.RUNNING)
        assert running.port == port
        assert_healthy(running)
        assert len(running.posted(Fault)) == 1


def test_an_unexpected_error_while_starting(tmp_path: Path) -> None:
    """A bug while opening is told, and the state is not "starting" for ever."""
    broken = Served(tmp_path, encoder=lambda _network: _break())
    with pytest.raises(ZeroDivisionError):
        broken.grid.start().result(timeout=5)
    wait_until(lambda: broken.posted(Fault))
    assert broken.grid.status.state is GridState.STOPPED
    broken.close()
