"""People in memory, for screenshots and for tests of the window."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from protocol.text import clean_name
from server.events import GalleryChanged, GridEvent

_AGREED_MS = 1_790_000_000_000


@dataclass(frozen=True, slots=True)
class MadeUpPerson:
    """A person without encodings."""

    subject_id: str
    display_name: str
    templates: tuple[int, ...]
    enrolled_at_ms: int


class MadeUpPeople:
    """The people service in memory.

    Args:
        people: Who is enrolled.
        post: Where `GalleryChanged` goes.
    """

    def __init__(self, people: Sequence[MadeUpPerson], post: Callable[[GridEvent], None]) -> None:
        self._people = {person.subject_id: person for person in people}
        self._post = post
        self.pictures: dict[str, bytes] = {}
        self.consents: dict[str, dict[str, Any]] = {}

    def list(self) -> tuple[MadeUpPerson, ...]:
        """Everybody, by name."""
        return tuple(sorted(self._people.values(), key=lambda p: p.display_name.casefold()))

    def rename(self, subject_id: str, display_name: str) -> MadeUpPerson:
        """Gives another name.

        Raises:
            ValueError: Somebody has that name.
        """
        name = clean_name(display_name)
        others = (p for p in self._people.values() if p.subject_id != subject_id)
        if any(p.display_name.casefold() == name.casefold() for p in others):
            raise ValueError(f"Somebody named {name} is enrolled already.")
        self._people[subject_id] = replace(self._people[subject_id], display_name=name)
        self.tell()
        return self._people[subject_id]

    def delete(self, subject_id: str) -> None:
        """Forgets a person."""
        del self._people[subject_id]
        self.tell()

    def picture(self, subject_id: str) -> bytes | None:
        """The picture, when one was put into `pictures`."""
        return self.pictures.get(subject_id)

    def forget_pictures(self) -> int:
        """Takes every picture away."""
        count = len(self.pictures)
        self.pictures.clear()
        return count

    def consent(self, subject_id: str) -> Mapping[str, Any] | None:
        """Half of them agreed at a checkpoint."""
        noted = self.consents.get(subject_id)
        agreed = {"at_ms": _AGREED_MS, "checkpoint_name": "Lobby gate"}
        return noted or (agreed if int(subject_id, 16) % 2 else None)

    def without_consent(self) -> frozenset[str]:
        """The other half, but for those of whom it was noted."""
        return frozenset(one for one in self._people if self.consent(one) is None)

    def note_consent(self, subject_id: str, consent: Mapping[str, Any]) -> MadeUpPerson:
        """Keeps it in `consents`."""
        self.consents[subject_id] = dict(consent)
        return self._people[subject_id]

    def tell(self) -> None:
        """Posts how many there are."""
        samples = sum(len(person.templates) for person in self._people.values())
        self._post(GalleryChanged(len(self._people), samples))


def portrait() -> bytes:
    """A drawn head as JPEG, not a photograph of anybody."""
    from PIL import Image, ImageDraw  # late: the window is painted before it is needed

    draw = ImageDraw.Draw(image := Image.new("RGB", (150, 150), "#8aa1b5"))
    draw.ellipse((45, 25, 105, 95), fill="#e5c7a9")
    draw.ellipse((20, 100, 130, 210), fill="#3f5871")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
