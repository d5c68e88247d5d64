"""Tests of classic pickle files in and out of the window."""

from pathlib import Path
from typing import Any

import pytest

from server import classic_export, classic_import
from server.classic_import import ImportReport, ImportRow
from server.ui import classic_dialogs
from server.ui.classic_dialogs import ExportDialog, ImportResult
from server.ui.consent_dialog import GroundQuestion
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until


def _import_dialog(window: ServerWindow) -> ImportResult | None:
    found = [c for c in window.root.winfo_children() if isinstance(c, ImportResult)]
    return found[0] if found else None


def test_import_shows_a_row_for_every_entry(
    window: ServerWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What went in, what was there and what was refused, each with its reason."""
    report = ImportReport(
        (
            ImportRow("a.pkl 1", "Ada", "in"),
            ImportRow("a.pkl 2", "[exit]", "refused", "It has 3 numbers; an encoding has 128."),
        )
    )
    stated: list[Any] = []

    def taken_in(_path: Path, _people: Any, *, consent: Any) -> ImportReport:
        stated.append(consent["ground"])
        return report

    monkeypatch.setattr(classic_import, "import_classic", taken_in)
    monkeypatch.setattr(
        classic_dialogs.filedialog, "askopenfilename", lambda **_kw: "/somewhere/a.pkl"
    )

    def answer() -> None:
        question = next(c for c in window.root.winfo_children() if isinstance(c, GroundQuestion))
        question.accept_button.invoke()
        assert question.winfo_exists(), "nothing was stated"
        question.field.entry.insert(0, "consent in the old program")
        question.accept_button.invoke()

    window.go("People")
    window.root.after(100, answer)
    window.people.take_in.invoke()
    wait_until(lambda: _import_dialog(window), window=window.root)
    assert stated == ["consent in the old program"]
    dialog = _import_dialog(window)
    assert dialog is not None
    rows = [dialog.rows.cells(iid) for iid in dialog.rows.get_children()]
    assert rows[0][:3] == ("a.pkl 1", "Ada", "✓ added")
    assert rows[1][1:] == ("[exit]", "✕ refused", "It has 3 numbers; an encoding has 128.")
    dialog.cancel()


def test_export_asks_for_the_layout_and_writes(
    window: ServerWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The chosen layout and place reach the export; the corner says what was written."""
    asked: list[Any] = []

    def export(people: Any, path: Path, layout: str) -> tuple[Path, ...]:
        asked.append((people, path, layout))
        return (path,)

    monkeypatch.setattr(classic_export, "export_classic", export)
    made_up(window).people.stored = lambda: ("somebody",)  # type: ignore[attr-defined]
    target = tmp_path / "encodings.pkl"
    monkeypatch.setattr(classic_dialogs.filedialog, "asksaveasfilename", lambda **_kw: str(target))

    def choose() -> None:
        dialog = next(c for c in window.root.winfo_children() if isinstance(c, ExportDialog))
        dialog.first.invoke()

    window.go("People")
    window.root.after(100, choose)
    window.people.give_out.invoke()
    wait_until(lambda: "encodings.pkl" in window.desk.toast.text, window=window.root)
    assert asked == [(("somebody",), target, "names")]


def test_an_export_that_fails_is_said(
    window: ServerWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The refusal's sentence is shown."""

    def refuse(*_arguments: object) -> tuple[Path, ...]:
        raise classic_export.ExportRefused("There is a file of that name.")

    monkeypatch.setattr(classic_export, "export_classic", refuse)
    made_up(window).people.stored = tuple  # type: ignore[attr-defined]
    classic_dialogs.begin_export(window.desk, tmp_path / "x", "list")
    wait_until(lambda: "file of that name" in window.desk.toast.text, window=window.root)
