"""Writes the history and reports as CSV that a spreadsheet shows as text and never calculates."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from database.reader import MOST_ROWS, EventFilter
from database.records import EventRecord
from desktop.files import write_atomically
from server.events import PhotoReport
from server.ui.desk import HistoryLike
from server.ui.wording import OUTCOMES, clock, result

# A cell that begins so is calculated by spreadsheets; a leading apostrophe makes it text (OWASP,
# "CSV injection"). Blanks before the sign are skipped by some of them.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")

HEADINGS = (
    "sequence",
    "recorded",
    "captured_at_ms",
    "checkpoint_id",
    "checkpoint",
    "result",
    "person",
    "nearest_distance",
    "limit",
    "margin",
    "runner_up_distance",
    "frames",
    "automatic",
    "latency_ms",
    "face_model",
    "reason",
    "decided_by",
    "decided_there",
    "named_there",
    "clocks_differ",
    "event_id",
)


def neutral(text: str) -> str:
    """Text that no spreadsheet takes for a formula; numbers stay numbers."""
    if text.lstrip().startswith(_FORMULA_SIGNS) or text.startswith(_FORMULA_SIGNS):
        return f"'{text}"
    return text


def export_history(reader: HistoryLike, where: EventFilter, path: Path) -> int:
    """Writes every event that passes the filter, newest first; returns how many.

    Raises:
        DatabaseProblem: The history cannot be read.
        OSError: The file cannot be written; then there is none, or the one before.
    """
    return export_events(_all(reader, where), path)


def export_events(records: Iterable[EventRecord], path: Path) -> int:
    """Writes these events; returns how many.

    Raises:
        OSError: The file cannot be written; then there is none, or the one before.
    """
    rows = [_cells(record) for record in records]
    write_atomically(path, _text(HEADINGS, rows))
    return len(rows)


def export_report(report: PhotoReport, path: Path) -> None:
    """Writes what became of every file.

    Raises:
        OSError: The file cannot be written.
    """
    rows = [(neutral(r.path), neutral(r.person), r.result, neutral(r.reason)) for r in report.rows]
    write_atomically(path, _text(("file", "person", "result", "reason"), rows))


def _all(reader: HistoryLike, where: EventFilter) -> Iterator[EventRecord]:
    before: int | None = None
    more = True
    while more:
        page = reader.query(where, limit=MOST_ROWS, before_sequence=before)
        yield from page.rows
        more = page.more and bool(page.rows)
        before = page.rows[-1].sequence if page.rows else None


def _cells(record: EventRecord) -> tuple[str, ...]:
    return (
        str(record.sequence or ""),
        clock(record.recorded_at_ms),
        str(record.captured_at_ms),
        neutral(record.checkpoint_id),
        neutral(record.checkpoint_name),
        result(record)[1],
        neutral(record.display_name or ""),
        _number(record.nearest_distance),
        _number(record.threshold),
        _number(record.margin),
        _number(record.runner_up_distance),
        str(record.frames),
        "yes" if record.automatic else "no",
        "" if record.latency_ms is None else str(record.latency_ms),
        neutral(record.encoder),
        neutral(record.reason),
        record.decided_by,
        "" if record.offline_outcome is None else OUTCOMES[record.offline_outcome][1],
        neutral(record.offline_name or ""),
        "yes" if record.clock_skew else "no",
        record.event_id,
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"


def _text(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """With a byte order mark: without it Excel reads accents wrongly."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(headings)
    writer.writerows(rows)
    return buffer.getvalue().encode("utf-8-sig")
