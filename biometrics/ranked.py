"""Probes and the people nearest to each: distances, crowding and what is made up, many at once.

What is measured of a probe does not depend on which others it is measured beside, to the last bit:
sums run row by row. Only whether one is put together from templates is found out in two ways, the
second where the first is too near to call.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from biometrics.composed import own_part, own_parts
from biometrics.faces import Encoding
from biometrics.gallery import Gallery
from biometrics.policy import Cohort, Policy
from biometrics.search import Nearest

_TOO_NEAR_TO_CALL = 1e-6
"""Own parts are found out within 1e-12 where it is sure at all."""


class Ranked(msgspec.Struct, frozen=True, eq=False):
    """One probe and the people nearest to it, the nearest first.

    Args:
        unit: The probe, unit length, `float64 (dimensions,)`.
        rows: Of the gallery.
        distances: Between the probe and their templates, in float64.
        templates: Their fused unit templates, `float32 (n, dimensions)`.
        crowding: `Cohort.crowding`; 0 without a cohort.
    """

    unit: Encoding
    rows: list[int]
    distances: list[float]
    templates: NDArray[np.float32]
    crowding: float


def ranked(units: Encoding, found: Nearest, cohort: Cohort | None) -> list[Ranked]:
    """Puts what a search found in the order of the distances in float64, equal ones by their row.

    Args:
        units: The probes, `float64 (n, dimensions)`.
        found: For the same, at least one row each.
        cohort: Of the policy.
    """
    apart = found.vectors - units[:, np.newaxis]
    distances = np.sqrt(np.vecdot(apart, apart))
    order = np.lexsort((found.rows, distances))
    line = np.arange(len(units))[:, np.newaxis]
    templates = found.vectors[line, order]
    crowding = _crowding(found.cosines[line, order], units, templates, cohort)
    return [
        Ranked(*each)
        for each in zip(
            units,
            found.rows[line, order].tolist(),
            distances[line, order].tolist(),
            templates,
            crowding,
            strict=True,
        )
    ]


def _crowding(
    cosines: NDArray[np.float32],
    units: Encoding,
    templates: NDArray[np.float32],
    cohort: Cohort | None,
) -> list[float]:
    if cohort is None:
        return [0.0] * len(units)
    others, single, nearest = cosines[:, 1:], units.astype(np.float32), templates[:, 0]
    if cohort.strangers is None or not len(cohort.strangers):
        found: list[float] = cohort.crowding(others, single, nearest).tolist()
        return found
    # One by one: a product of matrices rounds otherwise for several than for one.
    return [
        float(cohort.crowding(others[at : at + 1], single[at : at + 1], nearest[at : at + 1])[0])
        for at in range(len(units))
    ]


def made_up(
    units: Encoding, templates: NDArray[np.floating], gallery: Gallery, policy: Policy
) -> NDArray[np.bool_]:
    """Whether probes were made of faces: lie in their middle, or are put together from some.

    Args:
        units: The probes, unit length, `float64 (n, dimensions)`.
        templates: Of each the person it would be, then the nearest others,
            `(n, some, dimensions)`.
        gallery: Who is enrolled.
        policy: Its numbers against made-up probes.
    """
    found = np.zeros(len(units), dtype=bool)
    # Policies with a middle are dlib's; made-up encoders of other lengths have no known one.
    if policy.middle is not None and len(policy.middle) == units.shape[1]:
        found = _lengths(np.array(policy.middle) - units) < policy.min_off_middle
    if len(gallery) < 2:
        return found
    if policy.least_own_part:
        found |= _put_together(units, templates, policy.least_own_part)
    others = gallery.total - templates[:, 0]
    lengths = _lengths(others)[:, np.newaxis]
    least = policy.min_off_other if len(gallery) == 2 else policy.min_off_centre
    # Where the others cancel out there is no middle of them, and nobody is nearer than `least`.
    others /= np.where(lengths == 0.0, np.nan, lengths)
    found |= _lengths(others - units) < least
    return found


def _put_together(
    units: Encoding, templates: NDArray[np.floating], least: float
) -> NDArray[np.bool_]:
    """Whether less of a probe is its own than that."""
    parts = own_parts(units, templates.astype(np.float64, copy=False))
    for at in np.flatnonzero(~(np.abs(parts - least) > _TOO_NEAR_TO_CALL)):
        parts[at] = own_part(units[at], templates[at])
    below: NDArray[np.bool_] = parts < least
    return below


def _lengths(rows: Encoding) -> Encoding:
    lengths: Encoding = np.sqrt(np.vecdot(rows, rows))
    return lengths
