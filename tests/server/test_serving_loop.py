"""The loop over real sockets: nobody waits for another, nobody is told before the commit."""

import threading
import time
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from database.errors import DatabaseProblem
from database.records import Stored
from protocol.errors import Code
from server import serving_loop
from server.events import CheckpointChanged, CheckpointStatus, Fault
from server.misses import PER_CHECKPOINT
from server.settings import ServerSettings
from tests.server.wire import (
    Served,
    assert_healthy,
    enrol,
    face,
    heartbeat,
    identify,
    new_id,
    report,
    served,
)
from tests.support import wait_until

WAIT_S = 10.0


def loop_of(running: Served) -> serving_loop.ServingLoop:
    """The loop that serves now."""
    serving = running.grid._serving
    assert serving is not None
    return serving._loop


def hold(running: Served, monkeypatch: pytest.MonkeyPatch) -> "list[Future[Any]]":
    """Keeps what is handed to the journal from being written; gives the promises."""
    promises: list[Future[list[Stored | DatabaseProblem]]] = []

    def silent(_records: object) -> "Future[list[Stored | DatabaseProblem]]":
        promises.append(Future())
        return promises[-1]

    monkeypatch.setattr(running.grid._opened.log, "append_all", silent)
    return promises


def test_who_waits_for_the_disk_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its commit no verdict; heartbeats of others are answered meanwhile."""
    with served(tmp_path) as running, running.checkpoint() as first:
        promises = hold(running, monkeypatch)
        request = identify(face(1))
        first.socket.sendall(first.session.send(request) + first.session.send(heartbeat()))
        wait_until(lambda: len(promises) == 1)
        with running.checkpoint("gate-2") as second:
            assert second.ask(heartbeat()).kind == "heartbeat_reply"
        first.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            first.receive()


def test_an_event_that_is_not_stored_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A retryable error after `COMMIT_WAIT_S`; it is taken back, and the connection goes on."""
    monkeypatch.setattr(serving_loop, "COMMIT_WAIT_S", 0.2)
    with served(tmp_path) as running, running.checkpoint() as peer:
        promises = hold(running, monkeypatch)
        for request in (identify(face(1)), report()):
            answer = peer.ask(request)
            assert (answer.code, answer.retryable) == (Code.STORAGE_FAILED, True)
        assert [promise.cancelled() for promise in promises] == [True, True]
        monkeypatch.undo()
        assert peer.ask(identify(face(1))).kind == "verdict"


def test_a_stop_does_not_wait_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for the commit is told to come again, then goodbye."""
    with served(tmp_path) as running, running.checkpoint() as peer:
        promises = hold(running, monkeypatch)
        peer.socket.sendall(peer.session.send(identify(face(1))))
        wait_until(lambda: len(promises) == 1)
        started = time.monotonic()
        running.grid.stop().result(timeout=WAIT_S)
        assert time.monotonic() - started < 1.5
        assert peer.receive().code == Code.STORAGE_FAILED
        assert peer.receive().kind == "bye"


def test_slow_work_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An enrolment that hangs is its own checkpoint's trouble; it is answered, too, in the end."""
    with served(tmp_path) as running, running.checkpoint() as slow:
        begun, go_on = threading.Event(), threading.Event()
        enrolled = running.grid._opened.enrolment.enrol

        def hang(*given: Any, **named: Any) -> Any:
            begun.set()
            assert go_on.wait(WAIT_S)
            return enrolled(*given, **named)

        monkeypatch.setattr(running.grid._opened.enrolment, "enrol", hang)
        sent = slow.session.send(enrol("Ann", face(1))) + slow.session.send(heartbeat())
        slow.socket.sendall(sent)
        assert begun.wait(WAIT_S)
        assert_healthy(running)
        go_on.set()
        # In the order of what was asked, though the second takes no time.
        assert [slow.receive().kind for _ in range(2)] == ["enrolled", "heartbeat_reply"]


