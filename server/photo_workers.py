"""Looks at pictures on several cores: each worker has its own vision, batches go in and out."""

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from biometrics.encode import EncoderFailed
from biometrics.faces import Image
from biometrics.pictures import MAX_FILE_BYTES, PictureError, read_picture
from biometrics.quality import PHOTO, QualityLimits
from biometrics.vision import PhotoRefused, PhotoSample
from server.photo_scan import PhotoFile

# Batches handed out beyond those being worked on, so that no worker waits for the next.
_AHEAD = 1


class PhotoVision(Protocol):
    """What a worker needs of `biometrics.vision.Vision`."""

    def enrol_photo(
        self, image: Image, *, limits: QualityLimits = PHOTO
    ) -> PhotoSample | PhotoRefused:
        """The sample of a photograph with one usable face, or why there is none."""
        ...

    def close(self) -> None:
        """Ends it."""
        ...


@dataclass(frozen=True, slots=True)
class Looked:
    """What a worker found in one file.

    One of `sample`, `refusal` and `failure` is set, or none when `known` said that the content
    needs no looking at. `fresh` is True for a refusal that was not remembered from before.
    """

    file: PhotoFile
    sha256: str = ""
    sample: PhotoSample | None = None
    refusal: str = ""
    failure: str = ""
    fresh: bool = False


class PhotoWorkers:
    """A few threads that look at pictures; used with `with`, which ends them and their encoders.

    Args:
        vision_factory: Makes one worker's vision, in that worker's thread.
        enrolled: Says whether a picture of this SHA-256 is in the gallery.
        refused: The reason why a picture of this SHA-256 was refused before, or None.
        workers: How many.
        limits: How good a picture has to be.
    """

    def __init__(
        self,
        vision_factory: Callable[[], PhotoVision],
        enrolled: Callable[[str], bool],
        refused: Callable[[str], str | None],
        *,
        workers: int,
        limits: QualityLimits = PHOTO,
    ) -> None:
        self._limits = limits
        self._vision_factory = vision_factory
        self._enrolled = enrolled
        self._refused = refused
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="photos")
        self._own = threading.local()
        self._made = threading.Lock()
        self._visions: list[PhotoVision] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        for vision in self._visions:
            vision.close()

    def look_at(
        self, batches: Iterable[Sequence[PhotoFile]], cancel: threading.Event
    ) -> Iterator[list[Looked]]:
        """Gives each batch's findings as they come; memory holds a few batches at a time.

        After `cancel` no new batch is begun; those begun are finished and given.
        """
        waiting: set[Future[list[Looked]]] = set()
        for batch in batches:
            if cancel.is_set():
                break
            waiting.add(self._pool.submit(self._look_at_batch, batch, cancel))
            if len(waiting) >= self._workers + _AHEAD:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()

    def _look_at_batch(self, batch: Sequence[PhotoFile], cancel: threading.Event) -> list[Looked]:
        found: list[Looked] = []
        for file in batch:
            if cancel.is_set():
                break
            found.append(self._look(file))
        return found

    def _look(self, file: PhotoFile) -> Looked:
        if file.problem:
            return Looked(file, refusal=file.problem)
        try:
            if file.path.stat().st_size > MAX_FILE_BYTES:
                return Looked(
                    file,
                    refusal=f"{file.shown} is too large: {MAX_FILE_BYTES >> 20} MB at most.",
                )
            data = file.path.read_bytes()
        except OSError as error:
            return Looked(file, failure=f"{file.shown} cannot be read: {error.strerror}.")
        sha256 = hashlib.sha256(data).hexdigest()
        if self._enrolled(sha256):
            return Looked(file, sha256)
        before = self._refused(sha256)
        if before is not None:
            return Looked(file, sha256, refusal=before)
        return self._look_closely(file, sha256, data)

    def _look_closely(self, file: PhotoFile, sha256: str, data: bytes) -> Looked:
        try:
            image = read_picture(data, name=file.shown)
            found = self._vision().enrol_photo(image, limits=self._limits)
        except PictureError as error:
            return Looked(file, sha256, refusal=str(error), fresh=True)
        except EncoderFailed as error:
            return Looked(file, sha256, failure=str(error))
        if isinstance(found, PhotoRefused):
            return Looked(file, sha256, refusal=found.reason, fresh=True)
        return Looked(file, sha256, sample=found)

    def _vision(self) -> PhotoVision:
        vision: PhotoVision | None = getattr(self._own, "vision", None)
        if vision is None:
            vision = self._vision_factory()
            self._own.vision = vision
            with self._made:
                self._visions.append(vision)
        return vision
