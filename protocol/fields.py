"""Kinds of fields: each reads a wire value, refuses what is wrong by name, and describes itself.

The same objects check what arrives, what is about to be sent, and write the tables of
docs/protocol.md, so that the three cannot come apart.
"""

import math
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from protocol.errors import BadMessage
from protocol.text import is_plain

KEY = re.compile(r"[a-z][a-z0-9_]{0,31}")


class Field:
    """One kind of field."""

    def describe(self) -> str:
        """Gives the kind in words, for the documentation."""
        raise NotImplementedError

    def read(self, value: object, path: str) -> object:
        """Gives the value as the message holds it.

        Args:
            value: As it came out of JSON, or as our own side made it.
            path: The field's name for the error.

        Raises:
            BadMessage: The value is of the wrong type or out of its range.
        """
        raise NotImplementedError

    def write(self, value: object) -> object:
        """Gives the value as JSON holds it."""
        return value


@dataclass(frozen=True, slots=True)
class Pattern(Field):
    """A text that a regular expression matches whole."""

    pattern: str
    words: str

    def describe(self) -> str:
        """The words given."""
        return self.words

    def read(self, value: object, path: str) -> str:
        """Refuses what is no text or does not match."""
        text = as_text(value, path)
        if re.fullmatch(self.pattern, text) is None:
            raise BadMessage(path, f"must be {self.words}")
        return text


@dataclass(frozen=True, slots=True)
class Text(Field):
    """A text that shows as it is: no controls, bidi marks or surrogates."""

    longest: int
    shortest: int = 1
    lines: bool = False

    def describe(self) -> str:
        """The limits in words."""
        return f"text, {self.shortest} to {self.longest} characters" + (
            ", line feeds allowed" if self.lines else ""
        )

    def read(self, value: object, path: str) -> str:
        """Refuses what is too short, too long or would not show."""
        text = as_text(value, path)
        if not self.shortest <= len(text) <= self.longest:
            raise BadMessage(
                path, f"has {len(text)} characters; {self.shortest} to {self.longest} are allowed"
            )
        if not is_plain(text, lines=self.lines):
            raise BadMessage(path, "holds characters that cannot be shown")
        return text


@dataclass(frozen=True, slots=True)
class Integer(Field):
    """A whole number; `true` and `1.0` are none."""

    least: int
    most: int
    unit: str = ""

    def describe(self) -> str:
        """The range in words."""
        return f"integer{self.unit and ' ' + self.unit}, {self.least} to {self.most}"

    def read(self, value: object, path: str) -> int:
        """Refuses fractions, truth values and what is out of range."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadMessage(path, f"must be an integer, not {_type_name(value)}")
        if not self.least <= value <= self.most:
            raise BadMessage(path, f"must be from {self.least} to {self.most}")
        return value


@dataclass(frozen=True, slots=True)
class Number(Field):
    """A finite number, held as a float."""

    least: float
    most: float
    unit: str = ""

    def describe(self) -> str:
        """The range in words."""
        return f"number{self.unit and ' ' + self.unit}, {self.least:g} to {self.most:g}"

    def read(self, value: object, path: str) -> float:
        """Refuses truth values, NaN, infinities and what is out of range."""
        number = as_number(value, path)
        if not self.least <= number <= self.most:
            raise BadMessage(path, f"must be from {self.least:g} to {self.most:g}")
        return number


@dataclass(frozen=True, slots=True)
class Flag(Field):
    """A truth value; 0 and 1 are none."""

    def describe(self) -> str:
        """The limits in words."""
        return "true or false"

    def read(self, value: object, path: str) -> bool:
        """Refuses everything but true and false."""
        if not isinstance(value, bool):
            raise BadMessage(path, f"must be true or false, not {_type_name(value)}")
        return value


@dataclass(frozen=True, slots=True)
class Choice(Field):
    """One of a few words."""

    words: Collection[str]

    def describe(self) -> str:
        """The words."""
        return "one of " + ", ".join(self.words)

    def read(self, value: object, path: str) -> str:
        """Refuses any other word."""
        text = as_text(value, path)
        if text not in self.words:
            raise BadMessage(path, f"must be one of {', '.join(self.words)}")
        return text


@dataclass(frozen=True, slots=True)
class ListOf(Field):
    """A list of one kind of thing."""

    item: Field
    least: int
    most: int

    def describe(self) -> str:
        """The item's kind and how many."""
        return f"list of {self.least} to {self.most}: {self.item.describe()}"

    def read(self, value: object, path: str) -> tuple[object, ...]:
        """Refuses too few, too many and any bad item."""
        items = as_items(value, path)
        if not self.least <= len(items) <= self.most:
            raise BadMessage(
                path, f"has {len(items)} entries; {self.least} to {self.most} are allowed"
            )
        return tuple(self.item.read(item, f"{path}[{i}]") for i, item in enumerate(items))

    def write(self, value: object) -> object:
        """Gives a list."""
        return [self.item.write(item) for item in as_items(value, "list")]


@dataclass(frozen=True, slots=True)
class Maybe(Field):
    """A field that may be null or left out."""

    item: Field

    def describe(self) -> str:
        """The item's kind."""
        return self.item.describe() + "; or null"

    def read(self, value: object, path: str) -> object:
        """Lets None through."""
        return None if value is None else self.item.read(value, path)

    def write(self, value: object) -> object:
        """Lets None through."""
        return None if value is None else self.item.write(value)


@dataclass(frozen=True, slots=True)
class Made(Field):
    """An object that a function reads and another writes."""

    words: str
    reader: Callable[[object, str], object]
    writer: Callable[[object], object]

    def describe(self) -> str:
        """The words given."""
        return self.words

    def read(self, value: object, path: str) -> object:
        """Hands over to the reader."""
        return self.reader(value, path)

    def write(self, value: object) -> object:
        """Hands over to the writer."""
        return self.writer(value)


def _type_name(value: object) -> str:
    names: dict[type, str] = {
        bool: "a truth value",
        int: "an integer",
        float: "a fraction",
        str: "a text",
        list: "a list",
        dict: "an object",
    }
    return "null" if value is None else names.get(type(value), "something else")


def as_text(value: object, path: str) -> str:
    """Refuses what is no text."""
    if not isinstance(value, str):
        raise BadMessage(path, f"must be a text, not {_type_name(value)}")
    return value


def as_number(value: object, path: str) -> float:
    """Refuses what is no finite number; truth values are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadMessage(path, f"must be a number, not {_type_name(value)}")
    try:
        number = float(value)
    except OverflowError:
        raise BadMessage(path, "is too large") from None
    if not math.isfinite(number):
        raise BadMessage(path, "must be finite")
    return number


def as_items(value: object, path: str) -> list[object] | tuple[object, ...]:
    """Refuses what is no list."""
    if not isinstance(value, list | tuple):
        raise BadMessage(path, f"must be a list, not {_type_name(value)}")
    return value


def as_named(value: object, path: str, most: int) -> list[tuple[str, object]]:
    """Refuses what is no object of at most `most` short lower-case keys."""
    if not isinstance(value, dict):
        raise BadMessage(path, f"must be an object, not {_type_name(value)}")
    if len(value) > most:
        raise BadMessage(path, f"has {len(value)} entries; {most} are allowed")
    for key in value:
        if not isinstance(key, str) or KEY.fullmatch(key) is None:
            raise BadMessage(path, "has a key that is not a short lower-case word")
    return list(value.items())
