"""The text to begin with can be sent, and a mark tells one text from another."""

from protocol.consent import FIRST_TEXT, LONGEST, mark_of
from protocol.text import is_plain


def test_the_first_text_can_be_sent() -> None:
    """Plain, and far from the limit."""
    assert is_plain(FIRST_TEXT)
    assert len(FIRST_TEXT) < LONGEST / 2


def test_a_mark_is_of_its_text() -> None:
    """One letter makes another; it fits into its field."""
    assert mark_of("Ä") == mark_of("Ä") != mark_of("A")
    assert len(mark_of(FIRST_TEXT)) <= 64
