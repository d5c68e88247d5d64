"""Tests of the checkpoints page."""

from dataclasses import replace

from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until


def test_checkpoints_are_followed(window: ServerWindow) -> None:
    """One that goes is shown as not connected within a moment; another model has its sentence."""
    window.go("Checkpoints")
    page, statuses = window.checkpoints, made_up(window).checkpoints.statuses
    wait_until(lambda: page.table.exists("lobby-gate"), window=window.root)
    assert page.title._note.cget("text") == "3 of 4 connected"
    statuses[0] = replace(statuses[0], connected=False, mismatch=True)
    wait_until(lambda: "2 of 4" in str(page.title._note.cget("text")), window=window.root)
    assert page.table.cells("lobby-gate")[2] == "≠ other model"
    assert "Install the same version" in page.note.cget("text")


def test_without_checkpoints_it_says_so(empty_window: ServerWindow) -> None:
    """An empty list has a sentence and the command that starts one."""
    empty_window.go("Checkpoints")
    empty_window.root.update()
    assert empty_window.checkpoints._nobody.winfo_ismapped()
