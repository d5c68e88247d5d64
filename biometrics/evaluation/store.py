"""What was seen in a picture, kept in the user's cache folder by content and encoder.

One append-only file an encoder: records of one size, each with its checksum. What an interrupted
run has written is whole; a record that is not is dropped when the file is read again. Encodings
are personal data: the file is readable by its owner alone, and deleting it loses time only.
"""

import hashlib
import os
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Encoding

_MEASURES = ("width", "height", "brightness", "sharpness", "face_px", "yaw")


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What one look at a picture gave.

    Args:
        sha256: Of the file, 32 bytes.
        picture_hash: 64 bits that stay almost the same when the picture is saved again.
        width: Of the picture, in pixels.
        height: The same.
        faces: Found in it.
        brightness: Mean luma of the face, of the picture where there is none; 0 to 255.
        sharpness: Of the face, see `biometrics.quality.sharpness`; 0 without one.
        face_px: Width of the face's box.
        yaw: Degrees the face is turned.
        straight: Raw encoding of the chip alone, `float32` numbers; None without a face.
        fused: Raw mean over the face's views, see `biometrics.views.sample_views`.
    """

    sha256: bytes
    picture_hash: int
    width: int
    height: int
    faces: int
    brightness: float
    sharpness: float = 0.0
    face_px: float = 0.0
    yaw: float = 0.0
    straight: Encoding | None = None
    fused: Encoding | None = None


class SeenStore:
    """The kept looks of one encoder, by the SHA-256 of the picture.

    Args:
        folder: Made when the first look is kept.
        key: What the numbers depend on: the encoder's fingerprint and the way of looking.
        dimensions: Of the encodings.
    """

    def __init__(self, folder: Path, key: str, dimensions: int) -> None:
        name = hashlib.sha256(f"{key}/{dimensions}".encode()).hexdigest()[:16]
        self.path = folder / f"seen-{name}.bin"
        self._record = _record(dimensions)
        self._known: dict[bytes, Seen] = {}
        self._read()

    def __len__(self) -> int:
        return len(self._known)

    def get(self, sha256: bytes) -> Seen | None:
        """What was seen in the picture with that content, None when it is new."""
        return self._known.get(sha256)

    def add(self, seen: Seen) -> None:
        """Keeps a look; whole in the file, or not at all.

        Raises:
            OSError: The file cannot be written.
        """
        self._known[seen.sha256] = seen
        data = _packed(seen, self._record)
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        handle = os.open(self.path, flags, 0o600)
        try:
            os.write(handle, data)
        finally:
            os.close(handle)

    def _read(self) -> None:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return
        size = self._record.itemsize
        rows = [data[start : start + size] for start in range(0, len(data), size)]
        whole = [row for row in rows if len(row) == size and _is_whole(row)]
        for row in whole:
            seen = _unpacked(np.frombuffer(row, dtype=self._record)[0])
            self._known[seen.sha256] = seen
        if len(whole) < len(rows):
            # What follows a torn record would be out of step for ever.
            self._rewrite(b"".join(whole))

    def _rewrite(self, data: bytes) -> None:
        handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix="writing-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(self.path)


def _record(dimensions: int) -> np.dtype[np.void]:
    return np.dtype(
        [
            ("sha256", "u1", (32,)),
            ("picture_hash", "<u8"),
            ("faces", "<i4"),
            *((name, "<f4") for name in _MEASURES),
            ("encoded", "u1"),
            ("encodings", "<f4", (2, dimensions)),
            ("checksum", "<u4"),
        ]
    )


def _packed(seen: Seen, record: np.dtype[np.void]) -> bytes:
    row: NDArray[np.void] = np.zeros(1, dtype=record)
    row["sha256"] = np.frombuffer(seen.sha256, dtype=np.uint8)
    row["picture_hash"] = seen.picture_hash
    row["faces"] = seen.faces
    for name in _MEASURES:
        row[name] = getattr(seen, name)
    if seen.straight is not None and seen.fused is not None:
        row["encoded"] = 1
        row["encodings"] = np.stack([seen.straight, seen.fused])
    body = row.tobytes()[:-4]
    return body + zlib.crc32(body).to_bytes(4, "little")


def _is_whole(row: bytes) -> bool:
    return zlib.crc32(row[:-4]).to_bytes(4, "little") == row[-4:]


def _unpacked(row: np.void) -> Seen:
    encodings = row["encodings"].astype(np.float64) if row["encoded"] else (None, None)
    return Seen(
        sha256=row["sha256"].tobytes(),
        picture_hash=int(row["picture_hash"]),
        width=int(row["width"]),
        height=int(row["height"]),
        faces=int(row["faces"]),
        brightness=float(row["brightness"]),
        sharpness=float(row["sharpness"]),
        face_px=float(row["face_px"]),
        yaw=float(row["yaw"]),
        straight=encodings[0],
        fused=encodings[1],
    )
