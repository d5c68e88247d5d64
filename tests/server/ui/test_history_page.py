"""Tests of the history on the real window: search, filters, follow, paging, export, why."""

import csv
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from database.records import Outcome
from server.held_up import TRIED
from server.ui.event_table import key_of
from server.ui.history_filter import DatesDialog
from server.ui.history_page import PAGE_ROWS
from server.ui.why_dialog import WhyDialog
from server.ui.window import ServerWindow
from server.ui.wording import row
from tests.server.ui.conftest import made_up
from tests.support import wait_until


@pytest.fixture
def history(window: ServerWindow) -> ServerWindow:
    """The window on its history page, filled."""
    window.go("History")
    wait_until(lambda: len(window.history.events.records) == PAGE_ROWS, window=window.root)
    return window


def _names(window: ServerWindow) -> set[str | None]:
    return {record.display_name for record in window.history.events.records}


def _type(window: ServerWindow, text: str) -> None:
    entry = window.history.filter.search.entry
    entry.focus_force()
    window.root.update()
    entry.delete(0, "end")
    entry.insert(0, text)
    entry.event_generate("<KeyRelease>", keysym="a")


def test_search_while_typing(history: ServerWindow) -> None:
    """Typing a name shows that person's events only; Clear shows everything again."""
    _type(history, "grace hop")
    wait_until(lambda: _names(history) == {"Grace Hopper"}, window=history.root)
    wait_until(history.history.filter.clear_button.winfo_ismapped, window=history.root)
    history.history.filter.clear_button.invoke()
    wait_until(lambda: len(_names(history)) > 5, window=history.root)


def test_nothing_found_is_said(history: ServerWindow) -> None:
    """An empty result has a sentence, and export and why cannot be pressed."""
    _type(history, "nobody of this name")
    wait_until(lambda: not history.history.events.records, window=history.root)
    assert history.history._empty.winfo_manager()
    assert "No event passes" in history.history._empty.cget("text")
    assert history.history.export.instate(["disabled"])
    assert history.history.why_button.instate(["disabled"])


@pytest.mark.parametrize("outcome", ["not_enrolled", "ambiguous"])
def test_filter_by_result(history: ServerWindow, outcome: Outcome) -> None:
    """Choosing a result shows that result only, live events too."""
    history.history.filter.result.choose(outcome)
    history.history.filter.result.widget.event_generate("<<ComboboxSelected>>")
    wait_until(
        lambda: {r.outcome for r in history.history.events.records} == {outcome},
        window=history.root,
    )
    shown = made_up(history).happen(outcome)
    made_up(history).happen("no_face")
    wait_until(lambda: history.history.events.records[0] == shown, window=history.root)
    assert {r.outcome for r in history.history.events.records} == {outcome}


