"""Kinds of fields: each reads a wire value, refuses what is wrong by name, and describes itself.

The same objects check what arrives, what is about to be sent, and write the tables of
docs/protocol.md, so that the three cannot come apart.
"""

import base64
import binascii
import math
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from protocol.errors import BadMessage, ImplausibleEncoding, NameInvalid
from protocol.text import MAX_NAME, clean_name, is_plain

DIMENSIONS = 128
MIN_NORM = 1.0
MAX_NORM = 2.0
"""Raw encodings of real faces have norms of 1.30 to 1.59 (measured); beyond 1.0 to 2.0 it is no
face, whoever sent it."""

MAX_PICTURE_BYTES = 40 * 1024
_JPEG = b"\xff\xd8\xff"


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
        text = _text(value, path)
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
        text = _text(value, path)
        if not self.shortest <= len(text) <= self.longest:
            raise BadMessage(
                path, f"has {len(text)} characters; {self.shortest} to {self.longest} are allowed"
            )
        if not is_plain(text, lines=self.lines):
            raise BadMessage(path, "holds characters that cannot be shown")
        return text


@dataclass(frozen=True, slots=True)
class Name(Field):
    """A name typed by a person; arrives cleaned."""

    def describe(self) -> str:
        """The limits in words."""
        return f"name, 1 to {MAX_NAME} characters (clean_name)"

    def read(self, value: object, path: str) -> str:
        """Cleans the name, or says in a sentence why it cannot be used."""
        try:
            return clean_name(_text(value, path))
        except NameInvalid as error:
            raise NameInvalid(error.message, details={"field": path}) from None


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
        number = _number(value, path)
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
        text = _text(value, path)
        if text not in self.words:
            raise BadMessage(path, f"must be one of {', '.join(self.words)}")
        return text


@dataclass(frozen=True, slots=True)
class Encoding(Field):
    """The raw fused encoding of one face; a norm outside the limits is no face."""

    def describe(self) -> str:
        """The limits in words."""
        return (
            f"{DIMENSIONS} finite numbers, the raw fused encoding; "
            f"Euclidean norm {MIN_NORM:g} to {MAX_NORM:g}"
        )

    def read(self, value: object, path: str) -> tuple[float, ...]:
        """Refuses any other length, anything not finite, and norms that no face has."""
        items = _items(value, path)
        if len(items) != DIMENSIONS:
            raise BadMessage(path, f"has {len(items)} numbers; {DIMENSIONS} are needed")
        numbers = tuple(_number(item, f"{path}[{i}]") for i, item in enumerate(items))
        check_plausible(numbers, path)
        return numbers

    def write(self, value: object) -> object:
        """Gives a list."""
        return list(_items(value, "encoding"))


def check_plausible(numbers: tuple[float, ...], path: str = "encoding") -> None:
    """Checks that an encoding has the norm of a face's.

    Args:
        numbers: Raw and finite, not made unit length.
        path: The field's name for the error.

    Raises:
        ImplausibleEncoding: All zeros, or a norm outside `MIN_NORM` to `MAX_NORM`.
    """
    norm = math.hypot(*numbers)  # scales: 1e308 gives inf, no OverflowError
    if not MIN_NORM <= norm <= MAX_NORM:
        raise ImplausibleEncoding(
            path, f"has the norm {norm:.3g}; a face's is between {MIN_NORM:g} and {MAX_NORM:g}"
        )


@dataclass(frozen=True, slots=True)
class Measures(Field):
    """A few named numbers, such as the quality of a face."""

    most: int = 16

    def describe(self) -> str:
        """The limits in words."""
        return "object of at most 16 numbers (size_px, brightness, sharpness, yaw, ...)"

    def read(self, value: object, path: str) -> dict[str, float]:
        """Refuses strange keys and numbers that are not finite or beyond a million."""
        return {
            key: Number(-1e6, 1e6).read(item, f"{path}.{key}")
            for key, item in _named(value, path, self.most)
        }


@dataclass(frozen=True, slots=True)
class Details(Field):
    """A few named short texts."""

    most: int = 8

    def describe(self) -> str:
        """The limits in words."""
        return "object of at most 8 texts of 0 to 200 characters"

    def read(self, value: object, path: str) -> dict[str, str]:
        """Refuses strange keys and texts that are too long or would not show."""
        return {
            key: Text(200, shortest=0).read(item, f"{path}.{key}")
            for key, item in _named(value, path, self.most)
        }


@dataclass(frozen=True, slots=True)
class Picture(Field):
    """A JPEG picture in base64."""

    def describe(self) -> str:
        """The limits in words."""
        return f"JPEG in base64, at most {MAX_PICTURE_BYTES // 1024} KiB before base64"

    def read(self, value: object, path: str) -> str:
        """Refuses what is no base64, too large, or does not begin as a JPEG does."""
        text = _text(value, path)
        if len(text) > (MAX_PICTURE_BYTES + 2) // 3 * 4:
            raise BadMessage(path, f"is larger than {MAX_PICTURE_BYTES} bytes")
        try:
            picture = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise BadMessage(path, "is not base64") from None
        if len(picture) > MAX_PICTURE_BYTES or not picture.startswith(_JPEG):
            raise BadMessage(path, f"must be a JPEG of at most {MAX_PICTURE_BYTES} bytes")
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
        items = _items(value, path)
        if not self.least <= len(items) <= self.most:
            raise BadMessage(
                path, f"has {len(items)} entries; {self.least} to {self.most} are allowed"
            )
        return tuple(self.item.read(item, f"{path}[{i}]") for i, item in enumerate(items))

    def write(self, value: object) -> object:
        """Gives a list."""
        return [self.item.write(item) for item in _items(value, "list")]


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


def _text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise BadMessage(path, f"must be a text, not {_type_name(value)}")
    return value


def _number(value: object, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadMessage(path, f"must be a number, not {_type_name(value)}")
    try:
        number = float(value)
    except OverflowError:
        raise BadMessage(path, "is too large") from None
    if not math.isfinite(number):
        raise BadMessage(path, "must be finite")
    return number


def _items(value: object, path: str) -> list[object] | tuple[object, ...]:
    if not isinstance(value, list | tuple):
        raise BadMessage(path, f"must be a list, not {_type_name(value)}")
    return value


def _named(value: object, path: str, most: int) -> list[tuple[str, object]]:
    if not isinstance(value, dict):
        raise BadMessage(path, f"must be an object, not {_type_name(value)}")
    if len(value) > most:
        raise BadMessage(path, f"has {len(value)} entries; {most} are allowed")
    for key in value:
        if not isinstance(key, str) or re.fullmatch(r"[a-z][a-z0-9_]{0,31}", key) is None:
            raise BadMessage(path, "has a key that is not a short lower-case word")
    return list(value.items())
