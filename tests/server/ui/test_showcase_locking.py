"""The states of locking are among those of the pictures."""

from server.ui import showcase, showcase_locking


def test_its_states_are_in_the_showcase() -> None:
    """Where `test_showcase` shows each of them in both themes."""
    assert set(showcase_locking.STATES) <= set(showcase.STATES)
    assert {"sign-in", "first-start", "users", "audit"} <= set(showcase_locking.STATES)
