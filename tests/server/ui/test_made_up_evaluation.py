"""The made-up evaluation does what the real one does."""

from server.events import EvaluationEnded, EvaluationProgress, GridEvent
from server.ui.made_up_evaluation import MadeUpEvaluation


def test_it_begins_goes_on_and_ends() -> None:
    """The same events in the same order; a report at the end alone."""
    posted: list[GridEvent] = []
    made = MadeUpEvaluation(posted.append)
    assert made.begin()
    assert made.running
    made.go_on(1, 2)
    made.end("A problem.")
    assert made.latest() is None
    made.end()
    assert made.latest() is not None
    made.cancel()
    assert [type(event) for event in posted] == [EvaluationProgress, *[EvaluationEnded] * 3]
    assert not made.running
