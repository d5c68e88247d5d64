"""lfw-dev for the open-set measurements: encodings, and who is enrolled, searched, a stranger."""

import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from biometrics.align import Aligner
from biometrics.detect import HogDetector
from biometrics.encode import Encoder, stack
from biometrics.faces import Encoding, Image, mirrored
from biometrics.pictures import read_picture

SAMPLES = 3
"""Pictures enrolled a person."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Raw encodings of one picture's face: of the chip and of its mirror."""

    straight: Encoding
    mirrored: Encoding


People = dict[str, list[Picture]]


def wanted_pictures(images: Path) -> Iterator[Path]:
    """Of each person the first five pictures, by name."""
    for folder in sorted(path for path in images.iterdir() if path.is_dir()):
        yield from sorted(folder.glob("*.jpg"))[: SAMPLES + 2]


def encoded(images: Path, cache: Path, encoder: Encoder) -> tuple[People, int]:
    """Everybody's encodings, from the cache where it has them, and how many had no face."""
    known: dict[str, NDArray[np.float64]] = {}
    if cache.exists():
        with np.load(cache) as stored:
            rows = stored["encodings"]
            known = dict(zip(stored["names"].tolist(), rows, strict=True))
    pictures = list(wanted_pictures(images))
    missing = [path for path in pictures if path.name not in known]
    finder = _Finder()
    for count, path in enumerate(missing, start=1):
        known[path.name] = finder.encode(read_picture(path), encoder)
        if count % 200 == 0 or count == len(missing):
            print(f"{count} of {len(missing)} pictures encoded", file=sys.stderr, flush=True)
            _store(cache, known)
    people: People = defaultdict(list)
    failures = 0
    for path in pictures:
        row = known[path.name]
        if np.isnan(row).any():
            failures += 1
        else:
            people[path.parent.name].append(Picture(row[0], row[1]))
    return dict(people), failures


def _store(cache: Path, known: dict[str, NDArray[np.float64]]) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    unfinished = cache.with_suffix(".part.npz")
    np.savez(unfinished, names=np.array(list(known)), encodings=np.stack(list(known.values())))
    unfinished.replace(cache)


class _Finder:
    """Takes the face nearest the middle, where this collection has its person."""

    def __init__(self) -> None:
        self._detectors = (HogDetector(), HogDetector(upsample=1))
        self._aligner = Aligner()

    def encode(self, image: Image, encoder: Encoder) -> NDArray[np.float64]:
        """Both encodings, `float64 (2, 128)`; not-a-number where no face is found."""
        height, width = image.shape[:2]
        for detector in self._detectors:
            found = detector.detect(image)
            if found:
                break
        else:
            return np.full((2, encoder.dimensions), np.nan)

        def off_centre(index: int) -> float:
            x, y = found[index].box.centre
            return float(abs(x - width / 2) + abs(y - height / 2))

        box = found[min(range(len(found)), key=off_centre)].box
        chip = self._aligner.chip(image, self._aligner.landmarks(image, box))
        return encoder.encode(stack([chip, mirrored(chip)]))


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Who is enrolled with which pictures, who is searched, and who are strangers.

    Args:
        enrolled: Up to three pictures a person.
        searched: One more picture of some of them.
        twice: Two more pictures of some of them, fused.
        strangers: One picture each.
        kept: Strangers that the site has seen before.
    """

    enrolled: dict[str, list[Picture]]
    searched: list[tuple[str, Picture]]
    strangers: list[Picture]
    twice: list[tuple[str, Picture]] = field(default_factory=list)
    kept: list[Picture] = field(default_factory=list)

    def with_kept(self) -> "Split":
        """Every second stranger was seen before, the others are searched."""
        return replace(self, strangers=self.strangers[::2], kept=self.strangers[1::2])


def split(people: People, size: int, seed: int) -> Split:
    """Divides the people; the same seed divides them the same way."""
    chance = random.Random(seed)  # noqa: S311 - divides pictures, keeps no secrets
    names = sorted(people)
    many = [name for name in names if len(people[name]) > SAMPLES][:size]
    some = [name for name in names if 1 < len(people[name]) <= SAMPLES]
    chance.shuffle(some)
    enrolled: dict[str, list[Picture]] = {}
    searched: list[tuple[str, Picture]] = []
    twice: list[tuple[str, Picture]] = []
    for name in many:
        pictures = chance.sample(people[name], len(people[name]))
        enrolled[name] = pictures[:SAMPLES]
        searched.append((name, pictures[SAMPLES]))
        if len(pictures) > SAMPLES + 1:
            twice.append((name, _together(pictures[SAMPLES:])))
    for name in some[: size - len(many)]:
        enrolled[name] = people[name]
    strangers = [people[name][0] for name in names if name not in enrolled]
    return Split(enrolled, searched, strangers, twice)


def _together(pictures: Sequence[Picture]) -> Picture:
    straight, turned = ([getattr(p, side) for p in pictures] for side in ("straight", "mirrored"))
    return Picture(np.mean(straight, axis=0), np.mean(turned, axis=0))
