"""The states of a changed history are among those of the pictures."""

from server.ui import showcase, showcase_tampering


def test_its_states_are_in_the_showcase() -> None:
    """Where `test_showcase` shows each of them in both themes."""
    assert set(showcase_tampering.STATES) <= set(showcase.STATES)
