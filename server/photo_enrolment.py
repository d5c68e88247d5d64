"""Enrolment from photos: every file is in, refused with its reason, there already, or failed.

Idempotent by content: a picture whose hash is in the gallery or among the refused ones is not
looked at again, so an interrupted run is started again without doing work twice. People are kept
after every few pictures, which bounds both what a crash costs and the memory.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np

from biometrics.faces import Encoding
from biometrics.gallery import GalleryRefused, Person, unit_length
from biometrics.quality_modes import LIMITS, STANDARD, QualityMode
from biometrics.variety import variety
from desktop.logs import log_event
from protocol.text import printable
from server.events import PhotoProgress, PhotoReport, PhotoResult, PhotoRow
from server.grounds import note_at_known
from server.new_samples import NewSample
from server.people import PeopleService
from server.photo_ledger import RefusedPhotos
from server.photo_scan import PhotoFile, scan_all
from server.photo_workers import Looked, PhotoVision, PhotoWorkers
from server.pictures import thumbnail
from server.stored_person import PersonInvalid, Primitive

_LOG = logging.getLogger(__name__)

WORKERS = 2
# Pictures of one person that are kept together. Four take about a second: what a crash costs.
BATCH = 4
_KNOWN = (
    "This face is enrolled as {name}: put the picture into that folder. If it is another person "
    "who looks alike, enrol at a checkpoint and give the reason there, or here with "
    "--although-known REASON."
)
_FOREIGN = (
    "Another face than this person's other pictures. Give it a folder of its own, or take a new "
    "picture."
)


class PhotoEnrolment:
    """Enrols the pictures of folders. One run at a time.

    Args:
        people: Where people go.
        refused: What was refused before.
        vision_factory: Makes the vision of one worker; called in the worker's thread. With an
            encoder in a process of its own, the workers keep as many cores busy.
        workers: How many look at pictures at once.
        consent: On what ground people are enrolled (`server.grounds.stated`); noted at each, and at
            those of whom nothing was noted although their pictures are in already.
        quality: How good a picture has to be.
        although_known: Why faces that are enrolled already go in under another name; empty where
            they do not.
    """

    def __init__(
        self,
        people: PeopleService,
        refused: RefusedPhotos,
        vision_factory: Callable[[], PhotoVision],
        *,
        consent: Mapping[str, Primitive],
        workers: int = WORKERS,
        quality: QualityMode = STANDARD,
        although_known: str = "",
    ) -> None:
        self._consent = consent
        self._although_known = " ".join(although_known.split())
        self._limits = LIMITS[quality].photo
        self._people = people
        self._refused = refused
        self._vision_factory = vision_factory
        self._workers = workers

    def run(
        self,
        paths: Path | Sequence[Path],
        progress: Callable[[PhotoProgress], None] = lambda _progress: None,
        cancel: threading.Event | None = None,
        *,
        name: str | None = None,
    ) -> PhotoReport:
        """Goes through every file and returns the report.

        Args:
            paths: Folders `NAME/*.jpg` and `NAME.jpg`, or pictures.
            progress: Called after every few pictures, in this thread.
            cancel: When set, the pictures at hand are finished and the rest is left.
            name: When given, all pictures are this person's.

        Raises:
            FolderUnusable: Raised when there is nothing to enrol from.
            GalleryFileError: Raised when a person cannot be kept, e.g. on a full disk.
            OSError: Raised when a refusal cannot be kept.
        """
        started_s = time.monotonic()
        cancel = cancel or threading.Event()
        files = scan_all([paths] if isinstance(paths, Path) else paths, name=name)
        rows: dict[int, PhotoRow] = {}
        numbers = {id(file): number for number, file in enumerate(files)}
        with PhotoWorkers(
            self._vision_factory,
            lambda sha256: self._people.owner_of(sha256) is not None,
            self._refused.reason,
            workers=self._workers,
            limits=self._limits,
        ) as workers:
            for found in workers.look_at(_batches(files), cancel):
                kept = self._keep(found)
                rows.update((numbers[id(row[0])], row[1]) for row in kept)
                if found:
                    progress(_progress(len(rows), len(files), found[-1].file, started_s))
        note_at_known(rows.values(), self._people, self._consent)
        self._say_variety(rows)
        return PhotoReport(
            rows=tuple(rows[number] for number in sorted(rows)),
            cancelled=len(rows) < len(files),
            elapsed_s=time.monotonic() - started_s,
        )

    def _say_variety(self, rows: dict[int, PhotoRow]) -> None:
        """With the last picture that went in of each person: what their samples show."""
        last = {row.person: number for number, row in sorted(rows.items()) if row.result == "in"}
        for name, number in last.items():
            person = self._people.find(name)
            if person is not None:
                said = variety([each.quality.get("yaw") for each in person.templates])
                reason = f"{rows[number].reason} {said}".strip()
                rows[number] = replace(rows[number], reason=reason)

    def _keep(self, found: list[Looked]) -> list[tuple[PhotoFile, PhotoRow]]:
        """Puts a batch's samples in; only what is on the disk is reported as in."""
        rows: list[tuple[PhotoFile, PhotoRow]] = []
        fresh: dict[str, Looked] = {}
        for looked in found:
            if looked.sample is None:
                rows.append((looked.file, self._row_without_sample(looked)))
            elif looked.sha256 in fresh or self._people.owner_of(looked.sha256) is not None:
                rows.append((looked.file, self._already(looked)))
            else:
                fresh[looked.sha256] = looked
        if fresh:
            own, foreign = self._by_face(list(fresh.values()))
            rows += [(looked.file, _row(looked.file, "refused", _FOREIGN)) for looked in foreign]
            own, known = self._by_name(own)
            rows += [(looked.file, _row(looked.file, "refused", why)) for looked, why in known]
            if own:
                rows += self._put_in(own)
        return rows

    def _by_name(self, batch: list[Looked]) -> tuple[list[Looked], list[tuple[Looked, str]]]:
        """Those that may go in, and those whose face is enrolled under another name.

        One such picture is enough to keep a newcomer out: the others would enrol the same face.
        Not remembered: with a reason given, or the other person gone, they may go in.
        """
        if self._although_known:
            return batch, []
        found = [self._somebody_else(looked) for looked in batch]
        others = ["" if person is None else person.display_name for person in found]
        if not any(others):
            return batch, []
        if self._people.find(batch[0].file.person) is None:
            known = next(name for name in others if name)
            others = [name or known for name in others]
        pairs = list(zip(batch, others, strict=True))
        return (
            [looked for looked, name in pairs if not name],
            [(looked, _KNOWN.format(name=printable(name, 60))) for looked, name in pairs if name],
        )

    def _somebody_else(self, looked: Looked) -> Person | None:
        """Whom else the face is enrolled as, if it is."""
        assert looked.sample is not None
        other = self._people.recognise(looked.sample.encoding)
        if other is None or self._people.same_name(other.display_name, looked.file.person):
            return None
        return other

    def _by_face(self, batch: list[Looked]) -> tuple[list[Looked], list[Looked]]:
        """Those that show one person, and those that show another than the ones before.

        Which face is the person's the first picture decides. A refusal of this kind is not
        remembered: with the first picture dropped, the other one may be right.
        """
        person = self._people.find(batch[0].file.person)
        known = [] if person is None else [each.encoding for each in person.templates]
        own: list[Looked] = []
        foreign: list[Looked] = []
        for looked in batch:
            assert looked.sample is not None
            unit = unit_length(looked.sample.encoding)
            if known and not _one_face(unit, known, self._people.yardstick.samples_agree):
                foreign.append(looked)
                continue
            known.append(unit)
            own.append(looked)
        return own, foreign

    def _put_in(self, batch: list[Looked]) -> list[tuple[PhotoFile, PhotoRow]]:
        first = batch[0]
        assert first.sample is not None
        notes = [self._note(looked) for looked in batch]
        try:
            self._people.add_photos(
                first.file.person,
                [_sample(looked) for looked in batch],
                consent=self._consent,
                picture=thumbnail(first.sample.seen.chip) if self._people.keep_pictures else None,
            )
        except (GalleryRefused, PersonInvalid) as error:
            return [(looked.file, _row(looked.file, "failed", str(error))) for looked in batch]
        return [
            (looked.file, _row(looked.file, "in", note))
            for looked, note in zip(batch, notes, strict=True)
        ]

    def _note(self, looked: Looked) -> str:
        """That the face goes in under a second name, which is logged with the reason for it."""
        other = self._somebody_else(looked) if self._although_known else None
        if other is None:
            return ""
        log_event(
            _LOG,
            "enrolment_override",
            level=logging.WARNING,
            subject=other.subject_id,
            reason=self._although_known,
        )
        return f"Enrolled as {other.display_name} too: {self._although_known.rstrip('.')}."

    def _row_without_sample(self, looked: Looked) -> PhotoRow:
        if looked.failure:
            return _row(looked.file, "failed", looked.failure)
        if not looked.refusal:
            return self._already(looked)
        if looked.fresh:
            self._refused.add(looked.sha256, looked.refusal)
        return _row(looked.file, "refused", looked.refusal)

    def _already(self, looked: Looked) -> PhotoRow:
        owner = self._people.owner_of(looked.sha256)
        if owner is None or self._people.same_name(owner.display_name, looked.file.person):
            return _row(looked.file, "already")
        reason = f"This picture is enrolled as {owner.display_name}."
        return _row(looked.file, "already", reason)


