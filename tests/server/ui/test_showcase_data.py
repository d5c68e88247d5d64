"""The states of data can be shown; the pictures of them are tested with all others."""

from server.ui import showcase, showcase_data


def test_they_are_among_the_pictures() -> None:
    """Every one, under its own name."""
    assert showcase_data.STATES.items() <= showcase.STATES.items()
