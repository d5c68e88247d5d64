"""People services on a temporary folder, and a vision that reads names from pictures' colours."""

import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from biometrics.encode import EncoderFailed
from biometrics.faces import LANDMARK_COUNT, Face, Image
from biometrics.geometry import Box
from biometrics.quality import PHOTO, Quality, QualityLimits
from biometrics.vision import PhotoRefused, PhotoSample, SeenFace
from server.data_folder import DataFolder
from server.gallery_files import GalleryFiles
from server.grounds import stated
from server.new_samples import NewSample
from server.people import PeopleService
from server.photo_job import PhotosWanted
from server.pictures import PictureFolder
from server.vault import open_vault
from tests.server.wire import ENCODER, face

CONSENT = stated("the form of the test", by="os:ann", at_ms=1_790_000_000_000)
RED = (200, 20, 20)
GREEN = (20, 200, 20)
BLUE = (20, 20, 200)
NOBODY = (255, 255, 255)
BROKEN = (0, 0, 0)


def people_service(root: Path, **options: Any) -> PeopleService:
    """A loaded people service on `root`."""
    vault = open_vault(DataFolder(root))
    people = PeopleService(
        GalleryFiles(root / "known_faces", vault),
        PictureFolder(root / "pictures", vault),
        ENCODER,
        **options,
    )
    people.load()
    return people


def wanted(*paths: Path, name: str | None = None, although_known: str = "") -> PhotosWanted:
    """Photos to enrol, on the ground of the test."""
    return PhotosWanted(paths=paths, consent=CONSENT, name=name, although_known=although_known)


def sample(seed: int, **options: Any) -> NewSample:
    """A sample of the person with this number."""
    return NewSample(encoding=face(seed), **options)


def jpeg(colour: tuple[int, int, int], *, mark: int = 0) -> bytes:
    """A picture of one colour: the same colour is the same person, `mark` another file."""
    pixels = np.full((64, 64, 3), colour, dtype=np.uint8)
    pixels[:8, :8] = mark
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def put(folder: Path, files: dict[str, bytes]) -> Path:
    """Writes files below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


class ColourVision:
    """Takes a picture's colour for its person; white shows nobody, black breaks the encoder."""

    def __init__(self, looked: list[int], before: Callable[[], None] = lambda: None) -> None:
        self._looked = looked
        self._before = before
        self.closed = False

    def enrol_photo(
        self, image: Image, *, limits: QualityLimits = PHOTO
    ) -> PhotoSample | PhotoRefused:
        """A sample of `face(red)`, or a refusal."""
        self._before()
        colour = tuple(int(value) for value in image[40, 40])
        self._looked.append(1)
        if colour == NOBODY:
            return PhotoRefused("No face was found: take a picture from the front.")
        if colour == BROKEN:
            raise EncoderFailed("The face encoder stopped.")
        seen = SeenFace(
            Face(Box(0, 0, 60, 60), np.zeros((LANDMARK_COUNT, 2)), 1.0),
            np.full((150, 150, 3), colour, dtype=np.uint8),
            a_quality(),
        )
        seed = colour[0] * 7 + colour[1] * 3 + colour[2]
        return PhotoSample(face(seed, noise=0.1, noise_seed=int(image[0, 0, 0])), seen)

    def close(self) -> None:
        """Notes it."""
        self.closed = True


class Visions:
    """A factory that counts what its visions looked at."""

    def __init__(self, before: Callable[[], None] = lambda: None) -> None:
        self.looked: list[int] = []
        self.made: list[ColourVision] = []
        self.threads: set[str] = set()
        self._before = before

    def __call__(self) -> ColourVision:
        """One more vision."""
        self.threads.add(threading.current_thread().name)
        self.made.append(ColourVision(self.looked, self._before))
        return self.made[-1]


def a_quality() -> Quality:
    """Some quality without flaws."""
    return Quality(
        size_px=60.0,
        brightness=120.0,
        sharpness=0.5,
        yaw=0.0,
        cut_off=0.0,
        faces_in_view=1,
        strength=1.0,
        meter=1.0,
        flaws=(),
    )
