"""Copies of the gallery for checkpoints: what changed since a version, page by page.

Versions count changes since the server began to listen; a copy of before is made anew. A checkpoint
is given what a search needs: names, one fused template a person, the policy; no strangers.
"""

import base64
import bisect
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from biometrics.gallery import Gallery
from biometrics.policy import Policy
from biometrics.templates import Person
from protocol.copies import MAX_PEOPLE, MAX_REMOVED, PAGE_BYTES, CopiedPerson, CopiedPolicy
from protocol.messages import GalleryChanges, GalleryPage
from server.erasure import Erasure
from server.people import PeopleService
from server.settings import ServerSettings

_BESIDE_BYTES = 160
"""Of a person in a page, beside template and name: keys, quotes, the id."""
_LETTER_BYTES = 12
"""Of a letter of a name, at most: two escapes of JSON."""


@dataclass(frozen=True, slots=True)
class _Change:
    """The newest change to a person; `person` is None for one who is not enrolled any more."""

    version: int
    person: Person | None


class Replica:
    """Knows in which order the people changed. Any thread may call.

    Args:
        gallery: Gives the snapshot of this moment.
        policy: Gives the policy that copies decide by.
        settings: Those of this moment; `offline_hours` 0 gives nobody a copy.
        erased: Subject ids of people who were erased for good.
        now_ms: The server's clock.
    """

    def __init__(
        self,
        gallery: Callable[[], Gallery],
        policy: Callable[[Gallery], Policy],
        settings: Callable[[], ServerSettings],
        *,
        erased: Iterable[str] = (),
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._gallery = gallery
        self._policy = policy
        self._settings = settings
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._epoch = uuid.uuid4().hex
        self._seen: Gallery | None = None
        self._changes: dict[str, _Change] = {}
        self._order: list[tuple[int, str]] = []  # with changes that newer ones overtook
        self._version = 0
        self._erased: set[str] = set()
        for subject_id in erased:
            self.erase(subject_id)

    def erase(self, subject_id: str) -> None:
        """From now on tells every checkpoint to keep nothing of a person."""
        with self._lock:
            self._erased.add(subject_id)
            self._note(subject_id, None)

    def page(self, request: GalleryChanges) -> GalleryPage:
        """What a copy of that version lacks, as much as fits a page."""
        if not self._settings().offline_hours:
            return self._reply(request, 0)
        gallery = self._gallery()
        with self._lock:
            self._look(gallery)
            since = request.since if request.epoch == self._epoch else 0
            people, removed, version = self._after(since)
            more = version < self._version
        policy = None if more else copied_policy(self._policy(gallery))
        return self._reply(
            request, version, people=people, removed=removed, policy=policy, more=more
        )

    def _reply(
        self,
        request: GalleryChanges,
        version: int,
        *,
        people: tuple[CopiedPerson, ...] = (),
        removed: tuple[str, ...] = (),
        policy: CopiedPolicy | None = None,
        more: bool = False,
    ) -> GalleryPage:
        settings = self._settings()
        return GalleryPage(
            re=request.id,
            epoch=self._epoch,
            version=version,
            more=more,
            offline_hours=settings.offline_hours,
            server_time_ms=self._now_ms(),
            people=people,
            removed=removed,
            erased=tuple(subject_id for subject_id in removed if subject_id in self._erased),
            liveness=settings.liveness,
            policy=policy,
        )

    def _look(self, gallery: Gallery) -> None:
        """Notes what is another in this snapshot."""
        if gallery is self._seen:
            return
        self._seen = gallery
        people = {person.subject_id: person for person in gallery.people}
        for subject_id, change in list(self._changes.items()):
            if subject_id not in people and change.person is not None:
                self._note(subject_id, None)
        for subject_id, person in people.items():
            known = self._changes.get(subject_id)
            if known is None or known.person is not person:
                self._note(subject_id, person)
        if len(self._order) > 2 * len(self._changes) + MAX_PEOPLE:
            self._order = sorted((change.version, key) for key, change in self._changes.items())

    def _note(self, subject_id: str, person: Person | None) -> None:
        self._version += 1
        self._changes[subject_id] = _Change(self._version, person)
        self._order.append((self._version, subject_id))

    def _after(self, since: int) -> tuple[tuple[CopiedPerson, ...], tuple[str, ...], int]:
        """Changes after a version that fit one page, and the version they lead to."""
        people: list[CopiedPerson] = []
        removed: list[str] = []
        room, version = PAGE_BYTES, since
        for number, subject_id in self._order[bisect.bisect_right(self._order, (since, "~")) :]:
            change = self._changes[subject_id]
            if change.version == number:
                full = len(people) == MAX_PEOPLE or len(removed) == MAX_REMOVED
                if full or room < 0:
                    return tuple(people), tuple(removed), version
                if change.person is None:
                    removed.append(subject_id)
                    room -= len(subject_id) + 4
                else:
                    copied = copied_person(change.person)
                    people.append(copied)
                    room -= len(copied.template) + _LETTER_BYTES * len(copied.display_name)
                    room -= _BESIDE_BYTES
            version = number
        return tuple(people), tuple(removed), max(version, self._version)


class Data(Protocol):
    """What copies are made of (`server.open_data.OpenData`)."""

    people: PeopleService
    erasure: Erasure


def replica_of(
    data: Data, policy: Callable[[Gallery], Policy], settings: Callable[[], ServerSettings]
) -> Replica:
    """The replica of a server's data, which hears of who is erased, and knows who was."""
    receipts, _broken = data.erasure.receipts.all()
    replica = Replica(
        lambda: data.people.gallery,
        policy,
        settings,
        erased=[receipt.subject_id for receipt in receipts],
    )
    # One at a time: the replica of an earlier start must not be kept alive by this list.
    listeners = data.erasure.listeners
    others = [each for each in listeners if not isinstance(getattr(each, "__self__", 0), Replica)]
    listeners[:] = [*others, replica.erase]
    return replica


def copied_person(person: Person) -> CopiedPerson:
    """What a search needs of somebody."""
    return CopiedPerson(
        subject_id=person.subject_id,
        display_name=person.display_name,
        template=_packed(person.fused().astype("<f4")),
        samples=min(len(person.templates), 2),
    )


def copied_policy(policy: Policy) -> CopiedPolicy:
    """The numbers of a policy. A cohort's strangers stay here."""
    cohort = policy.cohort
    middle = policy.middle
    return CopiedPolicy(
        threshold=policy.threshold,
        margin=policy.margin,
        one_sample_allowance=policy.one_sample_allowance,
        min_off_centre=policy.min_off_centre,
        min_off_other=policy.min_off_other,
        least_own_part=policy.least_own_part,
        min_off_middle=policy.min_off_middle,
        farthest=policy.farthest,
        withheld=policy.withheld,
        middle=None if middle is None else _packed(np.asarray(middle, dtype="<f8")),
        nearest=0 if cohort is None else cohort.nearest,
        weight=0.0 if cohort is None else cohort.weight,
        usual=0.0 if cohort is None else cohort.usual,
    )


def _packed(row: "np.ndarray[tuple[int, ...], np.dtype[np.floating]]") -> str:
    return base64.b64encode(row.tobytes()).decode("ascii")
