"""The recordings of a liveness test: `live/*` and a folder a kind of attack; and their frames."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biometrics.evaluation.samples import DatasetUnusable, printable
from biometrics.faces import Image
from biometrics.pictures import SUFFIXES as PICTURES
from biometrics.pictures import PictureError, read_picture

LIVE = "live"
"""The folder of people who were really there; every other one is named for an attack."""
VIDEOS = frozenset({".mp4", ".mkv", ".avi", ".mov", ".webm", ".m4v", ".mpg", ".mpeg"})
LOOKS_A_SECOND = 15.0
LONGEST_S = 30.0
"""How often and how long a recording is looked at: as a checkpoint looks, and as long as it waits
for the longest challenge."""
_USUAL_FPS = 30.0


class RecordingUnreadable(Exception):  # noqa: N818 - named for what happened
    """Raised when a recording cannot be read; the text says why and names the file."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One presentation to a camera.

    Args:
        path: The file.
        shown: Its name in reports, relative to the folder, with slashes.
        kind: `LIVE`, or the kind of attack.
    """

    path: Path
    shown: str
    kind: str

    @property
    def still(self) -> bool:
        """It is a picture: somebody or something that does not move at all."""
        return self.path.suffix.lower() in PICTURES


def read_recordings(folder: Path) -> tuple[list[Recording], list[str]]:
    """The recordings in order, live first, and a sentence about each file that is passed over.

    Raises:
        DatasetUnusable: The folder is not there, cannot be read, or holds nothing to judge.
    """
    try:
        kinds = sorted(
            (path for path in folder.iterdir() if path.is_dir() and path.name[0] != "."),
            key=lambda path: (_kind(path) != LIVE, path.name),
        )
        files = [(_kind(kind), path) for kind in kinds for path in sorted(kind.rglob("*"))]
    except OSError as error:
        reason = error.strerror or error
        raise DatasetUnusable(f"{printable(str(folder))} cannot be read: {reason}.") from error
    found, problems = [], []
    for kind, path in files:
        shown = printable(path.relative_to(folder).as_posix())
        if not path.is_file() or path.name.startswith("."):
            continue
        if path.suffix.lower() in VIDEOS | PICTURES:
            found.append(Recording(path, shown, kind))
        else:
            problems.append(f"{shown} is neither a video nor a picture.")
    if not found:
        raise DatasetUnusable(
            f"{printable(str(folder))} holds no recordings: put those of people into a folder "
            f'"{LIVE}" in it, and those of attacks into a folder for each kind.'
        )
    return found, problems


def _kind(folder: Path) -> str:
    """`Live` is `live`: people taken for a kind of attack would turn every figure round."""
    return LIVE if folder.name.casefold() == LIVE else printable(folder.name)


def frames(recording: Recording) -> Iterator[tuple[float, Image]]:
    """Its frames with their times in seconds, `LOOKS_A_SECOND` at most; one for a picture.

    Raises:
        RecordingUnreadable: It is no video or picture, or not a single frame can be read.
    """
    if recording.still:
        try:
            yield 0.0, read_picture(recording.path, name=recording.shown)
        except PictureError as error:
            raise RecordingUnreadable(str(error)) from error
        return
    yield from _video(recording)


def _video(recording: Recording) -> Iterator[tuple[float, Image]]:
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    import cv2

    capture = cv2.VideoCapture(str(recording.path), cv2.CAP_FFMPEG)
    try:
        rate = float(capture.get(cv2.CAP_PROP_FPS)) if capture.isOpened() else 0.0
        period_s = 1 / rate if 1 <= rate <= 240 else 1 / _USUAL_FPS
        number, next_s = 0, 0.0
        while number * period_s < LONGEST_S and capture.grab():
            time_s = number * period_s
            number += 1
            if time_s < next_s - period_s / 2:
                continue
            good, picture = capture.retrieve()
            if good and picture is not None:
                next_s = time_s + 1 / LOOKS_A_SECOND
                code = cv2.COLOR_GRAY2RGB if picture.ndim == 2 else cv2.COLOR_BGR2RGB
                yield time_s, np.asarray(cv2.cvtColor(picture, code), dtype=np.uint8)
        if number == 0:
            raise RecordingUnreadable(f"{recording.shown} is not a video this program can read.")
    finally:
        capture.release()
