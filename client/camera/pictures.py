"""A folder of pictures as a camera, `folder:DIR`: one picture after another, a pause between."""

import time
from pathlib import Path

import numpy as np

from biometrics.pictures import PictureError, read_picture
from client.camera.errors import CameraMissing, SourceEnded
from client.camera.frames import Frame, Image
from client.camera.grain import grained
from client.camera.opencv import now_frame

FPS = 10.0
SHOWN_S = 3.0
# As long as an empty doorway: two pictures in a row are two visits.
PAUSE_S = 1.5
LONGEST_SIDE = 960
KINDS = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif"}
_GREY = 96


class FolderSource:
    """The pictures of a folder and its subfolders in the order of their names.

    Args:
        folder: Where they are.
        repeat: Whether the first follows the last.
        shown_s: How long each is shown.
        pause_s: How long nothing is shown after each.

    Raises:
        CameraMissing: There is no such folder, or no picture in it that can be read.
    """

    live = False

    def __init__(
        self, folder: Path, *, repeat: bool, shown_s: float = SHOWN_S, pause_s: float = PAUSE_S
    ) -> None:
        if not folder.is_dir():
            raise CameraMissing(f"There is no folder {folder}. Choose another one.")
        self._paths = sorted(
            path for path in folder.rglob("*") if path.suffix.lower() in KINDS and path.is_file()
        )
        if not self._paths:
            raise CameraMissing(f"There are no pictures in {folder}. Choose another folder.")
        self._folder = folder
        self._repeat = repeat
        self._shown_s = shown_s
        self._pause_s = pause_s
        self._number = 0
        self._next = 0
        self._picture: Image | None = None
        self._until_s = 0.0
        self._pausing = True
        self._failed: list[str] = []
        self._rng = np.random.default_rng()

    @property
    def failed(self) -> tuple[str, ...]:
        """A sentence for each picture that could not be read so far."""
        return tuple(self._failed)

    def read(self) -> Frame | None:
        """The picture of now, ten times a second.

        Raises:
            SourceEnded: All were shown and they are not repeated.
            CameraMissing: None could be read.
        """
        if self._number:
            time.sleep(1.0 / FPS)
        if time.monotonic() >= self._until_s:
            self._advance()
        self._number += 1
        picture = self._picture
        assert picture is not None
        return now_frame(grained(picture, self._rng), self._number)

    def close(self) -> None:
        """Nothing is held."""

    def _advance(self) -> None:
        """Goes on from a picture to the pause, or from the pause to the next picture."""
        now_s = time.monotonic()
        if not self._pausing and self._picture is not None:
            self._pausing = True
            self._picture = np.full_like(self._picture, _GREY)
            self._until_s = now_s + self._pause_s
            return
        self._picture = self._load()
        self._pausing = False
        self._until_s = now_s + self._shown_s

    def _load(self) -> Image:
        """The next picture that can be read."""
        for _attempt in range(len(self._paths)):
            if self._next == len(self._paths):
                if not self._repeat:
                    raise SourceEnded(f"All pictures of {self._folder} were shown.")
                self._next = 0
            path = self._paths[self._next]
            self._next += 1
            try:
                return fitted(read_picture(path), LONGEST_SIDE)
            except PictureError as error:
                if str(error) not in self._failed:
                    self._failed.append(str(error))
        if self._picture is not None and not self._repeat:
            raise SourceEnded(f"All pictures of {self._folder} were shown.")
        raise CameraMissing(
            f"No picture of {self._folder} can be read: {self._failed[0]}"
            if self._failed
            else f"No picture of {self._folder} can be read."
        )


def fitted(image: Image, longest: int) -> Image:
    """The image, made smaller when a side is longer than `longest` pixels."""
    height, width = image.shape[:2]
    if max(height, width) <= longest:
        return image
    from PIL import Image as Pictures

    scale = longest / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Pictures.fromarray(image).resize(size, Pictures.Resampling.LANCZOS))
