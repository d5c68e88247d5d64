"""The card of backups: how old the last one is, and making another."""

from dataclasses import replace
from pathlib import Path
from tkinter import filedialog

import pytest

from server.permissions import Role
from server.ui.backup_card import age
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until

DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("days", "words", "tone"),
    [
        (0, "Last backup within the last 24 hours", "good"),
        (1, "Last backup 1 day ago", "good"),
        (6, "Last backup 6 days ago", "good"),
        (7, "Last backup 7 days ago", "warn"),
        (-1, "Last backup within the last 24 hours", "good"),
    ],
)
def test_a_backup_grows_old_in_a_week(days: int, words: str, tone: str) -> None:
    """A clock that was set back makes none of the future."""
    assert age(0, days * DAY_MS) == (words, tone)


def test_making_one_and_failing(window: ServerWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked where; the result, or why there is none, stands on the page and in the state."""
    card, grid = window.data.backup, made_up(window)
    grid.backed_up_days = 12
    window.go("Data")
    wait_until(lambda: "12 days" in card.state_label.cget("text"), window=window.root)
    assert window.rail.items["Data"].marked
    answers = iter(["", "/media/usb/mine.tar", "/media/full/mine.tar"])
    offered: list[str] = []

    def ask(**options: object) -> str:
        offered.append(str(options["initialfile"]))
        return next(answers)

    monkeypatch.setattr(filedialog, "asksaveasfilename", ask)
    card.ask_where()
    assert window.desk.backup.told is None
    card.ask_where()
    wait_until(lambda: "Backup made" in card.told.cget("text"), window=window.root)
    assert "/media/usb/mine.tar holds 58 files (18.4 MB)" in card.words.cget("text")
    wait_until(lambda: "24 hours" in card.state_label.cget("text"), window=window.root)
    assert offered[0].startswith("facenetgrid-20")
    grid.backup_fails = "No backup was made: there is no room left."
    card.ask_where()
    wait_until(lambda: "Not backed up" in card.told.cget("text"), window=window.root)
    assert "no room left" in card.words.cget("text")
    assert "restore" in card.command
    grid.backup_there = False
    window.data.ask()
    wait_until(lambda: "not there any more" in card.facts.cget("text"), window=window.root)
    assert card.command.endswith("restore /media/usb/facenetgrid-2026-11-24-0200.tar")


def test_one_that_is_being_made_outlives_a_lock(window: ServerWindow) -> None:
    """Whoever signs in next sees it run, and cannot begin another."""
    assert window.desk.backup.begin()
    grid = made_up(window)
    window.lock()
    window.sign_in(grid.sign_in(Role.OPERATOR))
    window.go("Data")
    window.root.update()
    card = window.data.backup
    assert "Making a backup" in card.told.cget("text")
    assert card.button.instate(["disabled"])
    card.make(Path("/media/usb/other.tar"))
    assert grid.backed_up_days == 2
    assert not window.data.key_card.winfo_ismapped()


def test_a_copy_on_the_same_disk_is_not_green(window: ServerWindow) -> None:
    """It helps nobody whose disk breaks: the line that says so has its colour."""
    last = made_up(window).last_backup
    assert last is not None
    card = window.data.backup
    elsewhere = replace(last, path="/media/usb/a.tar")
    card.show(elsewhere, there=True, now_ms=last.made_at_ms)
    assert "good" in (card.state_label._shown or ())
    beside = window.desk.data_folder.resolve() / "backups" / "a.tar"
    card.show(replace(last, path=str(beside)), there=True, now_ms=last.made_at_ms)
    assert "warn" in (card.state_label._shown or ())
    assert str(card.state_label.cget("text")).endswith("24 hours, beside the data")
    assert "beside the data" in card.facts.cget("text")
    card.show(elsewhere, there=False, now_ms=last.made_at_ms)
    assert str(card.state_label.cget("text")).endswith("but its file is gone")