def test_filter_by_what_is_suspected(history: ServerWindow) -> None:
    """Too many tries and spoofs are told apart: each choice shows its own."""
    spoof = made_up(history).event(time.time_ns() // 1_000_000, "spoof_suspected")
    made_up(history).history.rows.append(spoof)
    tried = replace(spoof, event_id="a" * 32, sequence=9_999, reason=f"{TRIED} Nobody is named.")
    made_up(history).history.rows.append(tried)
    for choice, wanted in ((TRIED, tried), ("spoof_suspected", spoof)):
        history.history.filter.result.choose(choice)
        history.history.filter.result.widget.event_generate("<<ComboboxSelected>>")
        wait_until(
            lambda wanted=wanted: wanted in history.history.events.records, window=history.root
        )
        words = {row(record)[3] for record in history.history.events.records}
        assert words == {row(wanted)[3]}


def test_filter_by_checkpoint_and_person(history: ServerWindow) -> None:
    """Two filters at once both count."""
    person = made_up(history).people.list()[0]
    history.history.filter.checkpoint.choose("car-park")
    history.history.filter.choose_person(person)
    history.history.filter.checkpoint.choose("car-park")
    history.history.search()
    wait_until(
        lambda: (
            {(r.checkpoint_id, r.display_name) for r in history.history.events.records}
            == {("car-park", person.display_name)}
        ),
        window=history.root,
    )


def test_filter_by_dates(history: ServerWindow) -> None:
    """From and to are asked for in a dialog; a day in the past has no events."""

    def fill() -> None:
        dialog = next(c for c in history.root.winfo_children() if isinstance(c, DatesDialog))
        dialog.fields["From"].insert(0, "2001-13-40")
        dialog.accept()
        assert "no date" in dialog.mistake.cget("text")
        dialog.fields["From"].delete(0, "end")
        dialog.fields["From"].insert(0, "2001-02-03")
        dialog.fields["To"].insert(0, "2001-02-03")
        dialog.accept()

    history.root.after(100, fill)
    history.history.filter.period.choose("chosen")
    history.history.filter.period.widget.event_generate("<<ComboboxSelected>>")
    wait_until(lambda: not history.history.events.records, window=history.root)
    where = history.history.filter.value()
    assert where.from_ms is not None
    assert where.to_ms is not None
    assert 23 <= (where.to_ms - where.from_ms) / 3_600_000 <= 25


def test_load_older_pages_by_sequence(history: ServerWindow) -> None:
    """The next page continues where the last one ended, without a gap or a repetition."""
    history.history.older.invoke()
    wait_until(lambda: len(history.history.events.records) == 2 * PAGE_ROWS, window=history.root)
    sequences = [record.sequence or 0 for record in history.history.events.records]
    assert sequences == list(range(sequences[0], sequences[0] - 2 * PAGE_ROWS, -1))


def test_follow_off_holds_new_events_back(history: ServerWindow) -> None:
    """Without following nothing moves, the number of new events is offered, and shows them."""
    page = history.history
    page.follow_switch.invoke()
    top = page.events.records[0]
    made_up(history).happen("identified")
    wait_until(lambda: "1 new" in str(page.newer.cget("text")), window=history.root)
    assert page.events.records[0] == top
    page.newer.invoke()
    wait_until(lambda: page.events.records[0] != top, window=history.root)
    assert page.follow.get()


def test_why_names_every_number(history: ServerWindow) -> None:
    """The button opens the explanation of the chosen event; Escape and Close end it."""
    record = made_up(history).happen("ambiguous", name="Grace Hopper")
    wait_until(lambda: history.history.events.records[0] == record, window=history.root)
    history.history.events.table.selection_set((key_of(record),))
    history.history.why_button.invoke()
    dialog = next(c for c in history.root.winfo_children() if isinstance(c, WhyDialog))
    assert dialog.sentence.cget("text") == record.reason
    assert dialog.facts["Nearest"].cget("text").startswith(f"{record.nearest_distance:.3f}")
    for name in ("Runner-up", "Margin", "Limit", "Quality", "Frames", "Face model", "Verdict in"):
        assert dialog.facts[name].cget("text")
    dialog.close_button.invoke()
    assert not dialog.winfo_exists()


def test_export_writes_what_is_filtered(history: ServerWindow, tmp_path: Path) -> None:
    """The export has the filtered events, all of them, and says how many."""
    path = tmp_path / "out.csv"
    history.history._save_as = lambda _name: str(path)
    _type(history, "grace hop")
    wait_until(lambda: _names(history) == {"Grace Hopper"}, window=history.root)
    history.history.export.invoke()
    wait_until(lambda: "out.csv" in history.desk.toast.text, window=history.root)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["person"] for row in rows} == {"Grace Hopper"}
    assert history.desk.toast.text.startswith(f"{len(rows)} events")


def test_an_export_that_fails_is_said(history: ServerWindow, tmp_path: Path) -> None:
    """A place that cannot be written gives a sentence, not a traceback."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    history.history._save_as = lambda _name: str(tmp_path / "file" / "out.csv")
    history.history.export.invoke()
    wait_until(lambda: str(tmp_path) in history.desk.toast.text, window=history.root)


def test_b16_hostile_names_are_rows_like_any_other(history: ServerWindow) -> None:
    """B16: names with Tcl and terminal signs are shown as text and can be explained."""
    for name in ("[exit]", "{ x", "$x\\", "a\nb\x1b[31m", "\u202egnp"):
        record = made_up(history).happen("identified", name=name)
        wait_until(lambda r=record: history.history.events.records[0] == r, window=history.root)  # type: ignore[misc]
        history.why(record)
        dialog = next(c for c in history.root.winfo_children() if isinstance(c, WhyDialog))
        dialog.cancel()
    top = history.history.events.table
    assert top.cells(top.get_children()[0])[2] == "\\u202egnp"
    assert top.cells(top.get_children()[4])[2] == "[exit]"


def test_only_changed_events_are_shown_and_written(history: ServerWindow, tmp_path: Path) -> None:
    """New ones and those that waited stay away; the export has the changed; Ctrl+F leaves them."""
    page, grid = history.history, made_up(history)
    grid.history.rows[2] = replace(grid.history.rows[2], changed=True)
    page.follow_switch.invoke()
    grid.happen("identified")
    wait_until(page.newer.winfo_manager, window=history.root)
    page.show_changed()
    wait_until(lambda: len(page.events.records) == 1, window=history.root)
    grid.happen("identified")
    path = tmp_path / "changed.csv"
    page._save_as = lambda _name: str(path)
    page.export.invoke()
    wait_until(lambda: "changed.csv" in history.desk.toast.text, window=history.root)
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert [row["result"] for row in csv.DictReader(file)] == ["Changed"]
    assert len(page.events.records) == 1
    assert not page.newer.winfo_manager()
    history.go("Dashboard")
    history.go("History")
    assert page.filter.changed_alone
    page.focus_search()
    wait_until(lambda: len(page.events.records) == PAGE_ROWS, window=history.root)
    assert not page.changed.winfo_manager()
    assert history.root.focus_get() is page.filter.search.entry
