"""The file of strangers: times and encodings, primitives only, sealed, checked when read."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np

from biometrics.faces import Encoding
from security.sealing import OVERHEAD, SealBroken, Sealer
from server.gallery_files import read_file
from server.purposes import Purpose
from server.safe_pickle import OWN_LIMITS, PickleRefused, dump_primitives, load_primitives

FORMAT = "facenetgrid-strangers"
VERSION = 1
LARGEST_FILE = 8 * 1024 * 1024
"""2,000 strangers of 512 numbers are 5.6 MB, of 128 numbers 1.5 MB."""
PURPOSE = Purpose.STRANGERS
_ABOUT = b"facenetgrid-strangers"
_LIMITS = replace(OWN_LIMITS, bytes=LARGEST_FILE)
_MOST = 10_000
_DIMENSIONS = (2, 700)
_MOST_MS = 2**53


class StrangersInvalid(Exception):  # noqa: N818 - named for what happened
    """Raised when the file cannot be used; the sentence says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Stranger:
    """One visitor: a unit encoding, `float64 (dimensions,)`, and when, ms since the epoch, UTC."""

    encoding: Encoding
    seen_at_ms: int


def to_bytes(encoder: str, strangers: Sequence[Stranger]) -> bytes:
    """The file's content; encodings as base64 of little-endian 4-byte floats."""
    return dump_primitives(
        {
            "format": FORMAT,
            "version": VERSION,
            "encoder": encoder,
            "strangers": [
                {
                    "seen_at_ms": stranger.seen_at_ms,
                    "encoding": base64.b64encode(stranger.encoding.astype("<f4").tobytes()).decode(
                        "ascii"
                    ),
                }
                for stranger in strangers
            ],
        },
        limits=_LIMITS,
    )


def seal(data: bytes, sealer: Sealer) -> bytes:
    """The content as it lies on the disk."""
    return sealer.seal(data, _ABOUT)


def read_bytes(path: Path, sealer: Sealer) -> bytes | None:
    """The content of the file; None when there is none.

    Raises:
        StrangersInvalid: It is no ordinary file, too large, empty, cannot be read, or was sealed
            by somebody else.
    """
    if not path.exists() and not path.is_symlink():
        return None
    try:
        return sealer.unseal(read_file(path, limit=LARGEST_FILE + OVERHEAD), _ABOUT)
    except (PickleRefused, SealBroken) as error:
        raise StrangersInvalid(str(error)) from error


def from_bytes(data: bytes) -> tuple[str, list[Stranger]]:
    """The encoder's fingerprint, and the strangers.

    Raises:
        StrangersInvalid: It is no such file, or something in it is implausible.
    """
    try:
        found = load_primitives(data, limits=_LIMITS)
    except PickleRefused as error:
        raise StrangersInvalid(str(error)) from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise StrangersInvalid("It is not a file of strangers.")
    if found.get("version") != VERSION:
        raise StrangersInvalid("It was written by another version of FaceNetGrid.")
    encoder, items = found.get("encoder"), found.get("strangers")
    if not isinstance(encoder, str) or not isinstance(items, list) or len(items) > _MOST:
        raise StrangersInvalid("It is not a file of strangers.")
    strangers = [_stranger(item) for item in items]
    if len({len(stranger.encoding) for stranger in strangers}) > 1:
        raise StrangersInvalid("Its encodings differ in length.")
    return encoder, strangers


def _stranger(item: object) -> Stranger:
    values = cast("dict[object, object]", item) if isinstance(item, dict) else {}
    at, text = values.get("seen_at_ms"), values.get("encoding")
    if type(at) is not int or not 0 <= at <= _MOST_MS or not isinstance(text, str):
        raise StrangersInvalid("A stranger in it has no time or no encoding.")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise StrangersInvalid("An encoding in it cannot be read.") from error
    low, high = _DIMENSIONS
    if len(data) % 4 or not low <= len(data) // 4 <= high:
        raise StrangersInvalid("An encoding in it has the wrong length.")
    row: Encoding = np.frombuffer(data, dtype="<f4").astype(np.float64)
    if not np.isfinite(row).all() or abs(float(np.abs(row).max())) > 1.001:
        raise StrangersInvalid("An encoding in it is none of a face.")
    if abs(float(np.linalg.norm(row)) - 1) > 0.001:
        raise StrangersInvalid("An encoding in it is not of unit length.")
    return Stranger(row, at)
