"""What the showcase is made of."""

from client.events import Outcome
from client.ui.showcase_parts import FACES, begin, history, picture, reset, see, verdict
from client.ui.window import CheckpointWindow


def test_pictures_are_the_demos_own() -> None:
    """A frame of each visitor, with the face where the boxes are drawn."""
    for key, box in FACES.items():
        image = picture(key)
        assert image is not None
        assert image.shape == (480, 640, 3)
        assert box.right <= 640
        assert box.bottom <= 480


def test_history_holds_all_six_outcomes(window: CheckpointWindow) -> None:
    """The list shows each kind of line at least once."""
    reset(window)
    history(window)
    assert {row.result for row in window.results.rows} == {
        "Identified",
        "Not enrolled",
        "Ambiguous",
        "Poor quality",
        "No face",
        "Server unreachable",
    }


def test_see_draws_a_box_with_words(window: CheckpointWindow) -> None:
    """The name of who was identified."""
    begin(window)
    see(window, name="Grace Hopper", outcome=Outcome.IDENTIFIED)
    assert window.view is not None
    assert [mark.words for mark in window.view.marks] == ["Grace Hopper"]


def test_verdicts_are_told_apart_by_their_time() -> None:
    """Two lines of the list are two events."""
    first, second = (verdict(Outcome.IDENTIFIED, "Ada", ago_s=s) for s in (1, 2))
    assert first.event_id != second.event_id
    assert first.captured_at_ms > second.captured_at_ms
