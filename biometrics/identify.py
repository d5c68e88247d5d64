"""One probe against everybody enrolled: identified, not enrolled, or too near to call."""

from dataclasses import dataclass

import numpy as np

from biometrics.faces import Encoding
from biometrics.gallery import Gallery, GalleryRefused, unit_length

PLAUSIBLE_NORM = (1.0, 2.0)
"""Length of raw encodings: real faces measured 1.30 to 1.59 (shared evaluation)."""


class ImplausibleEncoding(ValueError):  # noqa: N818 - named for what happened
    """Raised when numbers cannot be the encoding of a face; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When a probe is somebody.

    Args:
        threshold: Accept when the distance between unit fused templates is at most this.
        margin: The next person must be this much farther away than the nearest.
        one_sample_allowance: Added to the threshold for a person with a single template. A lone
            template lies farther from everybody, strangers included, than a mean of several:
            at the same threshold it would miss more without keeping more strangers out.

        min_off_centre: With three people or more: the probe's least distance from the mean
            direction of everybody but the nearest. Numbers made from many templates lie there,
            faces do not. 0 for no such rule.
        min_off_other: The same with two people, where the mean is the other one.

    Raises:
        ValueError: One of them is not a distance.
    """

    threshold: float
    margin: float
    one_sample_allowance: float = 0.0
    min_off_centre: float = 0.0
    min_off_other: float = 0.0

    def __post_init__(self) -> None:
        numbers = (
            self.margin,
            self.one_sample_allowance,
            self.min_off_centre,
            self.min_off_other,
        )
        if not (0 < self.threshold < 2) or not all(0 <= number < 2 for number in numbers):
            raise ValueError(f"a policy's numbers are distances between 0 and 2, got {self}")

    def limit(self, samples: int) -> float:
        """The threshold for a person with that many templates."""
        return self.threshold + (self.one_sample_allowance if samples == 1 else 0.0)


DEFAULT_POLICY = Policy(
    threshold=0.31,
    margin=0.05,
    one_sample_allowance=0.02,
    min_off_centre=0.30,
    min_off_other=0.37,
)
"""Set from a target: fewer than 0.5 % of strangers named with 420 people enrolled.

Measured by `python -m benchmarks.openset` on lfw-dev with the dlib encoder (55533b28a958), three
seeds, 5,970 searches of strangers and 687 of enrolled people: FPIR 0.45 %, FNIR 7.6 % with three
samples a person, 12.7 % with two, 23.4 % with one (FPIR 0.54 %), nobody under a wrong name. The
nearest raw encoding within 0.6 names 71 % of the same strangers. Without the margin the threshold
would be 0.29 for FPIR 0.6 %, and FNIR 11.4 %. Larger galleries need a smaller threshold.

The last two numbers keep made-up probes out: the mean of all templates, and the centre of the
smallest ball round them. Threshold and margin alone take 9.5 % of those of three people for
somebody, 3.5 % of six people, 1.8 % of ten (the 0.6 rule: 74 to 81 %); with them 0 of 1,800, and
1 of 600 of two people. None of 4,200 searches of enrolled people was lost by it: a face lies 0.30
or more from the mean of the others (median 0.41 to 0.48), such vectors at most 0.30 (0.03 to
0.17)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person and the probe's distance to their template; lower is nearer."""

    subject_id: str
    display_name: str
    distance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verdict:
    """What a search found; `reason` is one sentence for "Why?"."""

    nearest: Candidate | None
    runner_up: Candidate | None
    threshold: float
    reason: str

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


def plausible(encoding: Encoding) -> None:
    """Accepts raw encodings that can come from a face.

    Raises:
        ImplausibleEncoding: Not finite, or of a length no face has.
    """
    values = np.asarray(encoding, dtype=np.float64)
    if values.ndim != 1:
        raise ImplausibleEncoding(f"An encoding is one row of numbers, got {values.shape}.")
    if not np.isfinite(values).all():
        raise ImplausibleEncoding("The encoding holds a number that is not finite.")
    low, high = PLAUSIBLE_NORM
    # Numbers beyond the limit are refused before they are squared: 1e308 would overflow.
    norm = float(np.linalg.norm(values)) if np.abs(values).max(initial=0) <= high else np.inf
    if not low <= norm <= high:
        raise ImplausibleEncoding(
            f"No face has an encoding of length {norm:.3g}: {low:.1f} to {high:.1f} is plausible."
        )


