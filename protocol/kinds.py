"""The kinds of fields that are about faces and people: names, encodings, qualities, pictures."""

import base64
import binascii
import math
from dataclasses import dataclass

from protocol.errors import BadMessage, ImplausibleEncoding, NameInvalid
from protocol.fields import Field, Number, Text, as_items, as_named, as_number, as_text
from protocol.text import MAX_NAME, clean_name

DIMENSIONS = 128
MIN_NORM = 1.0
MAX_NORM = 2.0
"""Raw encodings of real faces have norms of 1.30 to 1.59 (measured); beyond 1.0 to 2.0 it is no
face, whoever sent it."""

MAX_PICTURE_BYTES = 40 * 1024
MAX_MEASURE = 1e9
"""Of a quality: the sharpness of pure noise comes near 1e6."""

_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class Name(Field):
    """A name typed by a person; arrives cleaned."""

    def describe(self) -> str:
        """The limits in words."""
        return f"name, 1 to {MAX_NAME} characters (clean_name)"

    def read(self, value: object, path: str) -> str:
        """Cleans the name, or says in a sentence why it cannot be used."""
        try:
            return clean_name(as_text(value, path))
        except NameInvalid as error:
            raise NameInvalid(error.message, details={"field": path}) from None


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
        items = as_items(value, path)
        if len(items) != DIMENSIONS:
            raise BadMessage(path, f"has {len(items)} numbers; {DIMENSIONS} are needed")
        numbers = tuple(as_number(item, f"{path}[{i}]") for i, item in enumerate(items))
        check_plausible(numbers, path)
        return numbers

    def write(self, value: object) -> object:
        """Gives a list."""
        return list(as_items(value, "encoding"))


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
        """Refuses strange keys and numbers that are not finite or beyond `MAX_MEASURE`."""
        return {
            key: Number(-MAX_MEASURE, MAX_MEASURE).read(item, f"{path}.{key}")
            for key, item in as_named(value, path, self.most)
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
            for key, item in as_named(value, path, self.most)
        }


@dataclass(frozen=True, slots=True)
class Picture(Field):
    """A JPEG picture in base64."""

    def describe(self) -> str:
        """The limits in words."""
        return f"JPEG in base64, at most {MAX_PICTURE_BYTES // 1024} KiB before base64"

    def read(self, value: object, path: str) -> str:
        """Refuses what is no base64, too large, or does not begin as a JPEG does."""
        text = as_text(value, path)
        if len(text) > (MAX_PICTURE_BYTES + 2) // 3 * 4:
            raise BadMessage(path, f"is larger than {MAX_PICTURE_BYTES} bytes")
        try:
            picture = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise BadMessage(path, "is not base64") from None
        if len(picture) > MAX_PICTURE_BYTES or not picture.startswith(_JPEG):
            raise BadMessage(path, f"must be a JPEG of at most {MAX_PICTURE_BYTES} bytes")
        return text
