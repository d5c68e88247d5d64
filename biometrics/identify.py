"""One probe against everybody enrolled: identified, not enrolled, or too near to call."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from biometrics.composed import NEAREST
from biometrics.faces import Encoding
from biometrics.gallery import Gallery, GalleryRefused, unit_length, unit_lengths
from biometrics.policy import DEFAULT_POLICY, Policy
from biometrics.ranked import Ranked, made_up, ranked

__all__ = [
    "DEFAULT_POLICY",
    "Ambiguous",
    "Candidate",
    "Identified",
    "ImplausibleEncoding",
    "NotIdentified",
    "Policy",
    "Verdict",
    "all_plausible",
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


class Candidate(msgspec.Struct, frozen=True):
    """A person and the probe's distance to their template; lower is nearer."""

    subject_id: str
    display_name: str
    distance: float


class _Verdict(msgspec.Struct, frozen=True, kw_only=True):
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


class Identified(_Verdict, frozen=True):
    """The nearest person is near enough, and nobody else is nearly as near."""

    @property
    def candidate(self) -> Candidate:
        """Who it is."""
        assert self.nearest is not None
        return self.nearest


class NotIdentified(_Verdict, frozen=True):
    """Nobody enrolled is near enough."""


class Ambiguous(_Verdict, frozen=True):
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
    # Not `linalg.norm`, which lets go of the interpreter's lock for 128 numbers.
    near = np.abs(values).max(initial=0) <= high
    norm = math.sqrt(np.vecdot(values, values)) if near else math.inf
    if not low <= norm <= high:
        raise ImplausibleEncoding(
            f"No face has an encoding of length {norm:.3g}: {low:g} to {high:g} is plausible."
        )


def all_plausible(rows: Encoding, norms: tuple[float, float] = PLAUSIBLE_NORM) -> bool:
    """Whether `plausible` accepts each of several: in a tenth of the time that one by one takes.

    Args:
        rows: Raw encodings, `float64 (n, dimensions)`.
        norms: The same.
    """
    low, high = norms
    # As above; what is not a number is not below it either.
    if not (np.abs(rows).max(initial=0) <= high):
        return False
    lengths = np.sqrt(np.vecdot(rows, rows))
    return bool(((low <= lengths) & (lengths <= high)).all())


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

    Each has the verdict that it has alone, to the last bit.

    Args:
        probes: Each as `identify` takes it.
        gallery: The same.
        policy: The same.
        exact: Compares everybody with each probe, however many they are.

    Raises:
        ImplausibleEncoding: As `identify`, for any of them.
    """
    if not len(probes):
        return []
    units = _units(probes, gallery)
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
    found = ranked(units, gallery.nearest(units, few, exact=exact), policy.cohort)
    verdicts = [_verdict(one, gallery, policy) for one in found]
    named = [at for at, verdict in enumerate(verdicts) if isinstance(verdict, Identified)]
    if named:
        templates = np.array([found[at].templates[:NEAREST] for at in named], dtype=np.float64)
        for place in np.flatnonzero(made_up(units[named], templates, gallery, policy)):
            verdicts[named[place]] = _between(verdicts[named[place]], policy)
    return verdicts


def _units(probes: Sequence[Encoding], gallery: Gallery) -> Encoding:
    """The probes at unit length, `(n, dimensions)`."""
    try:
        units = unit_lengths(np.array([np.asarray(probe, dtype=np.float64) for probe in probes]))
    except ValueError:  # of several lengths, or one of them is refused: which and why is said below
        units = None
    if units is not None and (not len(gallery) or units.shape[1] == gallery.dimensions):
        return units
    return np.array([_unit(probe, gallery) for probe in probes])


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


def _verdict(one: Ranked, gallery: Gallery, policy: Policy) -> Verdict:
    """The verdict from the nearest people and their distances, whoever was made up."""
    person = gallery.at(one.rows[0])
    first = Candidate(person.subject_id, person.display_name, one.distances[0])
    runner_up = None
    if len(one.rows) > 1:
        other = gallery.at(one.rows[1])
        runner_up = Candidate(other.subject_id, other.display_name, one.distances[1])
    if policy.withheld:
        return NotIdentified(
            nearest=first,
            runner_up=runner_up,
            threshold=policy.threshold,
            reason=policy.withheld,
        )
    samples = len(person.templates)
    limit = policy.limit(samples, one.crowding)
    lowered = policy.limit(samples) - limit if one.crowding else 0.0
    kind, reason = _judged(first, runner_up, limit, policy.margin)
    return kind(
        nearest=first,
        runner_up=runner_up,
        threshold=limit,
        reason=reason + _grounded(lowered),
        crowding=one.crowding,
        lowered=lowered,
    )


def _grounded(lowered: float) -> str:
    """What the cohort term did to a limit, in a sentence that follows another."""
    if lowered < _WORTH_SAYING:
        return ""
    return f" The limit is {lowered:.2f} lower here: many people look like this face."


def _between(verdict: Verdict, policy: Policy) -> Verdict:
    """Nobody; or too near to call where two people look so alike that this may be one of them."""
    nearest, runner_up = verdict.nearest, verdict.runner_up
    kind: type[Ambiguous | NotIdentified] = NotIdentified
    reason = "The probe is made of several people's faces, as no face is."
    if nearest and runner_up and runner_up.distance < policy.min_off_other:
        kind = Ambiguous
        reason = (
            f"One person is at distance {nearest.distance:.2f}, but the next one, at "
            f"{runner_up.distance:.2f}, is nearer than {policy.min_off_other:.2f}: two people "
            "enrolled look alike, or are one."
        )
    return kind(
        nearest=nearest,
        runner_up=runner_up,
        threshold=verdict.threshold,
        reason=reason + _grounded(verdict.lowered),
        crowding=verdict.crowding,
        lowered=verdict.lowered,
        made_up=True,
    )


def _judged(
    nearest: Candidate, runner_up: Candidate | None, threshold: float, margin: float
) -> tuple[type[Identified] | type[NotIdentified] | type[Ambiguous], str]:
    """The kind of verdict, and why."""
    # Nobody is named here: names are stored sealed, and these sentences are not.
    limit = f"the limit is {threshold:.2f}"
    # Written so that a number that is not a number is never near enough.
    near_enough = nearest.distance <= threshold
    alone = runner_up is None or runner_up.distance - nearest.distance >= margin
    if not near_enough:
        return NotIdentified, f"The nearest person is at distance {nearest.distance:.2f}; {limit}."
    if runner_up is not None and not alone:
        return Ambiguous, (
            f"One person is at distance {nearest.distance:.2f}, but another is nearly as near at "
            f"{runner_up.distance:.2f}: {margin:.2f} apart is needed."
        )
    apart = "" if runner_up is None else f", the next person is at {runner_up.distance:.2f}"
    found = f"The nearest person is at distance {nearest.distance:.2f}"
    return Identified, f"{found}{apart}; {limit}."
