"""Who may enrol at a checkpoint, in the words of the window and of the command line."""

from collections.abc import Mapping
from dataclasses import dataclass

from protocol.sign_in import WhoEnrols


@dataclass(frozen=True, slots=True)
class Words:
    """Of one choice: in a list, to choose from, and what follows from it."""

    short: str
    choice: str
    note: str


WORDS: Mapping[WhoEnrols, Words] = {
    WhoEnrols.SIGNED_IN: Words(
        "signed in",
        "Who signs in there",
        "With an account of role enroller or administrator. Their name is kept with the consent.",
    ),
    WhoEnrols.ANYBODY: Words(
        "anybody", "Anybody there", "Whoever stands at the checkpoint can enrol people."
    ),
    WhoEnrols.NOBODY: Words("nobody", "Nobody", "The checkpoint only asks who somebody is."),
}

CHOICES = [(words.choice, who) for who, words in WORDS.items()]

NO_ACCOUNT = "No account may do that yet: under Users, add one with the role enroller."
NO_ACCOUNT_TYPED = "No account may do that yet. Make the administrator's: {first}, then one: {then}"
"""Both are `password` for the data of this server."""


def typed(who: WhoEnrols) -> str:
    """The word of the command line."""
    return who.value.replace("_", "-")


def of_typed(word: str) -> WhoEnrols:
    """What was typed.

    Raises:
        ValueError: It is no such word; the text is a sentence.
    """
    try:
        return WhoEnrols(word.replace("-", "_"))
    except ValueError:
        words = ", ".join(typed(who) for who in WORDS)
        raise ValueError(f"Who may enrol is one of: {words}.") from None