def test_a_large_search_keeps_no_heartbeat_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Searches have a thread of their own; who comes meanwhile is searched together."""
    from server import recognition

    begun, go_on, sizes = threading.Semaphore(0), threading.Semaphore(0), list[int]()
    search = recognition.identify_many

    def held(probes: Any, *rest: Any) -> Any:
        begun.release()
        assert go_on.acquire(timeout=WAIT_S)
        sizes.append(len(probes))
        return search(probes, *rest)

    with served(tmp_path) as running:
        gates = [running.checkpoint(f"gate-{number}") for number in range(4)]
        monkeypatch.setattr(recognition, "identify_many", held)
        gates[0].socket.sendall(gates[0].session.send(identify(face(0))))
        assert begun.acquire(timeout=WAIT_S)
        for gate in gates[1:]:
            gate.socket.sendall(gate.session.send(identify(face(1))))
        wait_until(lambda: len(loop_of(running)._waiting) == 4)
        with running.checkpoint("beats") as other:
            assert other.ask(heartbeat()).kind == "heartbeat_reply"
        go_on.release(4)
        assert all(gate.receive().kind == "verdict" for gate in gates)
        for gate in gates:
            gate.close()
    assert sizes == [1, 3]


def test_a_flood_that_is_held_up_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Who asks too fast is answered at its pace, everybody else at once."""
    settings = ServerSettings(port=0, requests_per_second=10)
    with served(tmp_path, settings=settings) as running, running.checkpoint("flood") as flood:
        while flood.ask(report()).kind == "recorded":
            pass
        for _ in range(4):
            flood.send_json(report().to_wire())
        assert_healthy(running)
        # The pace is held for each: at ten a second, a tenth of a second and more for all four.
        started = time.monotonic()
        codes = [flood.next_error().get("code") for _ in range(4)]
        assert Code.RATE_LIMITED in codes
        assert time.monotonic() - started < 1.0


def test_who_never_stops_sending_lets_others_have_their_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is refused at once is answered a few at a time."""
    monkeypatch.setattr(serving_loop, "MOST_MESSAGES", 3)
    with served(tmp_path) as running, running.checkpoint("busy") as busy:
        for number in range(100):
            busy.send_json({"kind": "make_tea", "id": f"t{number}"})
        assert_healthy(running)
        answers = [busy.next_error() for _ in range(100)]
        assert [answer["re"] for answer in answers] == [f"t{number}" for number in range(100)]


def test_shut_out_while_its_answer_is_awaited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkpoint is told at once and gets no verdict."""
    with served(tmp_path) as running, running.checkpoint() as peer:
        promises = hold(running, monkeypatch)
        peer.socket.sendall(peer.session.send(identify(face(1))))
        wait_until(lambda: len(promises) == 1)
        started = time.monotonic()
        running.grid._cut_off("gate-1")
        assert peer.receive().code == Code.REVOKED
        assert peer.closed_within(2.0) + time.monotonic() - started < 2.0
        promises[0].set_exception(OSError("too late"))
        assert_still_alive(running)


def assert_still_alive(running: Served) -> None:
    """All threads run and somebody is answered."""
    assert loop_of(running).alive
    with running.checkpoint("alive") as peer:
        assert peer.ask(heartbeat()).kind == "heartbeat_reply"


def test_an_error_of_a_worker_ends_its_peer_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told as internal, with a fault for the administrator; the worker goes on."""

    def broken(*_args: object) -> None:
        raise ZeroDivisionError("secret detail")

    with served(tmp_path) as running, running.checkpoint() as peer:
        with monkeypatch.context() as patch:
            patch.setattr(running.grid._opened.enrolment, "enrol", broken)
            answer = peer.ask(enrol("Ann", face(1)))
        assert answer.code == Code.INTERNAL
        assert "secret" not in answer.message
        assert len(running.posted(Fault)) == 1
        assert_still_alive(running)


def test_a_loop_that_dies_is_told_and_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checkpoints are cut off and come back to the same port."""
    with served(tmp_path) as running, running.checkpoint() as peer:
        port, dead = running.port, loop_of(running)

        def broken(_now_s: float) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(dead, "_tick", broken)
        assert peer.closed_within(WAIT_S) < WAIT_S
        wait_until(lambda: not dead.alive)
        assert any("stopped answering" in fault.sentence for fault in running.posted(Fault))
        wait_until(lambda: running.grid._serving is not None and loop_of(running) is not dead)
        wait_until(lambda: running.grid.status.state.value == "running" and running.port == port)
        assert_still_alive(running)


def test_the_threads_end_with_the_serving(tmp_path: Path) -> None:
    """All of them: the loop, the decision, the workers."""
    with served(tmp_path) as running:
        loop = loop_of(running)
        names = {"serving", "decision-1", "request-1"}
        assert names <= {thread.name for thread in threading.enumerate()}
        running.grid.stop().result(timeout=WAIT_S)
        assert not loop.alive
        assert not names & {thread.name for thread in threading.enumerate()}


