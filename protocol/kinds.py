"""The kinds of fields that are about faces and people: names, encodings, qualities, pictures."""

import base64
import binascii
import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

from protocol.errors import BadMessage, ImplausibleEncoding, NameInvalid
from protocol.fields import Field, Number, Text, as_items, as_named, as_number, as_text
from protocol.text import MAX_NAME, clean_name


@dataclass(frozen=True, slots=True)
class EncodingShape:
    """What encodings of one encoder look like.

    Args:
        dimensions: How many numbers.
        shortest: Least Euclidean norm of a raw fused one.
        longest: Largest.
    """

    dimensions: int
    shortest: float
    longest: float


WIDTHS = (128, 512)
DLIB_SHAPE = EncodingShape(128, 1.0, 2.0)
"""Raw encodings of real faces have norms of 1.30 to 1.59 (measured); beyond 1.0 to 2.0 it is no
face, whoever sent it."""
UNIT_NORMS = (0.5, 1.01)
"""Of networks of the user's own, whose encodings have length 1: means of several looks at one face
are a little shorter, 0.7 where two of them are as far apart as strangers."""

MAX_PICTURE_BYTES = 40 * 1024
MAX_MEASURE = 1e9
"""Of a quality: the sharpness of pure noise comes near 1e6."""

_JPEG = b"\xff\xd8\xff"
_NUMBERS = {float, int}
_MEASURE = Number(-MAX_MEASURE, MAX_MEASURE)


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
        widths = " or ".join(str(width) for width in WIDTHS)
        return (
            f"{widths} finite numbers, the raw fused encoding; as many, and of the Euclidean norm, "
            "that the session's encoder gives"
        )

    def read(self, value: object, path: str) -> tuple[float, ...]:
        """Refuses lengths and norms that no encoder gives, and anything not finite."""
        items = as_items(value, path)
        if len(items) not in WIDTHS:
            widths = " or ".join(str(width) for width in WIDTHS)
            raise BadMessage(path, f"has {len(items)} numbers; {widths} are needed")
        numbers = _finite(items)
        if numbers is None:  # one of them is bad: looked at one by one to say which
            numbers = tuple(as_number(item, f"{path}[{i}]") for i, item in enumerate(items))
        check_shape(numbers, path, EncodingShape(len(numbers), UNIT_NORMS[0], DLIB_SHAPE.longest))
        return numbers

    def write(self, value: object) -> object:
        """Gives a list."""
        return list(as_items(value, "encoding"))


def _finite(items: Collection[object]) -> tuple[float, ...] | None:
    """All of them as floats where each is a finite number, in a tenth of the time of one by one."""
    if not {*map(type, items)} <= _NUMBERS:
        return None
    try:
        numbers = tuple(map(float, cast("Collection[float]", items)))
    except OverflowError:
        return None
    return numbers if math.isfinite(math.hypot(*numbers)) else None


def check_shape(
    numbers: tuple[float, ...], path: str = "encoding", shape: EncodingShape = DLIB_SHAPE
) -> None:
    """Checks that an encoding can be one of that encoder's.

    Args:
        numbers: Raw and finite, not made unit length.
        path: The field's name for the error.
        shape: What the encoder gives.

    Raises:
        BadMessage: Another encoder's: more numbers or fewer.
        ImplausibleEncoding: All zeros, or a norm that no face has.
    """
    if len(numbers) != shape.dimensions:
        raise BadMessage(path, f"has {len(numbers)} numbers; {shape.dimensions} are needed")
    norm = math.hypot(*numbers)  # scales: 1e308 gives inf, no OverflowError
    if not shape.shortest <= norm <= shape.longest:
        raise ImplausibleEncoding(
            path,
            f"has the norm {norm:.3g}; a face's is between {shape.shortest:g} and "
            f"{shape.longest:g}",
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
            key: _MEASURE.read(item, f"{path}.{key}")
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
