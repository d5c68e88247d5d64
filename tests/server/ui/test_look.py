"""A look that two threads share: how far it is, and whether it is still wanted."""

from server.ui.look import Look


def test_a_look_begins_at_nothing_and_can_be_cancelled() -> None:
    """Its thread asks whether to go on, the window how far it is."""
    look = Look()
    assert (look.far, look.cancelled.is_set()) == ((0, 0), False)
    look.note(500, 2_000)
    look.cancelled.set()
    assert (look.far, look.cancelled.is_set()) == ((500, 2_000), True)
