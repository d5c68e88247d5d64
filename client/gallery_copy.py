"""A copy of the gallery in one sealed file, kept up to date by pages of changes.

For the link thread. What is incomplete is never searched: pages are gathered beside the copy in use
and take its place with the last one. A thread of its own makes it ready to be searched and writes
it down: a second of work for 10,000 people, during which nobody shall wait.
"""

import base64
import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from biometrics.gallery import Gallery
from biometrics.policy import Cohort, Policy
from biometrics.templates import GalleryRefused, Person, Template
from desktop.files import write_atomically
from desktop.logs import log_event
from protocol.copies import CopiedPerson, CopiedPolicy
from protocol.errors import ProtocolError
from protocol.messages import GalleryPage
from security.sealing import SealBroken, Sealer, derive

log = logging.getLogger(__name__)

_VERSION = 1
_ABOUT = b"gallery copy"


@dataclass(frozen=True, slots=True)
class _Held:
    """A complete copy, or one that is being gathered (then without a policy)."""

    epoch: str
    version: int
    encoder: str
    people: dict[str, CopiedPerson] = field(default_factory=dict)
    hours: int = 0
    liveness: str = "active"
    policy: CopiedPolicy | None = None


class GalleryCopy:
    """The copy in use, and the pages that are coming in.

    Args:
        path: The file. One that cannot be unsealed is deleted: it can be had again.
        key: 32 bytes.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._sealer = Sealer(derive(key, "gallery copy"))
        self._coming: _Held | None = None
        self._ready: tuple[_Held, Gallery] | None = None
        self._saving: threading.Thread | None = None
        self._unsaved = False
        self._held = self._load()

    @property
    def version(self) -> int:
        """Of the copy in use; 0 without one."""
        return 0 if self._held is None else self._held.version

    @property
    def hours(self) -> int:
        """How long it may decide without the server; 0 without a copy."""
        return 0 if self._held is None else self._held.hours

    @property
    def liveness(self) -> str:
        """What the server demanded when it was last asked."""
        return "active" if self._held is None else self._held.liveness

    @property
    def people(self) -> int:
        """How many are in the copy in use."""
        return 0 if self._held is None else len(self._held.people)

    def position(self, encoder: str) -> tuple[str | None, int]:
        """Epoch and version to go on from, for a checkpoint with this encoder."""
        for held in (self._coming, self._held):
            if held is not None and held.encoder == encoder:
                return held.epoch, held.version
        return None, 0

    def take(self, page: GalleryPage, encoder: str) -> bool:
        """Takes a page over; True when the copy is complete with it."""
        if not page.offline_hours:
            self.destroy("the server does not allow it")
            return True
        epoch, version = self.position(encoder)
        held = self._held
        if page.epoch != epoch:
            people: dict[str, CopiedPerson] = {}
        elif self._coming is not None:
            people = self._coming.people
        elif held is not None and page.version == version and not page.more:
            return self._renew(held, page)
        else:
            people = dict(held.people) if held is not None else {}
        for person in page.people:
            people[person.subject_id] = person
        for subject_id in page.removed:
            people.pop(subject_id, None)
        self._coming = _Held(
            page.epoch,
            page.version,
            encoder,
            people,
            page.offline_hours,
            page.liveness,
            page.policy,
        )
        if page.more or page.policy is None:
            return False
        self._held, self._coming = self._coming, None
        self._unsaved = True
        log_event(log, "gallery_copied", people=len(people), version=page.version)
        return True

    def search(self, encoder: str) -> tuple[Gallery, Policy] | None:
        """What to search and by which policy; None without a copy for this encoder."""
        held = self._held
        if held is None or held.policy is None or held.encoder != encoder:
            return None
        try:
            ready = self._ready
            if ready is None or ready[0].people is not held.people:
                ready = self._ready = (held, _gallery(held))
            return ready[1], _policy(held.policy)
        except (GalleryRefused, ValueError) as error:
            log_event(log, "gallery_copy_unusable", level=logging.ERROR, reason=str(error))
            self.destroy("it holds what is no face")
            return None

    def name_of(self, subject_id: str) -> str | None:
        """The name of somebody in the copy in use."""
        person = None if self._held is None else self._held.people.get(subject_id)
        return None if person is None else person.display_name

    def save(self) -> None:
        """Begins to write down a copy that changed; returns at once."""
        if self._unsaved and self._held is not None and not self._busy:
            self._unsaved = False
            self._saving = threading.Thread(
                target=self._save, args=(self._held,), name="gallery-copy", daemon=True
            )
            self._saving.start()

    def close(self) -> None:
        """Writes down what is not yet, and waits for it."""
        self._wait()
        self.save()
        self._wait()

    @property
    def _busy(self) -> bool:
        return self._saving is not None and self._saving.is_alive()

    def _wait(self) -> None:
        if self._saving is not None:
            self._saving.join()

    def _save(self, held: _Held) -> None:
        """In its own thread; where the disk refuses the copy lasts as long as the program."""
        try:
            self._ready = (held, _gallery(held))
            write_atomically(self._path, self._sealer.seal(_to_bytes(held), _ABOUT))
        except (OSError, GalleryRefused, ValueError) as error:
            log_event(log, "gallery_copy_not_saved", level=logging.WARNING, reason=str(error))

    def destroy(self, why: str) -> None:
        """Deletes the copy, on the disk too."""
        if self._held is not None or self._path.exists():
            log_event(log, "gallery_copy_destroyed", reason=why)
        self._wait()  # or it would be written again
        self._held = self._coming = self._ready = None
        self._unsaved = False
        self._path.unlink(missing_ok=True)

    def _renew(self, held: _Held, page: GalleryPage) -> bool:
        """Nobody changed; the policy or the hours may have."""
        renewed = replace(
            held,
            hours=page.offline_hours,
            liveness=page.liveness,
            policy=page.policy or held.policy,
        )
        if renewed != held:
            self._held, self._unsaved = renewed, True
        return True

    def _load(self) -> _Held | None:
        try:
            data = self._path.read_bytes()
        except OSError:
            return None
        try:
            return _from_bytes(self._sealer.unseal(data, _ABOUT))
        except (SealBroken, ValueError, KeyError, TypeError, ProtocolError) as error:
            log_event(log, "gallery_copy_destroyed", level=logging.WARNING, reason=str(error))
            self._path.unlink(missing_ok=True)
            return None


def _to_bytes(held: _Held) -> bytes:
    assert held.policy is not None
    wire = {
        "format": _VERSION,
        "epoch": held.epoch,
        "version": held.version,
        "encoder": held.encoder,
        "hours": held.hours,
        "liveness": held.liveness,
        "policy": held.policy.to_wire(),
        "people": [
            [each.subject_id, each.display_name, each.template, each.samples]
            for each in held.people.values()
        ],
    }
    return json.dumps(wire).encode("utf-8")


def _from_bytes(data: bytes) -> _Held:
    wire = json.loads(data)
    if not isinstance(wire, Mapping) or wire["format"] != _VERSION:
        raise ValueError("of another version")
    people = {
        subject_id: CopiedPerson(
            subject_id=subject_id, display_name=name, template=template, samples=samples
        )
        for subject_id, name, template, samples in wire["people"]
    }
    return _Held(
        str(wire["epoch"]),
        int(wire["version"]),
        str(wire["encoder"]),
        people,
        int(wire["hours"]),
        str(wire["liveness"]),
        CopiedPolicy.from_wire(wire["policy"]),
    )


def _gallery(held: _Held) -> Gallery:
    """The people as they are searched.

    Raises:
        GalleryRefused: A template is no face's.
        ValueError: It is not even a row of numbers.
    """
    people = [_person(each, held.encoder) for each in held.people.values()]
    return Gallery.of(people, held.encoder)


def _person(copied: CopiedPerson, encoder: str) -> Person:
    row = np.frombuffer(base64.b64decode(copied.template, validate=True), dtype="<f4")
    template = Template(
        encoding=row.astype(np.float64), sample_id=copied.subject_id, encoder=encoder
    )
    return Person(
        subject_id=copied.subject_id,
        display_name=copied.display_name,
        templates=(template,) * copied.samples,
    )


def _policy(copied: CopiedPolicy) -> Policy:
    middle: tuple[float, ...] | None = None
    if copied.middle is not None:
        row = np.frombuffer(base64.b64decode(copied.middle, validate=True), dtype="<f8")
        middle = tuple(float(number) for number in row)
    cohort = None
    if copied.nearest:
        cohort = Cohort(nearest=copied.nearest, weight=copied.weight, usual=copied.usual)
    return Policy(
        threshold=copied.threshold,
        margin=copied.margin,
        one_sample_allowance=copied.one_sample_allowance,
        min_off_centre=copied.min_off_centre,
        min_off_other=copied.min_off_other,
        least_own_part=copied.least_own_part,
        middle=middle,
        min_off_middle=copied.min_off_middle,
        cohort=cohort,
        farthest=copied.farthest,
        withheld=copied.withheld,
    )
