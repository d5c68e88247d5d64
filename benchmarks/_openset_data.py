"""lfw-dev for the open-set measurements: encodings, and who is enrolled, searched, a stranger."""

import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from biometrics.encode import Encoder
from biometrics.evaluation.acquire import acquire
from biometrics.evaluation.looking import WAY
from biometrics.evaluation.progress import Progress
from biometrics.evaluation.samples import read_dataset
from biometrics.evaluation.store import SeenStore
from biometrics.faces import Encoding

SAMPLES = 3
"""Pictures enrolled a person."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Raw encodings of one picture's face: of the chip alone, and of all views fused."""

    straight: Encoding
    fused: Encoding


People = dict[str, list[Picture]]


def encoded(folder: Path, cache: Path, encoder: Encoder) -> tuple[People, int]:
    """Everybody's encodings, and how many pictures had no face.

    What `python -m biometrics evaluate` has kept is taken, and added to.

    Raises:
        EncoderFailed: As the encoder.
        OSError: Encodings cannot be kept.
    """
    store = SeenStore(cache, f"{encoder.fingerprint}/{WAY}", encoder.dimensions)
    progress = Progress(sys.stderr, "pictures")
    try:
        found = acquire(read_dataset(folder).samples, store, encoder, progress=progress.show)
    finally:
        progress.end()
    people: People = defaultdict(list)
    failures = 0
    for item in found.items:
        seen = item.seen
        if seen is None or seen.straight is None or seen.fused is None:
            failures += 1
        else:
            people[item.sample.person].append(Picture(seen.straight, seen.fused))
    return dict(people), failures


def first_pictures(people: People) -> People:
    """Of each person the first five pictures, by name."""
    return {name: pictures[: SAMPLES + 2] for name, pictures in people.items()}


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
    straight, fused = ([getattr(p, name) for p in pictures] for name in ("straight", "fused"))
    return Picture(np.mean(straight, axis=0), np.mean(fused, axis=0))
