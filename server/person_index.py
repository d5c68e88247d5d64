"""Finds stored people by id, by name, by the picture they came from, and by their enrolment."""

import uuid
from collections.abc import Callable

from server.stored_person import StoredPerson


def name_key(name: str) -> str:
    """What makes two clean names the same: upper and lower case do not count."""
    return name.casefold()


class PersonIndex:
    """Everybody stored. Not locked: its owner holds a lock.

    Args:
        key: Makes the key of a name.
    """

    def __init__(self, key: Callable[[str], str] = name_key) -> None:
        self._key = key
        self._stored: dict[str, StoredPerson] = {}
        self._by_name: dict[str, str] = {}
        self._by_picture: dict[str, str] = {}
        self._by_enrolment: dict[str, tuple[str, str]] = {}

    def clear(self) -> None:
        """Forgets everybody."""
        for table in (self._stored, self._by_name, self._by_picture, self._by_enrolment):
            table.clear()

    def everybody(self) -> tuple[StoredPerson, ...]:
        """All, in the order they came."""
        return tuple(self._stored.values())

    def get(self, subject_id: str) -> StoredPerson | None:
        """The person of that id."""
        return self._stored.get(subject_id)

    def of_name(self, display_name: str) -> str | None:
        """The id of the person of that name."""
        return self._by_name.get(self._key(display_name))

    def of_picture(self, sha256: str) -> str | None:
        """The id of the person whom a picture of this content was enrolled for."""
        return self._by_picture.get(sha256)

    def of_enrolment(self, enrolment_id: str) -> tuple[str, str] | None:
        """The id of the person of an enrolment, and the start of its content's hash."""
        return self._by_enrolment.get(enrolment_id)

    def put(self, stored: StoredPerson) -> None:
        """Adds a person, or replaces the one of the same id."""
        self.drop(stored.subject_id)
        subject_id = stored.subject_id
        self._stored[subject_id] = stored
        # Two files of one name (copied by hand) are both searched; the first has the name.
        self._by_name.setdefault(self._key(stored.display_name), subject_id)
        for template in stored.templates:
            if template.picture_sha256 is not None:
                self._by_picture.setdefault(template.picture_sha256, subject_id)
            enrolment_id, mark = enrolment_in(template.sample_id)
            if mark:
                self._by_enrolment[enrolment_id] = (subject_id, mark)

    def drop(self, subject_id: str) -> None:
        """Forgets a person; does nothing when there is none."""
        stored = self._stored.pop(subject_id, None)
        if stored is None:
            return
        key = self._key(stored.display_name)
        if self._by_name.get(key) == subject_id:
            del self._by_name[key]
        for template in stored.templates:
            sha256 = template.picture_sha256
            if sha256 is not None and self._by_picture.get(sha256) == subject_id:
                del self._by_picture[sha256]
            self._by_enrolment.pop(enrolment_in(template.sample_id)[0], None)


def sample_id_of(enrolment_id: str, content: str, number: int) -> str:
    """Opaque; that of a sample of an enrolment carries its id and its content's mark."""
    if not enrolment_id:
        return uuid.uuid4().hex
    return f"{enrolment_id}.{content[:16]}.{number}"


def enrolment_in(sample_id: str) -> tuple[str, str]:
    """The enrolment's id and the mark that `sample_id_of` put in; the mark is "" without one."""
    enrolment_id, _, rest = sample_id.partition(".")
    return enrolment_id, rest.partition(".")[0]
