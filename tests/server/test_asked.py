"""What is asked: the same words twice are two requests."""

from server.asked import Asked
from tests.server.test_recognition import GATE
from tests.server.wire import face, identify


def test_two_that_look_alike_are_two() -> None:
    """The loop finds each one's peer by it; nothing is settled of either."""
    request = identify(face(1))
    first, second = Asked(request, GATE, 1.0), Asked(request, GATE, 1.0)
    assert first != second
    assert len({first, second}) == 2
    assert (first.entry, first.problem, first.promise) == (None, None, None)
    assert not first.given_up