def test_r6_who_hangs_up_before_the_answer_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R6: cut off before the commit, then asked again: no more verdicts than misses allowed."""
    with served(tmp_path) as running:
        with running.checkpoint("enroller") as enroller:
            assert enroller.ask(enrol("Ann", face(1))).kind == "enrolled"
        log, loop = running.grid._opened.log, loop_of(running)
        append, go_on = log.append_all, threading.Event()
        monkeypatch.setattr(log, "append_all", lambda r: go_on.wait(WAIT_S) and append(r))
        answers = []
        for _ in range(PER_CHECKPOINT + 3):
            request = identify(face(1, noise=0.5, noise_seed=3))
            go_on.clear()
            peer = running.checkpoint("gate")
            peer.socket.sendall(peer.session.send(request))
            wait_until(lambda: len(loop._waiting) == 1)
            cut_off(loop)
            peer.close()
            go_on.set()
            wait_until(lambda: not loop._waiting)
            with running.checkpoint("gate") as again:
                answers.append(again.ask(request))
        kinds = [answer.kind for answer in answers]
        assert kinds == ["verdict"] * PER_CHECKPOINT + ["error"] * 3
        assert {answer.code for answer in answers[PER_CHECKPOINT:]} == {Code.TOO_MANY_TRIES}


def cut_off(loop: serving_loop.ServingLoop) -> None:
    """Ends all connections as the eviction by newer ones of the same checkpoint does."""
    for peer in list(loop._peers.values()):
        peer.wishes.aborted = True
        loop.look_at(peer)
    wait_until(lambda: not loop._peers)


def test_a_refusal_is_noted_when_nobody_waits_for_it_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sent again under another id is an incident, hung up or not."""
    with served(tmp_path) as running:
        loop = loop_of(running)
        noted: list[Code] = []
        monkeypatch.setattr(loop._requests._incidents, "note", lambda code, *_: noted.append(code))
        with running.checkpoint() as peer:
            first = identify(face(1))
            assert peer.ask(first).kind == "verdict"
            log = running.grid._opened.log
            append, go_on = log.append_all, threading.Event()
            monkeypatch.setattr(log, "append_all", lambda r: go_on.wait(WAIT_S) and append(r))
            second = replace(first, id=peer.session.next_id(), event_id=new_id())
            peer.socket.sendall(peer.session.send(second))
            wait_until(lambda: len(loop._waiting) == 1)
            cut_off(loop)
        go_on.set()
        wait_until(lambda: noted == [Code.REPLAY_SUSPECTED])


@pytest.mark.parametrize("kind", ["heartbeat", "make_tea"])
def test_a_refusal_comes_after_its_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """So do answers that are only held up, and refusals of messages that nobody understands."""
    with served(tmp_path) as running, running.checkpoint() as peer:
        rates = loop_of(running)._requests._rates
        monkeypatch.setattr(rates, "take", lambda *_: 0.15)
        started = time.monotonic()
        for number in range(2):
            peer.send_json({"kind": kind, "id": f"t{number}"})
        peer.send_json(report().to_wire())
        answers = [peer.next_error() for _ in range(3)]
        assert [answer.get("re") for answer in answers[:2]] == ["t0", "t1"]
        assert answers[2]["code"] == Code.RATE_LIMITED
        assert time.monotonic() - started >= 3 * 0.15


def test_refused_messages_are_answered_at_their_pace(tmp_path: Path) -> None:
    """Six of 60 KB at once, then a quarter of a second for each."""
    with served(tmp_path) as running, running.checkpoint() as peer:
        started = time.monotonic()
        for number in range(10):
            peer.send_json({"kind": "identify", "id": f"t{number}", "much": "x" * 60_000})
            assert peer.next_error()["re"] == f"t{number}"
        assert time.monotonic() - started >= 2 * 0.25


def test_who_is_gone_counts_as_gone(tmp_path: Path) -> None:
    """In the list of checkpoints, and for the limit on connections."""
    with served(tmp_path) as running:
        with running.checkpoint() as peer:
            assert peer.ask(heartbeat()).kind == "heartbeat_reply"
        wait_until(lambda: [each.connected for each in changes(running)] == [True, False])
        wait_until(lambda: not loop_of(running)._peers)


def changes(running: Served) -> list[CheckpointStatus]:
    """What was told of checkpoints that came and went."""
    return [change.status for change in running.posted(CheckpointChanged)]


def test_an_error_in_telling_a_refusal_ends_its_peer_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refusals are told by a worker, which goes on."""

    def broken(*_args: object) -> None:
        raise ZeroDivisionError

    with served(tmp_path) as running, running.checkpoint() as peer:
        request = identify(face(1))
        assert peer.ask(request).kind == "verdict"
        with monkeypatch.context() as patch:
            patch.setattr(loop_of(running)._requests._incidents, "note", broken)
            again = replace(request, id=peer.session.next_id(), event_id=new_id())
            assert peer.ask(again).code == Code.INTERNAL
        assert len(running.posted(Fault)) == 1
        assert_still_alive(running)


def test_a_loop_that_has_ended_adopts_nobody(tmp_path: Path) -> None:
    """Whose handshake ends too late is closed by its own thread."""
    with served(tmp_path) as running, running.checkpoint():
        loop = loop_of(running)
        wait_until(lambda: len(loop._peers) == 1)
        (peer,) = loop._peers.values()
        running.grid.stop().result(timeout=WAIT_S)
        assert not loop.adopt(peer)
        assert not loop._peers
