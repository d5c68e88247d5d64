"""The words of who may enrol at a checkpoint."""

import pytest

from protocol.sign_in import WhoEnrols
from server.enrol_words import CHOICES, WORDS, of_typed, typed


def test_each_choice_has_its_words_and_can_be_typed() -> None:
    """In a list, to choose from, with what follows from it; and on the command line."""
    assert set(WORDS) == set(WhoEnrols) == {who for _, who in CHOICES}
    for who, words in WORDS.items():
        assert words.note.endswith(".")
        assert len({words.short, words.choice, words.note}) == 3
        assert of_typed(typed(who)) is who
    with pytest.raises(ValueError, match="signed-in, anybody, nobody"):
        of_typed("everybody")