def _one_face(unit: Encoding, known: Sequence[Encoding], within: float) -> bool:
    """Within that distance of one of the samples, or of their mean: the same person's."""
    references = [*known, unit_length(np.mean(known, axis=0))]
    distances = np.linalg.norm(np.asarray(references) - unit, axis=1)
    return bool(distances.min() <= within)


def _batches(files: Sequence[PhotoFile]) -> Iterator[list[PhotoFile]]:
    """A few pictures of one person at a time."""
    for _, group in groupby(files, key=lambda file: file.person):
        of_person = list(group)
        for start in range(0, len(of_person), BATCH):
            yield of_person[start : start + BATCH]


def _sample(looked: Looked) -> NewSample:
    assert looked.sample is not None
    return NewSample(
        encoding=looked.sample.encoding,
        quality=looked.sample.seen.quality.as_dict(),
        source=f"photo {printable(looked.file.path.name, 200)}",
        picture_sha256=looked.sha256,
    )


def _row(file: PhotoFile, result: PhotoResult, reason: str = "") -> PhotoRow:
    return PhotoRow(file.shown, file.person, result, reason)


def _progress(done: int, total: int, last: PhotoFile, started_s: float) -> PhotoProgress:
    elapsed_s = time.monotonic() - started_s
    left_s = elapsed_s / done * (total - done) if done else None
    return PhotoProgress(done, total, left_s, last.person or last.shown)
