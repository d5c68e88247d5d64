"""Tests of the dialog that adds people from photos."""

from pathlib import Path

import pytest

from server.events import PhotoProgress, PhotoReport, PhotoRow
from server.ui import photo_dialog
from server.ui.photo_dialog import PhotoDialog
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until


@pytest.fixture
def dialog(window: ServerWindow) -> PhotoDialog:
    """The dialog on the screen."""
    window.add_photos()
    assert window.people.photos is not None
    return window.people.photos


def test_a_folder_is_chosen(
    dialog: PhotoDialog, window: ServerWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The button asks for a folder; a cancelled question changes nothing."""
    monkeypatch.setattr(photo_dialog.filedialog, "askdirectory", lambda **_kw: "")
    dialog.first.invoke()
    assert made_up(window).photos == []
    monkeypatch.setattr(photo_dialog.filedialog, "askdirectory", lambda **_kw: str(tmp_path))
    dialog.first.invoke()
    assert made_up(window).photos == [((tmp_path,), None)]
    assert dialog.running


def test_pictures_of_one_person_need_a_name(
    dialog: PhotoDialog, window: ServerWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a usable name the dialog says so; with one the pictures are that person's."""
    monkeypatch.setattr(
        photo_dialog.filedialog, "askopenfilenames", lambda **_kw: ("/a/1.jpg", "/a/2.jpg")
    )
    dialog.files_button.invoke()
    assert "Type a name" in dialog.mistake.cget("text")
    assert made_up(window).photos == []
    dialog.name.insert(0, " Grace  Hopper ")
    dialog.files_button.invoke()
    assert made_up(window).photos == [((Path("/a/1.jpg"), Path("/a/2.jpg")), "Grace Hopper")]


def test_cancel_asks_the_grid_to_stop(dialog: PhotoDialog, window: ServerWindow) -> None:
    """Cancel ends the run after the pictures at hand and says so."""
    dialog.take_progress(PhotoProgress(1, 9, None, "Ada"))
    assert "working out" in str(dialog.counted.cget("text"))
    dialog.stop.invoke()
    assert made_up(window).asked[-1] == "cancel photos"
    dialog.take_report(PhotoReport((), cancelled=True))
    assert not dialog.running


@pytest.mark.parametrize(
    "report",
    [
        PhotoReport((), problem="There is no picture in that folder."),
        PhotoReport((PhotoRow("a.jpg", "A", "failed", "The disk is full."),), elapsed_s=1),
    ],
)
def test_a_run_that_could_not_begin_is_explained(dialog: PhotoDialog, report: PhotoReport) -> None:
    """The problem is on the screen and more can be added at once."""
    dialog.take_report(report)
    dialog.update()
    dialog.again.invoke()
    assert dialog.first.winfo_exists()


def test_report_is_saved(
    dialog: PhotoDialog, window: ServerWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The report can be kept as CSV."""
    path = tmp_path / "report.csv"
    monkeypatch.setattr(photo_dialog.filedialog, "asksaveasfilename", lambda **_kw: str(path))
    dialog.take_report(PhotoReport((PhotoRow("a.jpg", "A", "in"),)))
    dialog.save.invoke()
    wait_until(path.exists, window=window.root)
