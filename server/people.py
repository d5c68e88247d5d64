"""The people service: who is enrolled, in the gallery's files and in the snapshot that is searched.

Any thread may call. Readers take the snapshot by one attribute read; writers wait for each other,
write the person's file first and swap the snapshot by one assignment afterwards, so that what is
found is what is stored.
"""

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from biometrics.faces import Encoding
from biometrics.gallery import Gallery, GalleryRefused, Person
from biometrics.identify import Identified, Policy, identify
from biometrics.yardstick import DLIB, Yardstick
from protocol.text import clean_name
from server.events import GalleryChanged, GridEvent
from server.gallery_files import GalleryFiles, SetAside
from server.grounds import latest_consent
from server.new_samples import NewSample, templates_of
from server.person_index import PersonIndex, name_key
from server.pictures import PictureFolder
from server.stored_person import Primitive, StoredPerson


class PersonUnknown(Exception):  # noqa: N818 - named for what happened
    """Raised when nobody with this subject id is enrolled, e.g. deleted a moment ago."""

    def __init__(self) -> None:
        super().__init__("This person is not enrolled any more.")


class NameTaken(Exception):  # noqa: N818 - named for what happened
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
        yardstick: What that encoder's numbers mean.
        keep_pictures: Says whether pictures may be kept.
        deleting: Told who is about to be deleted.
        post: Where `GalleryChanged` goes.
        now_ms: The server's clock, ms since the epoch, UTC.
    """

    def __init__(
        self,
        files: GalleryFiles,
        pictures: PictureFolder,
        encoder: str,
        *,
        yardstick: Yardstick = DLIB,
        keep_pictures: Callable[[], bool] = lambda: False,
        deleting: Callable[[StoredPerson], None] = lambda _stored: None,
        post: Callable[[GridEvent], None] = lambda _event: None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._files = files
        self._pictures = pictures
        self._encoder = encoder
        self.yardstick = yardstick
        self.alarms: tuple[str, ...] = ()
        self._elsewhere: dict[str, StoredPerson] = {}
        self._keep_pictures = keep_pictures
        self._deleting = deleting
        self._post = post
        self._now_ms = now_ms
        self._policy: Callable[[Gallery], Policy] = lambda _gallery: yardstick.enrolled_already
        self._writing = threading.RLock()
        # Guarded by _writing; the gallery alone is read without it.
        self._index = PersonIndex()
        self._gallery = Gallery.of((), encoder)

    def load(self) -> tuple[SetAside, ...]:
        """Reads the gallery's files; returns those that could not be used, with why.

        People enrolled with another encoder are not among them: their files are in order, stay
        where they are, and are searched again when that encoder is back; see `elsewhere`.
        Pictures that may not be kept (any more) are deleted. What the list of people has to say
        besides stands in `alarms`, as sentences.
        """
        loaded = self._files.load()
        self.alarms = loaded.alarms
        left_out: list[SetAside] = []
        with self._writing:
            self._index.clear()
            people: list[Person] = []
            self._elsewhere.clear()
            for stored in loaded.people:
                if stored.encoder != self._encoder:
                    self._elsewhere[stored.subject_id] = stored
                    continue
                try:
                    person = self._searchable(stored)
                except GalleryRefused as error:
                    left_out.append(SetAside(Path(f"{stored.subject_id}.pkl"), str(error)))
                    continue
                self._index.put(stored)
                people.append(person)
            self._gallery = Gallery.of(people, self._encoder)
            self._tell()
        # What a crash left between the setting and the deletion; what cannot go now, goes later.
        with contextlib.suppress(OSError):
            self.forget_pictures()
        return (*loaded.set_aside, *left_out)

    @property
    def gallery(self) -> Gallery:
        """The snapshot to search; it never changes, a later one replaces it."""
        return self._gallery

    @property
    def encoder(self) -> str:
        """Fingerprint of the encoder whose templates are in the gallery."""
        return self._encoder

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """Names of people enrolled with another encoder and not with this one, in order."""
        with self._writing:
            everybody = {one.display_name for one in self._elsewhere.values()}
            names = {name for name in everybody if not self.find(name)}
        return tuple(sorted(names, key=name_key))

    @property
    def keep_pictures(self) -> bool:
        """Whether the administrator allows small pictures to be kept."""
        return self._keep_pictures()

    def list(self) -> tuple[Person, ...]:
        """Everybody enrolled, by name."""
        return tuple(sorted(self._gallery.people, key=lambda person: name_key(person.display_name)))

    def stored(self) -> tuple[StoredPerson, ...]:
        """Everybody enrolled, as kept in the files; for exports."""
        with self._writing:
            return self._index.everybody()

    def kept(self) -> tuple[StoredPerson, ...]:
        """All of whom something is kept: with those that were enrolled with another encoder."""
        with self._writing:
            return (*self._index.everybody(), *self._elsewhere.values())

    def consent(self, subject_id: str) -> Mapping[str, Primitive] | None:
        """What the person agreed to, when and where; None when nothing was noted."""
        with self._writing:
            stored = self._index.get(subject_id)
            return None if stored is None else stored.consent

    def without_consent(self) -> frozenset[str]:
        """The ids of people of whom nothing was noted."""
        with self._writing:
            everybody = self._index.everybody()
        return frozenset(one.subject_id for one in everybody if one.consent is None)

    def find(self, display_name: str) -> Person | None:
        """The person of this name, upper and lower case alike."""
        with self._writing:
            subject_id = self._index.of_name(display_name)
            return None if subject_id is None else self._gallery.get(subject_id)

    def owner_of(self, picture_sha256: str) -> Person | None:
        """The person whom a picture of this content was enrolled for."""
        with self._writing:
            subject_id = self._index.of_picture(picture_sha256)
            return None if subject_id is None else self._gallery.get(subject_id)

    def enrolled_by(self, enrolment_id: str) -> tuple[Person, str] | None:
        """The person an enrolment made or added to, and the start of its content's hash."""
        with self._writing:
            subject_id, mark = self._index.of_enrolment(enrolment_id) or ("", "")
            person = self._gallery.get(subject_id)
            return None if person is None else (person, mark)

    def use(self, policy: Callable[[Gallery], Policy]) -> None:
        """From now on recognises by this."""
        self._policy = policy

    def recognise(self, encoding: Encoding) -> Person | None:
        """Who this is by the policy in force; None when nobody or not surely."""
        gallery = self._gallery
        found = identify(encoding, gallery, self._policy(gallery))
        return gallery.get(found.candidate.subject_id) if isinstance(found, Identified) else None

    def same_name(self, one: str, other: str) -> bool:
        """Whether two names count as the same."""
        return name_key(one) == name_key(other)

    def add(
        self,
        display_name: str,
        samples: Sequence[NewSample],
        *,
        consent: Mapping[str, Primitive] | None = None,
        picture: bytes | None = None,
    ) -> Person:
        """Enrols a new person.

        Raises:
            NameInvalid: Raised when the name cannot be used.
            NameTaken: Raised when somebody of that name is enrolled.
            GalleryRefused: Raised when a sample cannot be searched, or there is none.
            GalleryFileError: Raised when the person cannot be written; then nothing has changed.
        """
        name = clean_name(display_name)
        with self._writing:
            namesake = self.find(name)
            if namesake is not None:
                raise NameTaken(namesake)
            stored = StoredPerson(
                subject_id=uuid.uuid4().hex,
                display_name=name,
                enrolled_at_ms=self._now_ms(),
                consent=None if consent is None else dict(consent),
                encoder=self._encoder,
                templates=templates_of(samples, self._now_ms()),
            )
            person = self._put(stored)
            self._keep_picture(person.subject_id, picture)
            return person

    def add_samples(
        self,
        subject_id: str,
        samples: Sequence[NewSample],
        *,
        consent: Mapping[str, Primitive] | None = None,
    ) -> Person:
        """Adds samples to somebody who is enrolled; `consent` is the newest of its kind.

        Raises:
            PersonUnknown: Raised when nobody has this id.
            GalleryRefused: As `add`.
            GalleryFileError: As `add`.
        """
        with self._writing:
            stored = self._known(subject_id)
            return self._put(
                replace(
                    stored,
                    templates=(*stored.templates, *templates_of(samples, self._now_ms())),
                    consent=latest_consent(stored.consent, consent),
                )
            )

    def add_photos(
        self,
        display_name: str,
        samples: Sequence[NewSample],
        *,
        consent: Mapping[str, Primitive] | None = None,
        picture: bytes | None = None,
    ) -> Person:
        """Adds samples to the person of this name, who is enrolled when there is none.

        Raises:
            NameInvalid: As `add`.
            GalleryRefused: As `add`.
            GalleryFileError: As `add`.
        """
        with self._writing:
            person = self.find(display_name)
            if person is None:
                return self.add(display_name, samples, consent=consent, picture=picture)
            return self.add_samples(person.subject_id, samples, consent=consent)

    def note_consent(self, subject_id: str, consent: Mapping[str, Primitive]) -> Person:
        """Notes afterwards on what ground somebody is enrolled.

        Raises:
            PersonUnknown: Raised when nobody has this id.
            GalleryFileError: As `add`.
        """
        with self._writing:
            stored = self._known(subject_id)
            return self._put(replace(stored, consent=latest_consent(stored.consent, consent)))

    def rename(self, subject_id: str, display_name: str) -> Person:
        """Gives a person another name; events of the past keep the old one.

        Raises:
            PersonUnknown: Raised when nobody has this id.
            NameInvalid: Raised when the name cannot be used.
            NameTaken: Raised when somebody else has it.
            GalleryFileError: As `add`.
        """
        name = clean_name(display_name)
        with self._writing:
            stored = self._known(subject_id)
            namesake = self.find(name)
            if namesake is not None and namesake.subject_id != subject_id:
                raise NameTaken(namesake)
            return self._put(replace(stored, display_name=name))

    def delete(self, subject_id: str) -> None:
        """Forgets a person: templates, picture and name; events of the past keep the name.

        What was enrolled under that name with another encoder goes too.

        Raises:
            PersonUnknown: Raised when nobody has this id.
            GalleryFileError: Raised when the file cannot be removed; then nothing has changed.
        """
        with self._writing:
            self._deleting(self._known(subject_id))
            self.erased(subject_id)

    def erased(self, subject_id: str) -> tuple[tuple[str, ...], int]:
        """As `delete`, for somebody who may be gone already.

        Returns:
            The ids of the files removed, and how many samples the person had.

        Raises:
            GalleryFileError: As `delete`.
        """
        with self._writing:
            stored = self._index.get(subject_id)
            if stored is None:
                self._files.delete(subject_id)
                gone = self._elsewhere.pop(subject_id, None)
                return ((), 0) if gone is None else ((subject_id,), len(gone.templates))
            name, elsewhere = name_key(stored.display_name), self._elsewhere.items()
            others = [one for one, theirs in elsewhere if name_key(theirs.display_name) == name]
            for other in others:
                self._files.delete(other)
                self._pictures.delete(other)
                del self._elsewhere[other]
            self._files.delete(subject_id)
            self._pictures.delete(subject_id)
            self._index.drop(subject_id)
            self._gallery = self._gallery.without(subject_id)
            self._tell()
            return (subject_id, *others), len(stored.templates)

    def picture(self, subject_id: str) -> bytes | None:
        """The person's small picture as JPEG; None when none is kept."""
        return self._pictures.read(subject_id)

    def forget_pictures(self) -> int:
        """Deletes every kept picture unless pictures may be kept; returns how many there were.

        Raises:
            OSError: Raised when one cannot be deleted; others may be gone.
        """
        with self._writing:
            return 0 if self._keep_pictures() else self._pictures.delete_all()

    # From here on with the lock held.

    def _searchable(self, stored: StoredPerson) -> Person:
        """The person as the gallery takes them, refused before the whole gallery would be."""
        person = stored.to_person()
        numbers = len(person.fused())
        if numbers != self.yardstick.dimensions:
            raise GalleryRefused(
                f"Its templates have {numbers} numbers, this face model's have "
                f"{self.yardstick.dimensions}."
            )
        return person

    def _known(self, subject_id: str) -> StoredPerson:
        stored = self._index.get(subject_id)
        if stored is None:
            raise PersonUnknown
        return stored

    def _put(self, stored: StoredPerson) -> Person:
        """Makes the new snapshot (which checks it), writes the file, and only then swaps."""
        person = stored.to_person()
        gallery = self._gallery.with_person(person)
        self._files.write(stored)
        self._index.put(stored)
        self._gallery = gallery
        self._tell()
        return person

    def _keep_picture(self, subject_id: str, picture: bytes | None) -> None:
        if picture is not None and self._keep_pictures():
            self._pictures.write(subject_id, picture)

    def _tell(self) -> None:
        gallery = self._gallery
        self._post(GalleryChanged(len(gallery), gallery.samples, self.elsewhere))
