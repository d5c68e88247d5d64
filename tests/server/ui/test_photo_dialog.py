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
    dialog.ground.entry.insert(0, "paper form of May")
    dialog.first.invoke()
    assert made_up(window).photos == []
    monkeypatch.setattr(photo_dialog.filedialog, "askdirectory", lambda **_kw: str(tmp_path))
    dialog.first.invoke()
    (wanted,) = made_up(window).photos
    assert (wanted.paths, wanted.name, wanted.although_known) == ((tmp_path,), None, "")
    assert wanted.consent["ground"] == "paper form of May"
    assert wanted.consent["ground_by"] == window.desk.grid.actor.name
    assert dialog.running


def test_nobody_is_added_without_a_ground(
    dialog: PhotoDialog, window: ServerWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said at the field, before a file is chosen, for a folder and for pictures."""
    monkeypatch.setattr(
        photo_dialog.filedialog, "askdirectory", lambda **_kw: pytest.fail("asked too soon")
    )
    monkeypatch.setattr(
        photo_dialog.filedialog, "askopenfilenames", lambda **_kw: pytest.fail("asked too soon")
    )
    dialog.name.insert(0, "Grace Hopper")
    for pressed in (dialog.first, dialog.files_button):
        pressed.invoke()
        assert "on what ground" in str(dialog.ground.note.cget("text"))
    assert made_up(window).photos == []


def test_a_face_that_is_enrolled_goes_in_for_a_reason(
    dialog: PhotoDialog, window: ServerWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The reason reaches the enrolment; two letters are none."""
    monkeypatch.setattr(photo_dialog.filedialog, "askdirectory", lambda **_kw: str(tmp_path))
    dialog.ground.entry.insert(0, "paper form of May")
    dialog.reason.insert(0, "no")
    dialog.first.invoke()
    assert "in a few words" in dialog.mistake.cget("text")
    assert made_up(window).photos == []
    dialog.reason.insert("end", "t the same: twins")
    dialog.first.invoke()
    assert made_up(window).photos[0].although_known == "not the same: twins"


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
    dialog.ground.entry.insert(0, "paper form of May")
    dialog.files_button.invoke()
    (wanted,) = made_up(window).photos
    assert wanted.paths == (Path("/a/1.jpg"), Path("/a/2.jpg"))
    assert wanted.name == "Grace Hopper"


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


def test_a_reason_is_read_whole(dialog: PhotoDialog) -> None:
    """A line whose cells are cut stands below the list as soon as it is chosen."""
    reason = "The face is 41 px wide; strict quality asks for 120. Take another picture. " * 2
    dialog.take_report(PhotoReport((PhotoRow("folder/a.jpg", "Ada", "refused", reason.strip()),)))
    dialog.update()
    assert "Choose a line" in dialog.whole.cget("text")
    dialog.rows.selection_set("0")
    dialog.update()
    assert dialog.whole.cget("text") == f"folder/a.jpg · Ada · ✕ refused · {reason.strip()}"


def test_report_is_saved(
    dialog: PhotoDialog, window: ServerWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The report can be kept as CSV."""
    path = tmp_path / "report.csv"
    monkeypatch.setattr(photo_dialog.filedialog, "asksaveasfilename", lambda **_kw: str(path))
    dialog.take_report(PhotoReport((PhotoRow("a.jpg", "A", "in"),)))
    dialog.save.invoke()
    wait_until(path.exists, window=window.root)
