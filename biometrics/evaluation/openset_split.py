"""Who is enrolled, who is searched, and who is a stranger: one division of a set's people."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from biometrics.evaluation.acquire import Acquired

SAMPLES = 3
"""Pictures enrolled a person."""
PEOPLE = 420
"""Largest gallery, as in NIST's study of paperless travel (NISTIR 8381: an aeroplane's people)."""


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """One division.

    Args:
        enrolled: Pictures of the gallery's people.
        searched: A person's place in `enrolled`, and one or two pictures that are not enrolled.
        strangers: One or two pictures of everybody else.
    """

    enrolled: tuple[tuple[Acquired, ...], ...]
    searched: tuple[tuple[int, tuple[Acquired, ...]], ...]
    strangers: tuple[tuple[Acquired, ...], ...]


def divide(
    items: Sequence[Acquired], *, seed: int, probes: int = 1, people: int = PEOPLE
) -> Division:
    """Divides the people; the same seed divides them the same way.

    People with enough pictures are enrolled with three and searched with the rest's first. The
    gallery is filled up with people who have two or three pictures, enrolled and not searched, to
    at most half of all people. Files that are there twice count once.

    Args:
        items: What was seen.
        seed: Of chance.
        probes: Pictures of one search, fused.
        people: Size of the gallery.
    """
    chance = random.Random(seed)  # noqa: S311 - divides pictures, keeps no secrets
    by_name: dict[str, list[Acquired]] = defaultdict(list)
    for item in {
        found.seen.sha256 if found.seen else i: found for i, found in enumerate(items)
    }.values():
        by_name[item.sample.person].append(item)
    shuffled = {name: chance.sample(by_name[name], len(by_name[name])) for name in sorted(by_name)}
    size = min(people, len(shuffled) // 2)
    many = [name for name in shuffled if len(shuffled[name]) >= SAMPLES + probes]
    some = [name for name in shuffled if 1 < len(shuffled[name]) < SAMPLES + probes]
    chance.shuffle(many)
    chance.shuffle(some)
    chosen = [*many[:size], *some[: max(0, size - len(many))]]
    places = {name: place for place, name in enumerate(chosen)}
    return Division(
        tuple(tuple(shuffled[name][:SAMPLES]) for name in chosen),
        tuple(
            (places[name], tuple(shuffled[name][SAMPLES : SAMPLES + probes]))
            for name in many[:size]
        ),
        tuple(
            tuple(pictures[:probes])
            for name, pictures in shuffled.items()
            if name not in places and len(pictures) >= probes
        ),
    )
