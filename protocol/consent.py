"""The text that people agree to at a checkpoint: its length, its mark, the one to begin with."""

import hashlib
from typing import Annotated

from protocol.fields import Text

LONGEST = 2000
"""Characters: about a page, which nobody reads at a door."""

FIRST_TEXT = (
    "The person agrees that their face is encoded as 128 numbers and stored with their name on"
    " this organisation's server, to be recognised at its checkpoints. They may have it deleted"
    " at any time."
)
"""In force until the administrator writes another."""

ConsentText = Annotated[str, Text(LONGEST, lines=True)]


def mark_of(text: str) -> str:
    """What tells one text from another: by it a checkpoint says which one it shows."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]
