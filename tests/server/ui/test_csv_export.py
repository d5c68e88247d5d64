"""Tests of the CSV export."""

import csv
from pathlib import Path

import pytest
from msgspec.structs import replace

from database.reader import EventFilter
from server.events import PhotoReport, PhotoRow
from server.held_up import TRIED
from server.settings import ServerSettings
from server.ui.csv_export import HEADINGS, export_events, export_history, export_report, neutral
from server.ui.made_up import MadeUpGrid


def _read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "|x", "%x"]
)
def test_b17_formulas_become_text(text: str) -> None:
    """B17: a cell that a spreadsheet would calculate begins with an apostrophe."""
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Grace Hopper", "", "'; DROP TABLE", "../../x", "a=1"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    """Nothing is changed that no spreadsheet calculates."""
    assert neutral(text) == text


def test_every_event_is_written_page_by_page(tmp_path: Path) -> None:
    """More events than one page of the database are all there, newest first, with their numbers."""
    grid = MadeUpGrid(ServerSettings(), lambda _event: None, full=False)
    for number in range(2_300):
        grid.history.rows.append(grid.event(1_795_000_000_000 + number))
    path = tmp_path / "history.csv"
    assert export_history(grid.history, EventFilter(), path) == 2_300
    rows = _read(path)
    assert tuple(rows[0]) == HEADINGS
    assert [row[0] for row in rows[1:]] == [str(number) for number in range(2_300, 0, -1)]


def test_a_hostile_name_is_one_neutral_cell(tmp_path: Path) -> None:
    """Quotes, commas and line ends stay in their cell, a formula is text."""
    grid = MadeUpGrid(ServerSettings(), lambda _event: None, full=False)
    grid.happen("identified", name='=1+"1",\n2')
    path = tmp_path / "history.csv"
    export_history(grid.history, EventFilter(), path)
    rows = _read(path)
    assert len(rows) == 2
    assert rows[1][HEADINGS.index("person")] == '\'=1+"1",\n2'


def test_who_decided_and_whether_clocks_differ_are_columns(tmp_path: Path) -> None:
    """What a checkpoint decided alone is told apart, with the name it gave, made harmless."""
    grid = MadeUpGrid(ServerSettings(), lambda _event: None, full=False)
    record = grid.event(1_795_000_000_000, "identified", name="Ada")
    alone = replace(
        record,
        decided_by="checkpoint",
        offline_outcome="not_enrolled",
        offline_name="=1",
        clock_skew=True,
    )
    tried = replace(record, outcome="spoof_suspected", reason=f"{TRIED} Nobody is named.")
    grid.history.rows += [tried, record, alone]
    path = tmp_path / "history.csv"
    export_history(grid.history, EventFilter(), path)
    newest, oldest, held_up = (dict(zip(HEADINGS, row, strict=True)) for row in _read(path)[1:])
    told = ("decided_by", "decided_there", "named_there", "clocks_differ")
    assert [newest[name] for name in told] == ["checkpoint", "Not enrolled", "'=1", "yes"]
    assert [oldest[name] for name in told] == ["server", "", "", "no"]
    assert held_up["result"] == "Too many tries"


def test_events_at_hand_are_written(tmp_path: Path) -> None:
    """Without asking the history for them."""
    grid = MadeUpGrid(ServerSettings(), lambda _event: None, full=False)
    events = [grid.happen(), grid.happen()]
    assert export_events(events, tmp_path / "out.csv") == 2
    text = (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    assert [one.event_id in text for one in events] == [True, True]


def test_report_of_photos_is_written(tmp_path: Path) -> None:
    """A row a file with its reason."""
    report = PhotoReport((PhotoRow("=a.jpg", "Ada", "refused", "No face was found."),))
    export_report(report, tmp_path / "r.csv")
    assert _read(tmp_path / "r.csv")[1] == ["'=a.jpg", "Ada", "refused", "No face was found."]
