"""The states of opening the data are among those of the pictures."""

from server.ui import showcase, showcase_opening


def test_its_states_are_in_the_showcase() -> None:
    """Where `test_showcase` shows each of them in both themes."""
    assert showcase_opening.STATES.items() <= showcase.STATES.items()
    assert {"starting", "upgrading"} <= set(showcase_opening.STATES)