def identify(probe: Encoding, gallery: Gallery, policy: Policy = DEFAULT_POLICY) -> Verdict:
    """Searches the gallery; 0.1 ms for hundreds of people, 10 ms for 100,000.

    Args:
        probe: Raw or unit, `float64 (128,)`; from the encoder the gallery names.
        gallery: Who is enrolled. An empty one gives `NotIdentified`.
        policy: When a probe is somebody.

    Raises:
        ImplausibleEncoding: The probe is not finite, zero, or of another length than the
            gallery's templates.
    """
    try:
        unit = unit_length(probe)
    except GalleryRefused as error:
        raise ImplausibleEncoding(str(error)) from error
    if len(gallery) == 0:
        return NotIdentified(
            nearest=None,
            runner_up=None,
            threshold=policy.threshold,
            reason="Nobody is enrolled yet.",
        )
    if len(unit) != gallery.matrix.shape[1]:
        raise ImplausibleEncoding(
            f"The encoding has {len(unit)} numbers, the gallery's have {gallery.matrix.shape[1]}."
        )
    nearest, runner_up = _two_nearest(unit, gallery)
    person = gallery.get(nearest.subject_id)
    assert person is not None
    verdict = _judged(nearest, runner_up, policy.limit(len(person.templates)), policy.margin)
    if isinstance(verdict, Identified) and _made_up(unit, nearest, gallery, policy):
        return NotIdentified(
            nearest=nearest,
            runner_up=runner_up,
            threshold=verdict.threshold,
            reason="The probe lies between the people enrolled, where no face does.",
        )
    return verdict


def _made_up(unit: Encoding, nearest: Candidate, gallery: Gallery, policy: Policy) -> bool:
    """Whether the probe lies in the middle of the others, as no face of anybody does."""
    if len(gallery) < 2:
        return False
    others = gallery.total - gallery.matrix[gallery.row(nearest.subject_id)]
    length = float(np.linalg.norm(others))
    if length == 0.0:
        return False
    least = policy.min_off_other if len(gallery) == 2 else policy.min_off_centre
    return float(np.linalg.norm(others / length - unit)) < least


def _two_nearest(unit: Encoding, gallery: Gallery) -> tuple[Candidate, Candidate | None]:
    """The nearest and the next person, with distances computed again in float64."""
    cosines = gallery.matrix @ unit.astype(np.float32)
    # More than two, so that rounding to float32 cannot swap the winner.
    few = min(4, len(cosines))
    rows = np.argpartition(-cosines, few - 1)[:few]
    candidates = sorted(
        (_candidate(unit, gallery, int(row)) for row in rows), key=lambda c: c.distance
    )
    return candidates[0], candidates[1] if len(candidates) > 1 else None


def _candidate(unit: Encoding, gallery: Gallery, row: int) -> Candidate:
    person = gallery.people[row]
    distance = float(np.linalg.norm(gallery.matrix[row].astype(np.float64) - unit))
    return Candidate(person.subject_id, person.display_name, distance)


def _judged(
    nearest: Candidate, runner_up: Candidate | None, threshold: float, margin: float
) -> Verdict:
    found = f"{nearest.display_name} is nearest at distance {nearest.distance:.2f}"
    limit = f"the limit is {threshold:.2f}"
    # Written so that a number that is not a number is never near enough.
    near_enough = nearest.distance <= threshold
    alone = runner_up is None or runner_up.distance - nearest.distance >= margin
    if not near_enough:
        return NotIdentified(
            nearest=nearest, runner_up=runner_up, threshold=threshold, reason=f"{found}; {limit}."
        )
    if runner_up is not None and not alone:
        reason = (
            f"{found}, but {runner_up.display_name} is nearly as near at "
            f"{runner_up.distance:.2f}: {margin:.2f} apart is needed."
        )
        return Ambiguous(nearest=nearest, runner_up=runner_up, threshold=threshold, reason=reason)
    apart = "" if runner_up is None else f", the next person is at {runner_up.distance:.2f}"
    return Identified(
        nearest=nearest,
        runner_up=runner_up,
        threshold=threshold,
        reason=f"{found}{apart}; {limit}.",
    )
