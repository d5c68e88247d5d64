"""Log lines for the window, and the limit on what strangers can write."""

import logging

import pytest

from desktop.logs import log_event
from server.events import GridEvent, LogLine
from server.log_lines import EVENTS_AS_LINES, RateLimited, WindowHandler


def test_a_record_becomes_a_line_without_time_and_level() -> None:
    """The line has the event and its fields; time and level stand apart; controls are escaped."""
    posted: list[GridEvent] = []
    handler = WindowHandler(posted.append)
    logger = logging.getLogger("test.window")
    logger.addHandler(handler)
    log_event(logger, "port_in_use", level=logging.WARNING, name="a\x1b[31mb")
    logger.removeHandler(handler)
    (line,) = posted
    assert isinstance(line, LogLine)
    assert line.level == "warning"
    assert line.text.startswith("port_in_use name=")
    assert "\x1b" not in line.text


def test_one_line_a_period_and_a_count(caplog: pytest.LogCaptureFixture) -> None:
    """The first is logged, the next ones counted, and the count told with the next line."""
    now = [0.0]
    limited = RateLimited(logging.getLogger("test.limited"), period_s=10, clock=lambda: now[0])
    assert [limited.log("peer_refused") for _ in range(5)] == [True, False, False, False, False]
    assert limited.log("other")
    now[0] = 10.0
    assert limited.log("peer_refused")
    fields = [getattr(record, "event_fields", {}) for record in caplog.records]
    assert fields == [{}, {}, {"left_out": 4}]


def test_what_a_window_is_told_as_an_event_is_no_line_too() -> None:
    """Lines of the server without a window would be made for nobody."""
    posted = list[GridEvent]()
    handler = WindowHandler(posted.append)
    for name in (EVENTS_AS_LINES, "server.grid"):
        handler.handle(logging.makeLogRecord({"name": name, "levelno": 20, "msg": "x"}))
    assert len(posted) == 1
