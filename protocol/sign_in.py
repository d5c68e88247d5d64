"""Signing in at a checkpoint: who may enrol there, the messages, and the field of a password."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar

from protocol.errors import BadMessage
from protocol.fields import Choice, Field, Integer, as_text
from protocol.message import Reply, Request
from protocol.wire import DisplayName, Line

LONGEST_SECRET = 1024
"""Characters of a password as typed. The server takes fewer; what it hashes has one Unicode form,
which can be shorter."""

LONGEST_IDLE_S = 86_400


class WhoEnrols(StrEnum):
    """Who may enrol people at a checkpoint, as the administrator decided."""

    NOBODY = "nobody"
    ANYBODY = "anybody"
    SIGNED_IN = "signed_in"


WHEN_ADDED = WhoEnrols.SIGNED_IN
"""At a checkpoint that an administrator adds, unless they say otherwise: it may stand anywhere."""

ON_THIS_COMPUTER = WhoEnrols.ANYBODY
"""At one that pairs itself beside the server: whoever uses that computer can read the data."""

WhoMayEnrol = Annotated[str, Choice(tuple(word.value for word in WhoEnrols))]


@dataclass(frozen=True, slots=True)
class Secret(Field):
    """A password: hashed and never shown, so any character may be in it."""

    def describe(self) -> str:
        """The limits in words."""
        return f"text, 1 to {LONGEST_SECRET} characters of any kind"

    def read(self, value: object, path: str) -> str:
        """Refuses what is too short or too long; the error holds none of it."""
        text = as_text(value, path)
        if not 1 <= len(text) <= LONGEST_SECRET:
            raise BadMessage(path, f"must have 1 to {LONGEST_SECRET} characters")
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise BadMessage(path, "holds half of a character")
        return text


Password = Annotated[str, Secret()]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn(Request):
    """Somebody who has an account wants to enrol here; good for this connection alone."""

    kind: ClassVar[str] = "sign_in"
    name: Line
    password: Password = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(Reply):
    """They may enrol, until they sign out or enrol nobody for so long."""

    kind: ClassVar[str] = "signed_in"
    name: DisplayName
    idle_s: Annotated[int, Integer(1, LONGEST_IDLE_S, "of seconds")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOut(Request):
    """Whoever signed in on this connection is done; nobody need be."""

    kind: ClassVar[str] = "sign_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut(Reply):
    """Nobody is signed in here any more."""

    kind: ClassVar[str] = "signed_out"
