"""Small pictures of people, where the administrator allows them: made, sealed, checked, deleted."""

import contextlib
import io
import re
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from biometrics.faces import Chip
from desktop.files import write_atomically
from desktop.scrubbing import scrub
from security.sealing import OVERHEAD, SealBroken
from server.purposes import Purpose
from server.vault import Vault

MAX_BYTES = 64 * 1024
# A chip is 150 px; a checkpoint's picture may be a little larger than what a list shows.
MAX_SIDE_PX = 640
_SUBJECT_ID = re.compile(r"[0-9a-f]{32}")
# With what an interrupted write left behind: that is a picture too. Other files are not ours.
_OURS = re.compile(r"[0-9a-f]{32}\.(sealed|jpg)|\.[0-9a-f]{32}\.(sealed|jpg)\..*\.tmp")
_PLAIN = re.compile(r"[0-9a-f]{32}\.jpg")
PURPOSE = Purpose.PICTURES


class PictureRefused(Exception):  # noqa: N818 - named for what happened
    """Raised when a picture is not a small JPEG; the text says what it is instead."""


def thumbnail(chip: Chip) -> bytes:
    """A chip as a JPEG of about 6 KB."""
    buffer = io.BytesIO()
    Image.fromarray(chip).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def check(picture: bytes) -> None:
    """Accepts a small JPEG that decodes.

    Raises:
        PictureRefused: Raised when it is too large, no JPEG, or damaged.
    """
    if len(picture) > MAX_BYTES:
        raise PictureRefused(f"The picture has {len(picture)} bytes; {MAX_BYTES} are allowed.")
    try:
        with Image.open(io.BytesIO(picture), formats=("JPEG",)) as image:
            if max(image.size) > MAX_SIDE_PX:
                raise PictureRefused(
                    f"The picture is {image.width}x{image.height}; {MAX_SIDE_PX} px are allowed."
                )
            image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise PictureRefused("The picture is not a JPEG that can be read.") from error


class PictureFolder:
    """One picture a person under the person's opaque id.

    Args:
        folder: Made with the first picture.
        vault: What seals them.
    """

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._sealer = vault.sealer(PURPOSE)

    def read(self, subject_id: str) -> bytes | None:
        """The person's picture; None without one, or when the file is not the person's."""
        try:
            with self._path(subject_id).open("rb") as file:
                data = file.read(MAX_BYTES + OVERHEAD + 1)
            return self._sealer.unseal(data, subject_id.encode("ascii"))
        except (OSError, SealBroken):
            return None

    def write(self, subject_id: str, picture: bytes) -> None:
        """Keeps a picture in place of the one before.

        Raises:
            PictureRefused: As `check`.
            OSError: Raised when it cannot be written.
        """
        check(picture)
        sealed = self._sealer.seal(picture, subject_id.encode("ascii"))
        write_atomically(self._path(subject_id), sealed)

    def take_over(self) -> int:
        """Seals the plain pictures of an earlier version; returns how many they were.

        What is no picture is removed: nobody could see it.

        Raises:
            OSError: Raised when one cannot be written or removed.
        """
        found = [path for path in self._folder.glob("*.jpg") if _PLAIN.fullmatch(path.name)]
        for path in found:
            with contextlib.suppress(PictureRefused):
                self.write(path.stem, path.read_bytes())
            scrub(path)
        return len(found)

    def delete(self, subject_id: str) -> bool:
        """Forgets the person's picture; returns whether there was one.

        Raises:
            OSError: Raised when it is there and cannot be removed.
        """
        return scrub(self._path(subject_id))

    def forget_before(self, ms: int) -> int:
        """Forgets pictures that were kept before then; returns how many.

        Raises:
            OSError: Raised when one is there and cannot be removed.
        """
        found = [path for path in self._folder.glob("*") if _OURS.fullmatch(path.name)]
        old = [path for path in found if path.stat().st_mtime_ns < ms * 1_000_000]
        for path in old:
            scrub(path)
        return len(old)

    def delete_all(self) -> int:
        """Forgets every picture; returns how many there were.

        Raises:
            OSError: Raised when one is there and cannot be removed.
        """
        found = [path for path in self._folder.glob("*") if _OURS.fullmatch(path.name)]
        for path in found:
            scrub(path)
        return len(found)

    def _path(self, subject_id: str) -> Path:
        if not _SUBJECT_ID.fullmatch(subject_id):
            raise ValueError(f"{subject_id!r} is no subject id")
        return self._folder / f"{subject_id}.sealed"
