"""The states of the consent text can be shown; the pictures are tested with all others."""

from server.ui import showcase, showcase_consent


def test_they_are_among_the_pictures() -> None:
    """Every one, under its own name."""
    assert showcase_consent.STATES.items() <= showcase.STATES.items()
