"""Who is enrolled, who is searched, and who is a stranger: one division of a set's people."""

import random
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

from biometrics.faces import Encoding

SAMPLES = 3
"""Pictures enrolled a person."""
PEOPLE = 420
"""Largest gallery, as in NIST's study of paperless travel (NISTIR 8381: an aeroplane's people)."""


class Shown(Protocol):
    """One picture of somebody: `biometrics.evaluation.acquire.Acquired`, or a stored sample."""

    @property
    def person(self) -> str:
        """Whose it is."""

    @property
    def content(self) -> Hashable:
        """The same for the same picture."""

    @property
    def template(self) -> Encoding | None:
        """What the product compares, unit length; None without a face."""

    @property
    def raw(self) -> Encoding | None:
        """The encoding of the chip alone, as it comes; None where it is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """One division.

    Args:
        enrolled: Pictures of the gallery's people.
        searched: A person's place in `enrolled`, and one or two pictures that are not enrolled.
        strangers: One or two pictures of everybody else.
    """

    enrolled: tuple[tuple[Shown, ...], ...]
    searched: tuple[tuple[int, tuple[Shown, ...]], ...]
    strangers: tuple[tuple[Shown, ...], ...]


def divide(
    items: Sequence[Shown],
    *,
    seed: int,
    probes: int = 1,
    people: int = PEOPLE,
    lone: bool = False,
    least: int | None = None,
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
        least: Pictures a stranger has to have; None for as many as `probes`. Who has fewer than
            `probes` is searched with what there is.
        lone: Whether people with a single picture may fill the gallery too.
    """
    chance = random.Random(seed)  # noqa: S311 - divides pictures, keeps no secrets
    by_name: dict[str, list[Shown]] = defaultdict(list)
    for item in {found.content: found for found in items}.values():
        by_name[item.person].append(item)
    shuffled = {name: chance.sample(by_name[name], len(by_name[name])) for name in sorted(by_name)}
    size = min(people, len(shuffled) // 2)
    many = [name for name in shuffled if len(shuffled[name]) >= SAMPLES + probes]
    some = [name for name in shuffled if 1 < len(shuffled[name]) < SAMPLES + probes]
    few = [name for name in shuffled if len(shuffled[name]) == 1] if lone else []
    chance.shuffle(many)
    chance.shuffle(some)
    chance.shuffle(few)
    chosen = [*many, *some, *few][:size]
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
            if name not in places and len(pictures) >= (probes if least is None else least)
        ),
    )
