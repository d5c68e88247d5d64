"""The people service: who is enrolled, in the gallery's files and in the snapshot that is searched.

Any thread may call. Readers take the snapshot by one attribute read; writers wait for each other,
write the person's file first and swap the snapshot by one assignment afterwards, so that what is
found is what is stored.
"""

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from biometrics.gallery import Gallery, Person, Template
from desktop.files import write_atomically
from protocol.text import clean_name
from server.events import GalleryChanged, GridEvent
from server.gallery_files import GalleryFiles, SetAside
from server.stored_person import StoredPerson

MAX_PICTURE_BYTES = 64 * 1024


class PersonUnknown(Exception):
    """Raised when nobody with this subject id is enrolled, e.g. deleted a moment ago."""

    def __init__(self) -> None:
        super().__init__("This person is not enrolled any more.")


class NameTaken(Exception):
    """Raised when somebody of the same name (upper and lower case alike) is enrolled."""

    def __init__(self, person: Person) -> None:
        self.person = person
        super().__init__(
            f"Somebody named {person.display_name} is enrolled already. "
            "Add something that tells the two apart, or add the samples to that person."
        )


class PeopleService:
    """Adds, renames and deletes people, and owns the gallery snapshot.

    Args:
        files: One file a person.
        pictures: The folder of small pictures.
        encoder: Fingerprint of the encoder that this server searches with.
        keep_pictures: Whether pictures may be kept.
        post: Where `GalleryChanged` goes.
    """

    def __init__(
        self,
        files: GalleryFiles,
        pictures: Path,
        encoder: str,
        *,
        keep_pictures: bool = False,
        post: Callable[[GridEvent], None] = lambda _event: None,
    ) -> None:
        self._files = files
        self._pictures = pictures
        self._encoder = encoder
        self._keep_pictures = keep_pictures
        self._post = post
        self._writing = threading.RLock()
        self._stored: dict[str, StoredPerson] = {}
        self._names: dict[str, str] = {}
        self._gallery = Gallery.of((), encoder)

    @property
    def gallery(self) -> Gallery:
        """The snapshot to search; it never changes, a later one replaces it."""
        return self._gallery

    @property
    def encoder(self) -> str:
        """Fingerprint of the encoder whose templates are in the gallery."""
        return self._encoder

    def list(self) -> tuple[Person, ...]:
        """Everybody enrolled, by name."""
        return tuple(sorted(self._gallery.people, key=lambda person: _key(person.display_name)))

    def find(self, display_name: str) -> Person | None:
        """The person of this name, upper and lower case alike."""
        with self._writing:
            subject_id = self._names.get(_key(display_name))
            return None if subject_id is None else self._gallery.get(subject_id)
