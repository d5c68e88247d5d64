"""Enrolment from photos in a thread of its own, for the window: begun, followed, cancelled."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from server.events import Fault, GridEvent, PhotoProgress, PhotoReport
from server.gallery_files import GalleryFileError
from server.photo_enrolment import PhotoEnrolment
from server.photo_scan import FolderUnusable
from server.stored_person import Primitive


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotosWanted:
    """What is to be enrolled.

    Attributes:
        paths: Folders `NAME/*.jpg` and `NAME.jpg`, or pictures.
        consent: On what ground (`server.grounds.stated`).
        name: When given, all pictures are this person's.
        although_known: Why faces that are enrolled already go in under another name; empty where
            they do not.
    """

    paths: tuple[Path, ...]
    consent: Mapping[str, Primitive]
    name: str | None = None
    although_known: str = ""


class PhotoJob:
    """At most one run at a time.

    Args:
        post: Where `PhotoProgress` and, at the end, `PhotoReport` go.
    """

    def __init__(self, post: Callable[[GridEvent], None]) -> None:
        self._post = post
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self, enrolment: PhotoEnrolment, paths: Sequence[Path], *, name: str | None) -> bool:
        """Begins a run; False when one is under way. Called by one thread only."""
        if self.running:
            return False
        self._cancel = threading.Event()
        self._thread = threading.Thread(
            target=self._run,
            args=(enrolment, tuple(paths), name, self._cancel),
            name="photo-enrolment",
            daemon=True,
        )
        self._thread.start()
        return True

    def cancel(self) -> None:
        """Ends the run after the picture at hand; what is in stays in. Any thread may call."""
        self._cancel.set()

    def join(self, timeout_s: float) -> bool:
        """Waits for the end of the run; True when there is none any more."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return not self.running

    def _run(
        self,
        enrolment: PhotoEnrolment,
        paths: Sequence[Path],
        name: str | None,
        cancel: threading.Event,
    ) -> None:
        try:
            report = enrolment.run(paths, self._tell, cancel, name=name)
        except (FolderUnusable, GalleryFileError) as error:
            report = PhotoReport((), problem=str(error))
        except OSError as error:
            report = PhotoReport((), problem=f"The data folder cannot be written: {error}.")
        except Exception as error:  # noqa: BLE001 - a thread's top
            self._post(Fault("Enrolment from photos stopped by an unexpected error.", repr(error)))
            report = PhotoReport((), problem="It stopped by an unexpected error; see the log.")
        self._post(report)

    def _tell(self, progress: PhotoProgress) -> None:
        self._post(progress)
