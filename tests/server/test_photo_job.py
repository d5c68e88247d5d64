"""Enrolment from photos for the window: followed by events, one at a time, cancelled."""

import threading
from pathlib import Path

from server.events import Fault, PhotoProgress, PhotoReport
from tests.server.galleries import RED, Visions, jpeg, put, wanted
from tests.server.wire import served
from tests.support import wait_until


def test_progress_and_report_are_posted(tmp_path: Path) -> None:
    """The window sees how far it is and then every file's row; people are in."""
    pictures = put(tmp_path / "pictures", {"Ann.png": jpeg(RED), "b.txt": b"junk"})
    with served(tmp_path / "data", vision_factory=Visions()) as running:
        running.grid.add_photos(wanted(pictures))
        wait_until(lambda: running.posted(PhotoReport))
        (report,) = running.posted(PhotoReport)
        assert (report.count("in"), report.count("refused")) == (1, 1)
        assert running.posted(PhotoProgress)[-1].done == 2
        assert running.grid.people.find("Ann") is not None
        wait_until(lambda: not running.grid.photos_running)


def test_one_at_a_time_and_cancelled(tmp_path: Path) -> None:
    """A second run is refused while one is under way; cancel ends it and reports."""
    go_on = threading.Event()
    pictures = put(tmp_path / "pictures", {f"{n}.png": jpeg((n, 1, 1), mark=n) for n in range(30)})
    visions = Visions(before=lambda: go_on.wait(5) and None)
    with served(tmp_path / "data", vision_factory=visions) as running:
        running.grid.add_photos(wanted(pictures))
        wait_until(lambda: visions.made)
        running.grid.add_photos(wanted(pictures))
        wait_until(lambda: running.posted(Fault))
        running.grid.cancel_photos()
        go_on.set()
        wait_until(lambda: running.posted(PhotoReport))
        (report,) = running.posted(PhotoReport)
        assert report.cancelled
        assert len(report.rows) < 30


def test_closing_does_not_wait_for_the_rest(tmp_path: Path) -> None:
    """Closing the window in the middle of an enrolment ends it after the picture at hand."""
    pictures = put(tmp_path / "pictures", {f"{n}.png": jpeg((n, 1, 1), mark=n) for n in range(30)})
    hold = threading.Event()
    visions = Visions(before=lambda: hold.wait(0.05) and None)
    with served(tmp_path / "data", vision_factory=visions) as running:
        running.grid.add_photos(wanted(pictures))
        wait_until(lambda: visions.made)
    assert not running.grid.alive
    assert len(visions.looked) < 30


def test_nothing_to_enrol_from_is_a_sentence(tmp_path: Path) -> None:
    """A missing folder is reported, not raised; the next run works."""
    with served(tmp_path / "data", vision_factory=Visions()) as running:
        running.grid.add_photos(wanted(tmp_path / "nowhere"))
        wait_until(lambda: running.posted(PhotoReport))
        assert "nowhere" in running.posted(PhotoReport)[0].problem
        picture = put(tmp_path, {"x.png": jpeg(RED)}) / "x.png"
        running.grid.add_photos(wanted(picture, name="Ann"))
        wait_until(lambda: len(running.posted(PhotoReport)) == 2)
        assert running.grid.people.find("Ann") is not None
