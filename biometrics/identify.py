"""One probe against everybody enrolled: identified, not enrolled, or too near to call."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from biometrics.composed import NEAREST, own_part
from biometrics.faces import Encoding
from biometrics.gallery import Gallery, GalleryRefused, unit_length
from biometrics.policy import DEFAULT_POLICY, Policy

__all__ = [
    "DEFAULT_POLICY",
    "Ambiguous",
    "Candidate",
    "Identified",
    "ImplausibleEncoding",
    "NotIdentified",
    "Policy",
    "Verdict",
    "identify",
    "identify_many",
    "plausible",
]

PLAUSIBLE_NORM = (1.0, 2.0)
"""Length of raw encodings: those of real faces were measured to be 1.30 to 1.59."""

_WORTH_SAYING = 0.005
"""A limit lowered by less is the same in two digits."""


class ImplausibleEncoding(ValueError):  # noqa: N818 - named for what happened
    """Raised when numbers cannot be the encoding of a face; the message says why."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person and the probe's distance to their template; lower is nearer."""

    subject_id: str
    display_name: str
    distance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """What a search found.

    Args:
        nearest: The nearest person; None when nobody is enrolled.
        runner_up: The next *other* person.
        threshold: The largest distance accepted in this search.
        reason: One sentence or two for "Why?".
        crowding: How much the probe resembles others: `Cohort.crowding`.
        lowered: By how much that lowered the threshold.
        made_up: Whether it lies where only numbers made of templates lie.
    """

    nearest: Candidate | None
    runner_up: Candidate | None
    threshold: float
    reason: str
    crowding: float = 0.0
    lowered: float = 0.0
    made_up: bool = False

    @property
    def margin(self) -> float | None:
        """How much farther the next person is; None with fewer than two people."""
        if self.nearest is None or self.runner_up is None:
            return None
        return self.runner_up.distance - self.nearest.distance


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified(_Verdict):
    """The nearest person is near enough, and nobody else is nearly as near."""

    @property
    def candidate(self) -> Candidate:
        """Who it is."""
        assert self.nearest is not None
        return self.nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class NotIdentified(_Verdict):
    """Nobody enrolled is near enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous(_Verdict):
    """Somebody is near enough, but somebody else is nearly as near."""


Verdict = Identified | NotIdentified | Ambiguous


def plausible(encoding: Encoding, norms: tuple[float, float] = PLAUSIBLE_NORM) -> None:
    """Accepts raw encodings that can come from a face.

    Args:
        encoding: Raw, fused or not.
        norms: Least and largest length that the encoder's have.

    Raises:
        ImplausibleEncoding: Not finite, or of a length no face has.
    """
    values = np.asarray(encoding, dtype=np.float64)
    if values.ndim != 1:
        raise ImplausibleEncoding(f"An encoding is one row of numbers, got {values.shape}.")
    if not np.isfinite(values).all():
        raise ImplausibleEncoding("The encoding holds a number that is not finite.")
    low, high = norms
    # Numbers beyond the limit are refused before they are squared: 1e308 would overflow.
    norm = float(np.linalg.norm(values)) if np.abs(values).max(initial=0) <= high else np.inf
    if not low <= norm <= high:
        raise ImplausibleEncoding(
            f"No face has an encoding of length {norm:.3g}: {low:g} to {high:g} is plausible."
        )


def identify(probe: Encoding, gallery: Gallery, policy: Policy = DEFAULT_POLICY) -> Verdict:
    """Searches the gallery; 0.1 ms for hundreds of people, 4 ms for 100,000 and for a million.

    Args:
        probe: Raw or unit, `float64 (128,)`; from the encoder the gallery names.
        gallery: Who is enrolled. An empty one gives `NotIdentified`.
        policy: When a probe is somebody.

    Raises:
        ImplausibleEncoding: The probe is not finite, zero, or of another length than the
            gallery's templates.
    """
    return identify_many([probe], gallery, policy)[0]


def identify_many(
    probes: Sequence[Encoding],
    gallery: Gallery,
    policy: Policy = DEFAULT_POLICY,
    *,
    exact: bool = False,
) -> list[Verdict]:
    """Searches for several probes at once, which share the passes over the gallery.

    Args:
        probes: Each as `identify` takes it.
        gallery: The same.
        policy: The same.
        exact: Compares everybody with each probe, however many they are.

    Raises:
        ImplausibleEncoding: As `identify`, for any of them.
    """
    units = [_unit(probe, gallery) for probe in probes]
    if not units:
        return []
    if len(gallery) == 0:
        nobody = NotIdentified(
            nearest=None,
            runner_up=None,
            threshold=policy.threshold,
            reason="Nobody is enrolled yet.",
        )
        return [nobody for _ in units]
    # Enough to tell what was put together from templates; with more than two, rounding to float32
    # cannot swap the winner.
    few = NEAREST if policy.cohort is None else max(NEAREST, policy.cohort.nearest + 1)
    found = gallery.nearest(np.array(units), few, exact=exact)
    return [
        _verdict(unit, rows, cosines, gallery, policy)
        for unit, rows, cosines in zip(units, found.rows, found.cosines, strict=True)
    ]


def _unit(probe: Encoding, gallery: Gallery) -> Encoding:
    try:
        unit = unit_length(probe)
    except GalleryRefused as error:
        raise ImplausibleEncoding(str(error)) from error
    if len(gallery) and len(unit) != gallery.dimensions:
        raise ImplausibleEncoding(
            f"The encoding has {len(unit)} numbers, the gallery's have {gallery.dimensions}."
        )
    return unit


def _verdict(
    unit: Encoding,
    rows: NDArray[np.int64],
    cosines: NDArray[np.float32],
    gallery: Gallery,
    policy: Policy,
) -> Verdict:
    """The verdict from the nearest rows and their cosines."""
    # Distances again in float64, for the few that can be the nearest.
    distances = [_distance(unit, gallery, int(row)) for row in rows]
    order = sorted(range(len(rows)), key=lambda place: (distances[place], rows[place]))
    first, *rest = [_candidate(gallery, int(rows[place]), distances[place]) for place in order[:2]]
    runner_up = rest[0] if rest else None
    if policy.withheld:
        return NotIdentified(
            nearest=first,
            runner_up=runner_up,
            threshold=policy.threshold,
            reason=policy.withheld,
        )
    row = int(rows[order[0]])
    crowding = 0.0
    if policy.cohort is not None:
        others = cosines[order[1:]]
        one, single = gallery.vector(row), unit.astype(np.float32)
        (found,) = policy.cohort.crowding(others[None], single[None], one[None])
        crowding = float(found)
    ranked = [int(rows[place]) for place in order[:NEAREST]]
    samples = len(gallery.at(row).templates)
    limit = policy.limit(samples, crowding)
    verdict = _judged(first, runner_up, limit, policy.margin)
    if isinstance(verdict, Identified) and made_up(unit, ranked, gallery, policy):
        verdict = _between(first, runner_up, verdict.threshold, policy)
    return _grounded(verdict, crowding=crowding, lowered=policy.limit(samples) - limit)


def _grounded(verdict: Verdict, *, crowding: float, lowered: float) -> Verdict:
    """The verdict with what the cohort term did to it."""
    reason = verdict.reason
    if lowered >= _WORTH_SAYING:
        reason += f" The limit is {lowered:.2f} lower here: many people look like this face."
    return replace(verdict, reason=reason, crowding=crowding, lowered=lowered)


def _between(
    nearest: Candidate, runner_up: Candidate | None, threshold: float, policy: Policy
) -> Verdict:
    """Nobody; or too near to call where two people look so alike that this may be one of them."""
    if runner_up is not None and runner_up.distance < policy.min_off_other:
        reason = (
            f"One person is at distance {nearest.distance:.2f}, but the next one, at "
            f"{runner_up.distance:.2f}, is nearer than {policy.min_off_other:.2f}: two people "
            "enrolled look alike, or are one."
        )
        return Ambiguous(
            nearest=nearest,
            runner_up=runner_up,
            threshold=threshold,
            reason=reason,
            made_up=True,
        )
    return NotIdentified(
        nearest=nearest,
        runner_up=runner_up,
        threshold=threshold,
        reason="The probe is made of several people's faces, as no face is.",
        made_up=True,
    )


def made_up(unit: Encoding, rows: Sequence[int], gallery: Gallery, policy: Policy) -> bool:
    """Whether a probe was made of faces: lies in their middle, or is put together from some.

    Args:
        unit: The probe.
        rows: Of the gallery: the person it would be, and the nearest others.
        gallery: Who is enrolled.
        policy: Its numbers against made-up probes.
    """
    # Policies with a middle are dlib's; made-up encoders of other lengths have no known one.
    if policy.middle is not None and len(policy.middle) == len(unit):
        off_middle = float(np.linalg.norm(np.array(policy.middle) - unit))
        if off_middle < policy.min_off_middle:
            return True
    if len(gallery) < 2:
        return False
    if policy.least_own_part:
        templates = np.array([gallery.vector(row) for row in rows])
        if own_part(unit, templates) < policy.least_own_part:
            return True
    others = gallery.total - gallery.vector(rows[0])
    length = float(np.linalg.norm(others))
    if length == 0.0:
        return False
    least = policy.min_off_other if len(gallery) == 2 else policy.min_off_centre
    return float(np.linalg.norm(others / length - unit)) < least


def _distance(unit: Encoding, gallery: Gallery, row: int) -> float:
    return float(np.linalg.norm(gallery.vector(row).astype(np.float64) - unit))


def _candidate(gallery: Gallery, row: int, distance: float) -> Candidate:
    person = gallery.at(row)
    return Candidate(person.subject_id, person.display_name, distance)


def _judged(
    nearest: Candidate, runner_up: Candidate | None, threshold: float, margin: float
) -> Verdict:
    # Only who is identified is named: history is searched for names in these sentences, and
    # whoever is not identified must not be found as somebody else.
    limit = f"the limit is {threshold:.2f}"
    # Written so that a number that is not a number is never near enough.
    near_enough = nearest.distance <= threshold
    alone = runner_up is None or runner_up.distance - nearest.distance >= margin
    if not near_enough:
        reason = f"The nearest person is at distance {nearest.distance:.2f}; {limit}."
        return NotIdentified(
            nearest=nearest, runner_up=runner_up, threshold=threshold, reason=reason
        )
    if runner_up is not None and not alone:
        reason = (
            f"One person is at distance {nearest.distance:.2f}, but another is nearly as near at "
            f"{runner_up.distance:.2f}: {margin:.2f} apart is needed."
        )
        return Ambiguous(nearest=nearest, runner_up=runner_up, threshold=threshold, reason=reason)
    apart = "" if runner_up is None else f", the next person is at {runner_up.distance:.2f}"
    found = f"{nearest.display_name} is nearest at distance {nearest.distance:.2f}"
    return Identified(
        nearest=nearest,
        runner_up=runner_up,
        threshold=threshold,
        reason=f"{found}{apart}; {limit}.",
    )
