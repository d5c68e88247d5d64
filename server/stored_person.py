"""One person as a file in known_faces/ holds them: checked values, to and from `biometrics`."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import numpy as np

from biometrics.gallery import Person, Template
from protocol.errors import NameInvalid
from protocol.kinds import WIDTHS
from protocol.text import clean_name, printable

FORMAT = "facenetgrid-person"
VERSION = 1
MOST_TEMPLATES = 1_000
MOST_NUMBERS = 1_000 * 128
"""Of all templates of a person: 1,000 samples of 128 numbers, 250 of 512."""
SHORTEST, LONGEST = 0.9, 2.0
"""Length of an encoding: 1 for the unit templates we write, up to 2 for raw ones of dlib (1.30 to
1.59 measured). Anything else is no face: zeros, 1e308."""

_HEX_32 = re.compile(r"[0-9a-f]{32}")
_SHA_256 = re.compile(r"[0-9a-f]{64}")
_MOST_MS = 2**53
_MOST_ENTRIES = 32

Primitive = str | int | float | bool | None


class PersonInvalid(Exception):  # noqa: N818 - named for what happened
    """Raised when a person could not be stored or read as it is; the sentence names the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTemplate:
    """One sample's template.

    Attributes:
        sample_id: Opaque, unique within the person; at most 64 of `[A-Za-z0-9._-]`.
        encoding: 128 or 512 finite numbers of unit length (raw ones are taken too).
        quality: What the quality check measured.
        captured_at_ms: UTC; 0 when unknown.
        source: Where it came from, such as `checkpoint:lobby` or `import:classic`.
        picture_sha256: Of the picture it was made from, so that a folder enrolled twice adds
            nothing; None when there was no file.
    """

    sample_id: str
    encoding: tuple[float, ...]
    quality: Mapping[str, float] = field(default_factory=dict)
    captured_at_ms: int = 0
    source: str = ""
    picture_sha256: str | None = None

    def __post_init__(self) -> None:
        _require(
            isinstance(self.sample_id, str)
            and re.fullmatch(r"[A-Za-z0-9._-]{1,64}", self.sample_id) is not None,
            "sample_id must be 1 to 64 plain characters",
        )
        _check_encoding(self.encoding)
        _check_quality(self.quality)
        _check_time("captured_at_ms", self.captured_at_ms)
        _check_line("source", self.source, 300)
        _require(
            self.picture_sha256 is None
            or (
                isinstance(self.picture_sha256, str)
                and _SHA_256.fullmatch(self.picture_sha256) is not None
            ),
            "picture_sha256 must be 64 hex characters",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPerson:
    """One person with everything that is kept about them.

    Attributes:
        subject_id: 32 hex characters; also the file's name.
        display_name: As `protocol.text.clean_name` gives it.
        enrolled_at_ms: UTC.
        consent: What was agreed to and when (texts and numbers), or None when unknown.
        encoder: Fingerprint of the encoder of all templates.
        templates: At least one, all with as many numbers.
    """

    subject_id: str
    display_name: str
    enrolled_at_ms: int
    encoder: str
    templates: tuple[StoredTemplate, ...]
    consent: Mapping[str, Primitive] | None = None

    def __post_init__(self) -> None:
        _require(
            isinstance(self.subject_id, str) and _HEX_32.fullmatch(self.subject_id) is not None,
            "subject_id must be 32 lower-case hex characters",
        )
        _check_name(self.display_name)
        _check_time("enrolled_at_ms", self.enrolled_at_ms)
        _check_line("encoder", self.encoder, 200)
        _check_consent(self.consent)
        _require(
            1 <= len(self.templates) <= MOST_TEMPLATES,
            f"templates must be 1 to {MOST_TEMPLATES}, not {len(self.templates)}",
        )
        widths = {len(template.encoding) for template in self.templates}
        _require(len(widths) == 1, "the templates have not all as many numbers")
        numbers = len(self.templates) * widths.pop()
        _require(numbers <= MOST_NUMBERS, f"templates hold {numbers} numbers, too many")
        ids = {template.sample_id for template in self.templates}
        _require(len(ids) == len(self.templates), "a sample_id is there twice")

    def to_plain(self) -> dict[str, object]:
        """Dicts, lists, texts and numbers only: what is pickled."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "subject_id": self.subject_id,
            "display_name": self.display_name,
            "enrolled_at_ms": self.enrolled_at_ms,
            "consent": None if self.consent is None else dict(self.consent),
            "encoder": self.encoder,
            "templates": [
                {
                    "sample_id": template.sample_id,
                    "encoding": list(template.encoding),
                    "quality": dict(template.quality),
                    "captured_at_ms": template.captured_at_ms,
                    "source": template.source,
                    "picture_sha256": template.picture_sha256,
                }
                for template in self.templates
            ],
        }

    @classmethod
    def from_plain(cls, plain: object) -> "StoredPerson":
        """The person of a file's content; unknown keys are ignored.

        Raises:
            PersonInvalid: Something is missing, of another type, or implausible.
        """
        _require(isinstance(plain, dict), "it is not a person's file")
        values = cast("dict[object, object]", plain)
        _require(values.get("format") == FORMAT, "it is not a person's file")
        version = values.get("version")
        if type(version) is int and version > VERSION:
            raise PersonInvalid(
                f"It was written by a newer FaceNetGrid (version {version}, this one reads "
                f"{VERSION}): install the newer one."
            )
        _require(type(version) is int and version == VERSION, "version must be 1")
        templates = values.get("templates")
        _require(isinstance(templates, list), "templates must be a list")
        return cls(
            subject_id=cast("str", values.get("subject_id")),
            display_name=cast("str", values.get("display_name")),
            enrolled_at_ms=cast("int", values.get("enrolled_at_ms")),
            consent=cast("Mapping[str, Primitive] | None", values.get("consent")),
            encoder=cast("str", values.get("encoder")),
            templates=tuple(_template(item) for item in cast("list[object]", templates)),
        )

    def to_person(self) -> Person:
        """As the gallery holds them: unit templates in numpy."""
        return Person(
            subject_id=self.subject_id,
            display_name=self.display_name,
            enrolled_at_ms=self.enrolled_at_ms,
            templates=tuple(
                Template(
                    encoding=_array(template.encoding),
                    sample_id=template.sample_id,
                    encoder=self.encoder,
                    quality=template.quality,
                    captured_at_ms=template.captured_at_ms,
                    source=template.source,
                )
                for template in self.templates
            ),
        )


def _template(item: object) -> StoredTemplate:
    _require(isinstance(item, dict), "each template must be a dict")
    values = cast("dict[object, object]", item)
    encoding = values.get("encoding")
    _require(isinstance(encoding, list), "encoding must be a list of numbers")
    return StoredTemplate(
        sample_id=cast("str", values.get("sample_id")),
        encoding=tuple(cast("list[float]", encoding)),
        quality=cast("Mapping[str, float]", values.get("quality")),
        captured_at_ms=cast("int", values.get("captured_at_ms")),
        source=cast("str", values.get("source")),
        picture_sha256=cast("str | None", values.get("picture_sha256")),
    )


def _array(encoding: tuple[float, ...]) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    return np.asarray(encoding, dtype=np.float64)


def _require(condition: bool, rule: str) -> None:  # noqa: FBT001 - an assertion that always counts
    if not condition:
        raise PersonInvalid(f"{rule[0].upper()}{rule[1:]}.")


def _check_encoding(encoding: object) -> None:
    _require(
        isinstance(encoding, tuple) and len(encoding) in WIDTHS,
        f"encoding must be {' or '.join(str(width) for width in WIDTHS)} numbers",
    )
    numbers = cast("tuple[object, ...]", encoding)
    _require(
        all(type(n) is float and math.isfinite(n) and abs(n) <= LONGEST for n in numbers),
        "encoding must be finite numbers of a face",
    )
    length = math.hypot(*cast("tuple[float, ...]", numbers))
    _require(
        SHORTEST <= length <= LONGEST,
        f"an encoding has the length {length:.3g}; a face's has {SHORTEST} to {LONGEST}",
    )


def _check_quality(quality: object) -> None:
    _require(
        isinstance(quality, Mapping) and len(quality) <= _MOST_ENTRIES,
        "quality must map a few names to numbers",
    )
    for name, value in cast("Mapping[object, object]", quality).items():
        _check_line("quality", name, 40)
        _require(
            type(value) in (int, float) and math.isfinite(cast("float", value)),
            "quality must map a few names to numbers",
        )


def _check_time(name: str, value: object) -> None:
    _require(
        type(value) is int and 0 <= value <= _MOST_MS, f"{name} must be a time in milliseconds"
    )


def _check_line(name: str, value: object, limit: int) -> None:
    _require(
        isinstance(value, str) and len(value) <= limit and value.isprintable(),
        f"{name} must be a line of at most {limit} characters",
    )


def _check_name(name: object) -> None:
    """A name goes to every screen: nothing that a person could not have typed."""
    _require(isinstance(name, str), "display_name must be a text")
    text = cast("str", name)
    try:
        clean = clean_name(text)
    except NameInvalid as error:
        raise PersonInvalid(f"The name {printable(text, 40)} cannot be used: {error}") from error
    _require(clean == text, "display_name has blanks or accents that are not in order")


def _check_consent(consent: object) -> None:
    if consent is None:
        return
    _require(
        isinstance(consent, Mapping) and len(consent) <= _MOST_ENTRIES,
        "consent must map a few names to texts and numbers",
    )
    for name, value in cast("Mapping[object, object]", consent).items():
        _check_line("consent", name, 40)
        fits = value is None or isinstance(value, (bool, int, float, str))
        short = not isinstance(value, str) or len(value) <= 2_000
        _require(fits and short, "consent must map a few names to texts and numbers")
