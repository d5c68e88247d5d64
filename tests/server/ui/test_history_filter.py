"""Tests of the filters of the history."""

import time
import tkinter

import pytest

from database.reader import EventFilter
from server.events import CheckpointStatus
from server.ui.history_filter import DateMistake, HistoryFilter, parse_day
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up


def test_a_day_begins_at_midnight_of_this_computer() -> None:
    """A typed day is its first moment here."""
    begin = parse_day(" 2026-11-22 ")
    assert begin is not None
    assert time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(begin / 1000)) == "2026-11-22 00:00:00"
    assert parse_day("  ") is None


@pytest.mark.parametrize("text", ["22.11.2026", "2026-02-30", "yesterday", "[exit]", "9" * 400])
def test_what_is_no_day_is_refused_with_an_example(text: str) -> None:
    """The mistake says how a date is typed."""
    with pytest.raises(DateMistake, match="2026-11-22"):
        parse_day(text)


@pytest.mark.parametrize("period", ["hour", "today", "week", "month"])
def test_periods_end_now(window: ServerWindow, period: str) -> None:
    """A period has a begin in the past and no end."""
    window.history.filter.period.choose(period)
    where = window.history.filter.value()
    assert where.from_ms is not None
    assert where.from_ms <= time.time_ns() // 1_000_000
    assert where.to_ms is None
    assert window.history.filter.active


def test_people_and_checkpoints_are_offered_by_name(window: ServerWindow) -> None:
    """The choices stand for ids; names with Tcl signs are words like any other."""
    people = made_up(window).people
    first = people.list()[0]
    people.rename(first.subject_id, "[exit] {$x")
    window.go("History")
    offered = window.history.filter.person
    assert ("[exit] {$x", first.subject_id) in offered.options
    offered.choose(first.subject_id)
    assert offered.widget.get() == "[exit] {$x"
    assert window.history.filter.value().subject_id == first.subject_id
    assert [word for word, _ in window.history.filter.checkpoint.options] == [
        "All checkpoints",
        "Car park",
        "Dock",
        "Lab door",
        "Lobby gate",
    ]


def test_changed_stands_alone(surface: tkinter.Misc) -> None:
    """A changed event could hide from every other filter: they are emptied, and cannot be used."""
    asked: list[bool] = []
    chosen = HistoryFilter(surface, changed=lambda: asked.append(chosen.changed_alone))
    chosen.offer_checkpoints([CheckpointStatus("dock", "Dock", False, 0, "", "")])
    chosen.search.set("lobby")
    chosen.checkpoint.choose("dock")
    chosen.period.choose("hour")
    chosen.result.choose("changed")
    chosen.result.widget.event_generate("<<ComboboxSelected>>")
    others = (chosen.checkpoint.widget, chosen.person.widget, chosen.period.widget)
    assert (chosen.changed_alone, chosen.active) == (True, True)
    assert (chosen.value(), chosen.search.text) == (EventFilter(), "")
    assert all(one.instate(["disabled"]) for one in (chosen.search.entry, *others))
    chosen.clear()
    assert not chosen.active
    assert not any(one.instate(["disabled"]) for one in (chosen.search.entry, *others))
    assert asked == [False, True, False]
