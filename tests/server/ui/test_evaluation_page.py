"""The page Evaluation: never measured, running, cancelled, measured, saved."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from server.ui.made_up_evaluation import MadeUpEvaluation
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until


@pytest.fixture
def evaluation(window: ServerWindow) -> MadeUpEvaluation:
    """The made-up one behind the page, which is in front."""
    window.go("Evaluation")
    return made_up(window).evaluation


def note(window: ServerWindow) -> str:
    """The line under the heading."""
    return str(window.evaluation.title._note.cget("text"))


def measured(window: ServerWindow, evaluation: MadeUpEvaluation) -> None:
    """Begins one by the button and lets it end."""
    window.evaluation.press()
    evaluation.end()
    wait_until(lambda: note(window).startswith("Measured "), window=window.root)


def test_before_the_first_one(window: ServerWindow, evaluation: MadeUpEvaluation) -> None:
    """What to press; there is nothing to open or save."""
    wait_until(lambda: "press Evaluate now" in note(window), window=window.root)
    assert window.evaluation.open.instate(["disabled"])
    assert window.evaluation.save.instate(["disabled"])


def test_progress_and_result(window: ServerWindow, evaluation: MadeUpEvaluation) -> None:
    """The bar goes on while it runs; then numbers, people and what to do about each."""
    page = window.evaluation
    page.press()
    evaluation.go_on(3, 8)
    wait_until(lambda: float(page.bar.cget("value")) == 37.5, window=window.root)
    assert page.run.cget("text") == "Cancel"
    assert "Comparing" in page.step.cget("text")
    evaluation.end()
    wait_until(page.table.get_children, window=window.root)
    assert page.run.cget("text") == "Evaluate now"
    assert page.tiles[0].text == "12 31 samples, 2 with one only"
    assert page.table.cells("0")[1] == "Ada Lovelace and Augusta King"
    page.table.selection_set("0")
    wait_until(lambda: "delete one of them" in page.advice.cget("text"), window=window.root)
    assert page.chart.canvas.find_all()
    assert evaluation.asked == ["begin"]


def test_cancelled_and_failed(window: ServerWindow, evaluation: MadeUpEvaluation) -> None:
    """Said in the corner; the button is itself again."""
    page = window.evaluation
    page.press()
    page.press()
    wait_until(lambda: "cancelled" in window.desk.toast.text, window=window.root)
    assert evaluation.asked == ["begin", "cancel"]
    page.press()
    evaluation.end("No room on the disk.")
    wait_until(lambda: "No room" in window.desk.toast.text, window=window.root)
    assert page.run.cget("text") == "Evaluate now"


def test_other_people_since(window: ServerWindow, evaluation: MadeUpEvaluation) -> None:
    """The note says that the report is of others."""
    measured(window, evaluation)
    assert "evaluate again" not in note(window)
    people = made_up(window).people
    people.delete(people.list()[0].subject_id)
    wait_until(lambda: window.presenter.people == 11, window=window.root)
    window.evaluation.shown()
    wait_until(lambda: "Now 11 are enrolled" in note(window), window=window.root)


def test_the_report_is_opened_and_saved(
    window: ServerWindow, evaluation: MadeUpEvaluation, tmp_path: Path
) -> None:
    """As a file that goes with the page, for it names people; all four where they are wanted."""
    (tmp_path / "usb").mkdir()
    names = [f"report.{ending}" for ending in ("html", "pdf", "md", "json")]
    measured(window, evaluation)
    opened: list[str] = []
    window.evaluation._open_file = opened.append
    window.evaluation.open_report()
    wait_until(lambda: opened, window=window.root)
    (shown,) = [Path(urlsplit(uri).path) for uri in opened]
    assert shown.name == "report.html"
    assert shown.exists()
    assert shown.parent.stat().st_mode & 0o777 == 0o700
    window.evaluation._forget_shown()
    assert not shown.parent.exists()
    window.evaluation.save_to(tmp_path / "usb")
    wait_until(lambda: "4 files written" in window.desk.toast.text, window=window.root)
    assert sorted(path.name for path in (tmp_path / "usb").iterdir()) == sorted(names)


def test_without_data(window: ServerWindow, evaluation: MadeUpEvaluation) -> None:
    """Nothing can be pressed while the data are not open, and nothing happens."""
    made_up(window).ready = False
    page = window.evaluation
    page.refresh()
    page.press()
    page.open_report()
    page.save_to(Path("nowhere"))
    assert page.run.instate(["disabled"])
    assert evaluation.asked == []


def test_in_a_low_window_the_sentences_can_be_scrolled(
    window: ServerWindow, evaluation: MadeUpEvaluation
) -> None:
    """Nothing is cut off unseen: the last of them can be brought into sight."""
    measured(window, evaluation)
    page = window.evaluation
    page.words.configure(text="\n\n".join(["As many words as there are people to say it of."] * 30))
    wait_until(lambda: page.area.scrolls, window=window.root)
    assert page.chart.winfo_ismapped()
    page.words.configure(text="Little.")
    wait_until(lambda: not page.area.scrolls, window=window.root)
