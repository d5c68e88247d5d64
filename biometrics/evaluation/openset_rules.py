"""Rules of search: what each gives for a probe, lower is nearer, and who it would name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from biometrics.calibrate import Fitted
from biometrics.evaluation.openset_split import Division, Shown
from biometrics.evaluation.product import STANDARD, Fit, fitted_policies, gallery_of, needed
from biometrics.faces import Encoding
from biometrics.gallery import Gallery, unit_length
from biometrics.policy import Policy

COHORT = 10
"""Nearest of the cohort that are averaged; 10 and 20 were measured."""
COHORT_WEIGHT = 0.5
"""How much of that mean is taken off."""

Rows = NDArray[np.float64]
Probe = tuple[Shown, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a rule says to every search of a division.

    Args:
        own: Distances of enrolled people's searches to the nearest, `float64 (n,)`.
        right: Whether the nearest is that person.
        strangers: Distances of strangers' searches to the nearest, `float64 (m,)`.
    """

    own: Rows
    right: NDArray[np.bool_]
    strangers: Rows


Rule = Callable[[Division], Answers | None]
"""None where the division is of no use to the rule."""


def naive(division: Division) -> Answers | None:
    """The habit: the nearest of all raw encodings of the chip alone."""
    rows, owners = [], []
    for place, pictures in enumerate(division.enrolled):
        for item in pictures:
            if item.raw is not None:
                rows.append(item.raw)
                owners.append(place)
    if not rows:
        return None
    matrix, people = np.stack(rows), np.array(owners)

    def search(probe: Probe) -> tuple[float, int]:
        raw = [item.raw for item in probe if item.raw is not None]
        if not raw:
            return np.inf, -1
        spans = np.linalg.norm(matrix - np.mean(raw, axis=0), axis=1)
        return float(spans.min()), int(people[spans.argmin()])

    return _answers(division, search)


def fused(division: Division) -> Answers | None:
    """The product's templates without any policy: distance to the nearest fused one."""
    gallery, places = _gallery(division)

    def search(probe: Probe) -> tuple[float, int]:
        row = template(probe)
        if row is None:
            return np.inf, -1
        spans = np.linalg.norm(gallery - row, axis=1)
        return float(spans.min()), int(places[spans.argmin()])

    return _answers(division, search) if len(gallery) else None


def with_gallery_cohort(division: Division) -> Answers | None:
    """The same minus the cohort term, the cohort being the other people enrolled."""
    gallery, places = _gallery(division)
    if len(gallery) <= COHORT:
        return None

    def search(probe: Probe) -> tuple[float, int]:
        row = template(probe)
        if row is None:
            return np.inf, -1
        cosines = gallery @ row
        nearest = int(cosines.argmax())
        return _less(cosines[nearest], np.delete(cosines, nearest)), int(places[nearest])

    return _answers(division, search)


def with_stranger_cohort(division: Division) -> Answers | None:
    """The same with strangers the site has seen: every second one, who is then not searched."""
    gallery, places = _gallery(division)
    found = [template(probe) for probe in division.strangers[::2]]
    cohort = [row for row in found if row is not None]
    if len(cohort) <= COHORT or not len(gallery):
        return None
    known = np.stack(cohort)
    others = Division(division.enrolled, division.searched, division.strangers[1::2])

    def search(probe: Probe) -> tuple[float, int]:
        row = template(probe)
        if row is None:
            return np.inf, -1
        cosines = gallery @ row
        nearest = int(cosines.argmax())
        return _less(cosines[nearest], known @ row), int(places[nearest])

    return _answers(others, search)


@dataclass(frozen=True, slots=True, eq=False)
class Product:
    """The product's policy on a division, by the share of strangers asked for.

    Args:
        answers: With the least threshold that names somebody as the distance.
        fits: What was fitted on the gallery.
    """

    answers: dict[float, Answers]
    fits: dict[float, Fitted]


def product(
    division: Division, *, keep_strangers: bool = False, fit: Fit = STANDARD
) -> Product | None:
    """The product's own searches, with the policies fitted on the people enrolled.

    Args:
        division: Who is enrolled and searched.
        keep_strangers: Every second stranger was seen before and kept; the others are searched.
        fit: As a server with that face model fits.
    """
    gallery = gallery_of(
        {
            str(place): [item.template for item in pictures if item.template is not None]
            for place, pictures in enumerate(division.enrolled)
        }
    )
    if not len(gallery):
        return None
    kept: Rows | None = None
    if keep_strangers:
        seen = [template(probe) for probe in division.strangers[::2]]
        kept = np.array([row for row in seen if row is not None])
        division = replace(division, strangers=division.strangers[1::2])
    fits = fitted_policies(gallery, kept, fit=fit)
    policies = [fitted.policy for fitted in fits.values()]
    if keep_strangers and all(
        one.cohort is None or one.cohort.strangers is None for one in policies
    ):
        return None  # too few to be used: the row would be that without
    found: list[tuple[Policy, Answers]] = []
    answers = {}
    for share, fitted in fits.items():
        # But for their thresholds the policies are the same, as a rule.
        shape = replace(fitted.policy, threshold=1.0)
        known = next((given for policy, given in found if policy == shape), None)
        if known is None:
            known = _answers(division, _product_search(gallery, fitted.policy))
            found.append((shape, known))
        answers[share] = known
    return Product(answers, fits)


def _product_search(gallery: Gallery, policy: Policy) -> Callable[[Probe], tuple[float, int]]:
    def search(probe: Probe) -> tuple[float, int]:
        row = template(probe)
        if row is None:
            return np.inf, -1
        threshold, nearest = needed(row, gallery, policy)
        return threshold, int(nearest)

    return search


def template(pictures: Sequence[Shown]) -> Encoding | None:
    """The fused unit template of some pictures; None where none shows a face."""
    rows = [item.template for item in pictures if item.template is not None]
    return unit_length(np.mean(rows, axis=0)) if rows else None


def _gallery(division: Division) -> tuple[Rows, NDArray[np.int64]]:
    """Fused templates, and whose; people whose pictures all failed are missed when searched."""
    rows = [template(pictures) for pictures in division.enrolled]
    places = [place for place, row in enumerate(rows) if row is not None]
    found = [row for row in rows if row is not None]
    return np.array(found, dtype=np.float64), np.array(places, dtype=np.int64)


def _less(cosine: float, cohort: Rows) -> float:
    """A distance-like number: lower is nearer, cohort term taken off."""
    nearest = np.partition(cohort, -COHORT)[-COHORT:]
    return float(1 - cosine + COHORT_WEIGHT * nearest.mean())


def _answers(division: Division, search: Callable[[Probe], tuple[float, int]]) -> Answers:
    own = [(search(probe), place) for place, probe in division.searched]
    return Answers(
        np.array([distance for (distance, _), _ in own], dtype=np.float64),
        np.array([named == place for (_, named), place in own], dtype=np.bool_),
        np.array([search(probe)[0] for probe in division.strangers], dtype=np.float64),
    )
