"""Learns a `prior.Prior` from many people's encodings: galleries drawn at random, many times.

For another encoder, other views in an encoding, or another cohort term. Some minutes for the 2,417
people of lfw-dev on one core.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Encoding
from biometrics.gallery import Gallery, Person, Template, unit_length
from biometrics.leave_one_out import from_outside, visits
from biometrics.pairs import NOBODY, pair_closeness
from biometrics.policy import DEFAULT_POLICY, Cohort, Policy
from biometrics.prior import (
    FAR_SHARE,
    KEPT_STRANGERS,
    MARGIN,
    OWN_COHORT,
    PAIR_SHARES,
    PLACES,
    STRANGERS_COHORT,
    TAIL_SHARE,
    Prior,
    Tables,
)

SIZES = (1, 2, 3, 5, 10, 20, 50, 100, 200, 420, 1000)
SAMPLES = 3
"""Pictures enrolled a person, where there are so many."""
_DRAWS = 40

Encodings = Mapping[str, Sequence[Encoding]]
"""By person: unit encodings of the views that the product fuses."""


def learn(
    people: Encodings,
    *,
    encoder: str,
    source: str,
    seed: int = 0,
    sizes: Sequence[int] = SIZES,
    draws: int = _DRAWS,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Prior:
    """What these people teach.

    Args:
        people: At least twice as many as the largest of `sizes`.
        encoder: Fingerprint of what encoded them.
        source: Who they are, in words.
        seed: Of chance.
        sizes: People enrolled.
        draws: Galleries of one size, at least; of small ones up to 15 times as many.
        progress: Called with how many of how many sizes are done.

    Raises:
        ValueError: Too few people.
    """
    if len(people) < 2 * max(sizes):
        raise ValueError(f"{len(people)} people are too few for galleries of {max(sizes)}")
    chance = np.random.default_rng(seed)
    done = 0

    def columns(cohort: Cohort, kept: int) -> Tables:
        nonlocal done
        policy = replace(DEFAULT_POLICY, margin=MARGIN, cohort=cohort)
        found = []
        for size in sizes:
            times = max(draws, 15 * draws // size)
            found.append(_one_size(people, size, policy, kept, times, chance))
            done += 1
            progress(done, 2 * len(sizes))
        return Tables(
            sizes=tuple(sizes),
            starts=tuple(one.start for one in found),
            scales=tuple(one.scale for one in found),
            missed=tuple(one.missed for one in found),
            pairs=tuple(one.pairs for one in found),
            refused=tuple(one.refused for one in found),
        )

    return Prior(
        encoder=encoder,
        source=source,
        middle=_middle(people),
        own=columns(OWN_COHORT, 0),
        strangers=columns(STRANGERS_COHORT, min(KEPT_STRANGERS, len(people) // 3)),
    )


def _middle(people: Encodings) -> tuple[float, ...]:
    """The mean of everybody, each counting once."""
    each = [unit_length(np.mean(rows, axis=0)) for _, rows in sorted(people.items())]
    return tuple(round(float(number), 5) for number in unit_length(np.mean(each, axis=0)))


@dataclass(frozen=True, slots=True)
class _Row:
    start: float
    scale: float
    missed: tuple[tuple[float, ...], ...]
    pairs: tuple[float, ...]
    refused: tuple[tuple[float, ...], ...]


def _one_size(
    people: Encodings,
    size: int,
    policy: Policy,
    kept: int,
    draws: int,
    chance: np.random.Generator,
) -> _Row:
    outside, pairs = [], []
    missed: list[list[Encoding]] = [[], [], []]
    refused: list[list[Encoding]] = [[], [], []]
    for number in range(draws):
        gallery, left, others = draw(people, size, chance)
        probes = np.array(
            [people[name][int(chance.integers(len(people[name])))] for name in others]
        )
        used = policy
        if kept:
            assert policy.cohort is not None
            strangers = probes[:kept].astype(np.float32)
            used = replace(policy, cohort=replace(policy.cohort, strangers=strangers))
        probes = probes[kept:]
        outside.append(from_outside(gallery, probes, used))
        # The far end of a large draw's pairs would fill the memory: an even choice of probes.
        some = probes[:: 1 + len(probes) * size * draws // 6_000_000]
        nobody = np.full(len(some), NOBODY)
        pairs.append(pair_closeness(gallery, some, nobody, used).ravel())
        if not left:
            continue
        samples = number % SAMPLES + 1
        fewer = Gallery.of(
            (replace(one, templates=one.templates[:samples]) for one in gallery.people), "learnt"
        )
        rows, owners = np.array([row for _, row in left]), np.array([at for at, _ in left])
        missed[samples - 1].append(visits(fewer, rows, owners, used))
        own = pair_closeness(fewer, rows, owners, used)
        refused[samples - 1].append(own[np.arange(len(rows)), owners])
    start, far = np.quantile(np.concatenate(outside), (1 - TAIL_SHARE, 1 - FAR_SHARE))
    places = np.quantile(np.concatenate(pairs), [1 - share for share in PAIR_SHARES])
    return _Row(
        round(float(start), 4),
        round(float((far - start) / math.log(TAIL_SHARE / FAR_SHARE)), 4),
        tuple(_below(np.concatenate(rows)) for rows in missed),
        tuple(round(float(place), 4) for place in places),
        tuple(_below(np.concatenate(rows)) for rows in refused),
    )


def _below(closeness: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float((closeness < place).mean()), 4) for place in PLACES)


def draw(
    people: Encodings, size: int, chance: np.random.Generator
) -> tuple[Gallery, list[tuple[int, Encoding]], list[str]]:
    """A gallery of so many people, of those with several pictures where there are enough.

    Returns:
        The gallery; one picture more of each who has it, with the row of the gallery; and the
        names of everybody else.
    """
    names = [str(name) for name in chance.permutation(sorted(people))]
    several = [name for name in names if len(people[name]) > SAMPLES]
    chosen = several[:size]
    if len(chosen) < size:
        rest = [name for name in names if len(people[name]) <= SAMPLES]
        rest.sort(key=lambda name: len(people[name]) == 1)
        chosen += rest[: size - len(chosen)]
    enrolled: list[Person] = []
    left: list[tuple[int, Encoding]] = []
    for row, name in enumerate(chosen):
        order = chance.permutation(len(people[name]))
        enrolled.append(person(name, [people[name][place] for place in order[:SAMPLES]]))
        left += [(row, people[name][place]) for place in order[SAMPLES : SAMPLES + 1]]
    taken = set(chosen)
    return Gallery.of(enrolled, "learnt"), left, [name for name in names if name not in taken]


def person(name: str, encodings: Sequence[Encoding]) -> Person:
    """Somebody enrolled with these."""
    templates = tuple(
        Template(encoding=encoding, sample_id=str(number), encoder="learnt")
        for number, encoding in enumerate(encodings)
    )
    return Person(subject_id=name, display_name=name, templates=templates)
