"""Enrolment as the server does it, and searches while a large gallery grows."""

import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from biometrics.gallery import Gallery, Person
from biometrics.identify import identify
from server.data_folder import DataFolder
from server.gallery_files import GalleryFiles, Loaded
from server.new_samples import NewSample
from server.people import PeopleService
from server.pictures import PictureFolder
from server.search_codes import CodeKeeper
from server.stored_person import StoredPerson, StoredTemplate
from server.vault import Vault, open_vault

ENCODER = "benchmark"
GROW_A_SECOND = 1_500
"""People added: a million in eleven minutes, ten times what the disk writes."""
GROW_S = 14.0


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Median times until somebody enrolled is found, in ms.

    Attributes:
        people: Enrolled before.
        gallery_ms: The gallery alone: another snapshot.
        whole_ms: The people service: checked, written to the disk, swapped.
        again_ms: The same for one more sample of somebody.
    """

    people: int
    gallery_ms: float
    whole_ms: float
    again_ms: float


@dataclass(frozen=True, slots=True)
class Grown:
    """Searches while many people were added.

    Attributes:
        before: People at the start.
        after: At the end.
        elapsed_s: How long that took.
        blocks: For how many blocks codes were made meanwhile.
        p50_ms: Median verdict.
        longest_ms: Longest verdict.
        longest_enrolment_ms: Longest time to another snapshot.
    """

    before: int
    after: int
    elapsed_s: float
    blocks: int
    p50_ms: float
    longest_ms: float
    longest_enrolment_ms: float


class _ManyFiles(GalleryFiles):
    """A folder that says it holds so many people; whoever is written is written."""

    def __init__(self, folder: Path, vault: Vault, people: Sequence[StoredPerson]) -> None:
        super().__init__(folder, vault)
        self._people = tuple(people)

    def load(self, *, tidy: bool = True) -> Loaded:  # noqa: ARG002 - there is nothing to tidy
        return Loaded(self._people, ())


def enrolment_ms(rows: NDArray[np.float32], newcomers: NDArray[np.float32], size: int) -> Enrolled:
    """Enrols the newcomers one by one where `size` people are enrolled, with these templates."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        vault = open_vault(DataFolder(root), keyring=lambda: None)
        everybody = [_stored(rows[number % len(rows)], number) for number in range(size)]
        people = PeopleService(
            _ManyFiles(root / "known_faces", vault, everybody),
            PictureFolder(root / "pictures", vault),
            ENCODER,
        )
        people.load()
        alone, whole, again = [], [], []
        for number, row in enumerate(newcomers):
            sample, more = (NewSample(encoding=row.astype(np.float64) * 1.4) for _ in range(2))
            started_s = time.perf_counter()
            person = people.add(f"New {number}", [sample])
            whole.append(time.perf_counter() - started_s)
            assert people.gallery.get(person.subject_id) is person
            started_s = time.perf_counter()
            people.add_samples(everybody[number * 7].subject_id, [more])
            again.append(time.perf_counter() - started_s)
            other = Person(subject_id="another", display_name="A", templates=person.templates)
            started_s = time.perf_counter()
            people.gallery.with_person(other)
            alone.append(time.perf_counter() - started_s)
    gallery_ms, whole_ms, again_ms = (
        statistics.median(taken) * 1000 for taken in (alone, whole, again)
    )
    return Enrolled(size, gallery_ms, whole_ms, again_ms)


def grow(
    gallery: Gallery,
    newcomers: Sequence[Person],
    probes: NDArray[np.float32],
    *,
    seconds: float = GROW_S,
) -> Grown:
    """Adds newcomers at a steady pace, while one thread searches and codes are made."""
    now = [gallery]
    over = threading.Event()
    searches: list[float] = []

    def search() -> None:
        number = 0
        while not over.is_set():
            started_s = time.perf_counter()
            identify(probes[number % len(probes)], now[0])
            searches.append((time.perf_counter() - started_s) * 1000)
            number += 1

    coded = _coded(gallery)
    keeper = CodeKeeper(lambda: now[0])
    searcher = threading.Thread(target=search)
    searcher.start()
    taken: list[float] = []
    begun_s = time.perf_counter()
    try:
        for person in newcomers:
            started_s = time.perf_counter()
            now[0] = now[0].with_person(person)
            taken.append((time.perf_counter() - started_s) * 1000)
            keeper.look()
            ahead_s = len(taken) / GROW_A_SECOND - (time.perf_counter() - begun_s)
            if ahead_s > 0.002:
                time.sleep(ahead_s)
            if time.perf_counter() - begun_s > seconds:
                break
        while keeper.busy:
            time.sleep(0.05)
    finally:
        over.set()
        searcher.join()
    return Grown(
        before=len(gallery),
        after=len(now[0]),
        elapsed_s=time.perf_counter() - begun_s,
        blocks=_coded(now[0]) - coded,
        p50_ms=statistics.median(searches),
        longest_ms=max(searches),
        longest_enrolment_ms=max(taken),
    )


def _coded(gallery: Gallery) -> int:
    return sum(block.coded is not None for block in gallery.blocks)


def _stored(row: NDArray[np.float32], number: int) -> StoredPerson:
    return StoredPerson(
        subject_id=f"{number:032x}",
        display_name=f"Person {number}",
        enrolled_at_ms=1,
        encoder=ENCODER,
        templates=(
            StoredTemplate(
                sample_id="s",
                encoding=tuple(row.astype(np.float64).tolist()),
                quality={},
                captured_at_ms=1,
                source="",
                picture_sha256=None,
            ),
        ),
    )
