"""Processes are heard line by line, and end when they are asked to, or by force."""

import queue
import socket
import sys
import time

import pytest

from demo import programs
from demo.errors import DemoFailed, ProgramEnded, TookTooLong
from demo.programs import Cast, Program, Said
from tests.demo.actors import BROKEN, STUBBORN, answers, is_running, play, says
from tests.support import wait_until


def test_a_line_of_json_is_an_object_and_anything_else_is_not() -> None:
    """Only objects are events; a number or a warning is a program's last words."""
    assert programs.parsed('{"event": "ready"}') == {"event": "ready"}
    assert programs.parsed("Traceback (most recent call last):") is None
    assert programs.parsed("17") is None


def test_a_free_port_can_be_listened_on() -> None:
    """Nobody else has it at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", programs.free_port()))


def test_lines_are_heard_in_order_and_others_kept_as_last_words() -> None:
    """Who said it, what, and what remains for the report of a failure."""
    heard: queue.Queue[Said] = queue.Queue()
    source = says({"event": "one"}, "no json", {"event": "two"})
    program = Program("actor", [sys.executable, "-c", source], heard)
    first, second = heard.get(timeout=10), heard.get(timeout=10)
    assert (first.program, first.line["event"], second.line["event"]) == ("actor", "one", "two")
    assert program.end() == 0
    assert program.last_words == "no json"


def test_a_stubborn_program_is_ended_by_force() -> None:
    """Within the time it is given, by its id."""
    heard: queue.Queue[Said] = queue.Queue()
    program = Program("actor", [sys.executable, "-c", STUBBORN], heard)
    heard.get(timeout=10)
    start_s = time.monotonic()
    assert program.end(timeout_s=0.3) != 0
    assert time.monotonic() - start_s < 3
    assert not is_running(program.pid)
    program.ask_to_end()


def test_a_program_is_asked_to_end_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second signal would meet a Python that has put its handlers away, and kill it."""
    heard: queue.Queue[Said] = queue.Queue()
    program = Program("actor", [sys.executable, "-c", says({"event": "up"})], heard)
    heard.get(timeout=10)
    asked: list[str] = []
    terminate = program._process.terminate
    monkeypatch.setattr(program._process, "terminate", lambda: (asked.append(""), terminate()))
    program.ask_to_end()
    program.ask_to_end()
    assert program.end() == 0
    assert len(asked) == 1


def test_waiting_in_vain_is_a_failure_with_the_name() -> None:
    """A bounded wait says who did not end."""
    heard: queue.Queue[Said] = queue.Queue()
    program = Program("actor", [sys.executable, "-c", says()], heard)
    with pytest.raises(TookTooLong, match=r"actor did not end within 0\.1 s"):
        program.wait(0.1)
    program.end()


def test_all_programs_end_with_the_performance(monkeypatch: pytest.MonkeyPatch) -> None:
    """However it ends: here by an exception."""
    play(monkeypatch, {"server": says({"event": "up"}), "client": says({"event": "up"})})
    cast = Cast()

    def perform() -> None:
        with cast:
            cast.start("server", "server")
            cast.start("client", "client")
            up = {said.program for _, said in zip("ab", cast.lines(timeout_s=10), strict=False)}
            assert up == {"server", "client"}
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        perform()
    assert [is_running(program.pid) for program in cast.programs] == [False, False]


def test_a_program_that_breaks_ends_the_listening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own last words say why."""
    play(monkeypatch, {"client": BROKEN})
    with Cast() as cast:
        cast.start("Lobby gate", "client")
        with pytest.raises(ProgramEnded, match="Lobby gate ended with exit code 1") as end:
            for _ in cast.lines(timeout_s=10):
                pass
        wait_until(lambda: "it broke" in cast.programs[0].last_words, what="the last words")
    assert isinstance(end.value, DemoFailed)


def test_listening_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is no reason to wait for ever, and a program that ended well is no failure."""
    play(monkeypatch, {"client": answers({"event": "done"})})
    with Cast() as cast:
        cast.start("client", "client")
        assert [said.line["event"] for said in cast.lines(timeout_s=1.0)] == ["done"]
        assert cast.rest() == []


def test_an_answer_is_the_last_object(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that end answer with one object."""
    play(monkeypatch, {"enrol": answers({"in": 1})})
    assert programs.run_to_end("enrolment", "server", "enrol", timeout_s=20) == {"in": 1}


@pytest.mark.parametrize("source", [BROKEN, answers({"in": 0}, code=1), "pass"])
def test_a_failed_command_is_told(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad exit code or no answer at all."""
    play(monkeypatch, {"enrol": source})
    with pytest.raises(DemoFailed, match="The enrolment ended with exit code"):
        programs.run_to_end("enrolment", "server", "enrol", timeout_s=20)


def test_programs_find_our_rooms_from_any_folder() -> None:
    """The path of the project is in their environment, with what is added for one of them."""
    variables = programs.environment(FACENETGRID_GEOMETRY="10x10+0+0")
    assert variables["PYTHONPATH"] == str(programs.ROOT)
    assert variables["FACENETGRID_GEOMETRY"] == "10x10+0+0"
    assert programs.python_of("server", "--headless")[1:] == ["-m", "server", "--headless"]
