"""Tests of logs that people and machines can read."""

import io
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.logs import log_event, log_events, set_up


def shown(stream: io.StringIO) -> str:
    """What was written, when all of it is."""
    logging.getLogger().handlers[0].flush()
    return stream.getvalue()


@pytest.fixture(autouse=True)
def root_logger() -> Iterator[logging.Logger]:
    """Gives the root logger back as it was: pytest listens there too."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    root.handlers = []
    yield root
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = handlers, level


def test_a_json_line_has_the_event_and_its_fields() -> None:
    """One event is one line of JSON with time, level, event and fields."""
    stream = io.StringIO()
    set_up(json_lines=True, stream=stream)
    log_event(logging.getLogger("server.listener"), "listening", host="127.0.0.1", port=5050)
    entry = json.loads(shown(stream))
    assert entry["event"] == "listening"
    assert entry["port"] == 5050
    assert entry["level"] == "info"
    assert entry["logger"] == "server.listener"
    assert entry["time"].endswith("+00:00")


@pytest.mark.parametrize("json_lines", [True, False])
def test_several_events_are_a_line_each(*, json_lines: bool) -> None:
    """As if each was logged alone, in their order; none is no line."""
    several = [{"number": number, "who": "a\nb"} for number in range(3)]
    logger, stream, alone = logging.getLogger("x"), io.StringIO(), io.StringIO()
    set_up(json_lines=json_lines, stream=stream)
    log_events(logger, "stored", [])
    log_events(logger, "stored", several, level=logging.WARNING)
    lines = shown(stream).splitlines()
    set_up(json_lines=json_lines, stream=alone)
    for fields in several:
        log_event(logger, "stored", level=logging.WARNING, **fields)
    time = slice(40, None) if json_lines else slice(9, None)
    assert [line[time] for line in lines] == [line[time] for line in shown(alone).splitlines()]
    assert len(lines) == 3


def test_a_line_break_in_a_value_makes_no_second_line() -> None:
    """A name with line breaks or escape codes cannot forge a log line, in either format."""
    evil = "Eve\nINFO listening \x1b[31mport=1"
    for json_lines in (True, False):
        stream = io.StringIO()
        set_up(json_lines=json_lines, stream=stream)
        log_event(logging.getLogger("x"), "enrolled", name=evil)
        assert shown(stream).count("\n") == 1
        assert "\x1b" not in shown(stream)


def test_a_plain_line_is_short() -> None:
    """A person reads the time, the level, the event and its fields."""
    stream = io.StringIO()
    set_up(json_lines=False, stream=stream)
    log_event(logging.getLogger("x"), "listening", level=logging.WARNING, port=5050, who="a b")
    assert shown(stream).endswith(' warning listening port=5050 who="a b"\n')


def test_a_traceback_is_one_field() -> None:
    """An exception's traceback is inside the JSON line."""
    stream = io.StringIO()
    set_up(json_lines=True, stream=stream)
    try:
        int("broken")
    except ValueError:
        logging.getLogger("x").exception("thread ended")
    entry = json.loads(shown(stream))
    assert "ValueError: invalid literal" in entry["traceback"]


def test_a_file_gets_the_lines_too(tmp_path: Path) -> None:
    """With a file named, the events are added to it as JSON, after what it held."""
    path = tmp_path / "logs" / "server.log"
    for _ in range(2):
        set_up(json_lines=False, stream=io.StringIO(), file=path)
        log_event(logging.getLogger("x"), "started")
    assert [json.loads(line)["event"] for line in path.read_text().splitlines()] == ["started"] * 2
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0, "it is for its owner alone"


def test_a_file_that_is_full_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever makes a program log fills no disk; the newest lines are there."""
    monkeypatch.setattr("desktop.logs.LARGEST_FILE", 2_000)
    path = tmp_path / "server.log"
    set_up(json_lines=False, stream=io.StringIO(), file=path)
    for number in range(200):
        log_event(logging.getLogger("x"), "checkpoint_connected", number=number)
    kept = sorted(tmp_path.iterdir())
    assert [each.name for each in kept] == ["server.log", *[f"server.log.{n}" for n in range(1, 5)]]
    assert sum(each.stat().st_size for each in kept) <= 5 * 2_000
    assert json.loads(path.read_text().splitlines()[-1])["number"] == 199
    if os.name == "posix":
        assert all(each.stat().st_mode & 0o077 == 0 for each in kept)
    set_up(json_lines=False, stream=io.StringIO())


def test_a_lower_level_is_left_out() -> None:
    """Debug lines are not written at the usual level."""
    stream = io.StringIO()
    set_up(json_lines=True, stream=stream)
    log_event(logging.getLogger("x"), "detail", level=logging.DEBUG)
    assert shown(stream) == ""


def test_a_closed_pipe_is_told_once_and_the_file_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`... | head -1` must not fill standard error with tracebacks, nor stop the log file."""

    class Closed(io.StringIO):
        """A pipe whose reader is gone."""

        def write(self, _text: str) -> int:
            """What the system answers then."""
            raise BrokenPipeError

    set_up(json_lines=True, stream=Closed(), file=tmp_path / "server.log")
    for _ in range(3):
        log_event(logging.getLogger("x"), "listening")
        logging.getLogger().handlers[0].flush()
    assert capsys.readouterr().err == (
        "Nobody reads the log lines any more; the program goes on.\n"
    )
    assert len((tmp_path / "server.log").read_text().splitlines()) == 3
