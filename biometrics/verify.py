"""Verification, 1:1: is the probe this person? And the limit for it, from a target.

The same policy as for searches, with a target of its own: of a thousand strangers who claim to be
somebody, at most so many are accepted (FMR). The cohort is everybody else enrolled, and strangers
kept. Two pictures alone have no cohort.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from biometrics import prior as learnt
from biometrics.calibrate import cohort_of
from biometrics.composed import NEAREST
from biometrics.faces import Encoding
from biometrics.gallery import Gallery, GalleryRefused, Person, unit_length
from biometrics.identify import ImplausibleEncoding
from biometrics.leave_one_out import sample_probes
from biometrics.pairs import pair_closeness
from biometrics.policy import DEFAULT_POLICY, Policy
from biometrics.prior import OFF_MIDDLE, PAIR_SHARES, SMALLEST_THRESHOLD, Prior
from biometrics.ranked import made_up
from biometrics.tail import Tail, TailPrior

TARGETS = (0.01, 0.001, 0.0001)
"""False match rates offered: of 100, 1000, 10,000 strangers one is accepted."""
LARGEST_TARGET, SMALLEST_TARGET = 0.01, 0.00001
_PRIOR_HITS = 100.0
"""Comparisons beyond the start of the tail that the prior is worth."""
_LARGEST_THRESHOLD = 0.45
_MOST_PAIRS = 8_000_000
"""Of a large gallery an even choice of the samples is compared: under a second."""
_BLOCK = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """One comparison's outcome.

    Args:
        same: Whether the probe is taken for that person.
        distance: Between the unit templates; lower is nearer.
        threshold: The largest distance accepted here.
        lowered: By how much others who are near lowered it.
        reason: One sentence.
    """

    same: bool
    distance: float
    threshold: float
    lowered: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationPolicy:
    """A policy for comparisons, with what may be expected of it; intervals hold at 90 %.

    Args:
        policy: Decides.
        target: The false match rate asked for, at most.
        people: Enrolled when it was fitted.
        pairs: How many independent comparisons of two people here it rests on, about; 0: on
            what was learnt alone.
        fmr: Expected share of strangers accepted as somebody they name.
        fmr_interval: From, to.
        fnmr: Share of people refused as themselves where the tables were learnt, with as many
            samples.
    """

    policy: Policy
    target: float
    people: int
    pairs: float
    fmr: float
    fmr_interval: tuple[float, float]
    fnmr: float

    @property
    def sentence(self) -> str:
        """One line for the administrator."""
        low, high = (f"{10_000 * share:.1f}" for share in self.fmr_interval)
        return (
            f"Expected: about {10_000 * self.fmr:.1f} of 10,000 strangers accepted (between {low} "
            f"and {high}), about {1000 * self.fnmr:.0f} of 1000 refused as themselves."
        )


def verify(
    probe: Encoding, person: Person, policy: Policy, gallery: Gallery | None = None
) -> Verified:
    """Whether a probe is this person.

    Args:
        probe: Raw or unit, from the encoder of the person's templates.
        person: Who it is claimed to be; enrolled in `gallery`, or made from a picture.
        policy: `fit_verification(...).policy`.
        gallery: Whose other people are the cohort; None for two pictures alone.

    Raises:
        ImplausibleEncoding: The probe is not finite, zero, or of another length.
    """
    try:
        unit, own = unit_length(probe), person.fused()
    except GalleryRefused as error:
        raise ImplausibleEncoding(str(error)) from error
    if len(unit) != len(own):
        raise ImplausibleEncoding(
            f"The encoding has {len(unit)} numbers, the person's have {len(own)}."
        )
    distance = float(np.linalg.norm(own - unit))
    samples = len(person.templates)
    limit = policy.limit(samples, _crowding(unit, person, policy, gallery))
    lowered = policy.limit(samples) - limit
    same = distance <= limit
    word = "This is" if same else "This is not taken for"
    reason = (
        f"{word} {person.display_name}: distance {distance:.3f}, the limit is {limit:.3f}"
        + (f", {lowered:.3f} lower because others are near" if lowered >= 0.0005 else "")
        + "."
    )
    if same and gallery is not None and _made_up(unit, person, gallery, policy):
        same, reason = False, "The probe is made of several people's faces, as no face is."
    return Verified(same=same, distance=distance, threshold=limit, lowered=lowered, reason=reason)


def _made_up(unit: Encoding, person: Person, gallery: Gallery, policy: Policy) -> bool:
    if gallery.get(person.subject_id) is None:
        return False
    claimed = gallery.row(person.subject_id)
    nearest = gallery.nearest(unit[np.newaxis], NEAREST).rows[0].tolist()
    rows = [claimed, *(row for row in nearest if row != claimed)]
    templates = np.array([gallery.vector(row) for row in rows])
    return bool(made_up(unit[np.newaxis], templates[np.newaxis], gallery, policy)[0])


def _crowding(unit: Encoding, person: Person, policy: Policy, gallery: Gallery | None) -> float:
    if policy.cohort is None or gallery is None or len(gallery) == 0:
        return 0.0
    single = unit.astype(np.float32)
    # One more than counts, for the person claimed is left out where among them.
    found = gallery.nearest(single[np.newaxis], policy.cohort.nearest + 1)
    cosines = found.cosines[0]
    if gallery.get(person.subject_id) is not None:
        cosines = cosines[found.rows[0] != gallery.row(person.subject_id)]
    own = person.fused()
    (crowding,) = policy.cohort.crowding(cosines[None], single[None], own[None])
    return float(crowding)


def fit_verification(
    gallery: Gallery,
    target: float,
    *,
    strangers: NDArray[np.floating] | None = None,
    base: Policy = DEFAULT_POLICY,
    prior: Prior | None = None,
) -> VerificationPolicy:
    """The policy that accepts at most that share of strangers as the person they name.

    Every sample is compared with everybody else enrolled. The closeness beyond which ten times
    the target lies is where the tail begins; its fall from there is fitted with what lfw-dev
    taught as a prior, which is all there is for an empty gallery and for two pictures alone.

    Args:
        gallery: Who is enrolled; may be empty.
        target: False match rate at most, 0.00001 to 0.01.
        strangers: As `fit_policy`.
        base: Gives the rule against made-up probes and the lone sample's allowance.
        prior: What was learnt about the encoder; None for dlib's network.

    Raises:
        ValueError: The target is out of range.
        GalleryRefused: An encoding of a stranger is not finite.
    """
    if not SMALLEST_TARGET <= target <= LARGEST_TARGET:
        raise ValueError(f"the target is {target}; it can be {SMALLEST_TARGET} to {LARGEST_TARGET}")
    cohort = cohort_of(gallery, strangers)
    known = prior or learnt.standard()
    tables = known.tables(cohort)
    policy = replace(
        base, margin=0.0, cohort=cohort, middle=known.middle, min_off_middle=OFF_MIDDLE
    )
    people = len(gallery)
    share = min(10 * target, PAIR_SHARES[0])
    start = tables.pair(people, share)
    scale = (tables.pair(people, target) - start) / math.log(share / target)
    expected = TailPrior(
        start=start, share=share, scale=scale, people=_PRIOR_HITS / share, excesses=40.0
    )
    values, weights, pairs = _impostors(gallery, policy, start)
    if pairs:
        trust = pairs / (pairs + expected.people)
        own = _beyond(values, weights, share * pairs)
        expected = replace(expected, start=trust * own + (1 - trust) * start)
    tail = Tail.fit(values, weights, expected)
    threshold = math.sqrt(max(0.0, 2 - 2 * tail.at(target)))
    threshold = min(max(threshold, SMALLEST_THRESHOLD), _LARGEST_THRESHOLD)
    cosine = 1 - threshold**2 / 2
    refused = tables.refused_below(people, cosine)
    counts = gallery.counts if people else np.ones(1, dtype=np.int64)
    return VerificationPolicy(
        policy=replace(policy, threshold=threshold),
        target=target,
        people=people,
        pairs=pairs,
        fmr=tail.share(cosine),
        fmr_interval=tail.interval(cosine),
        fnmr=float(refused[np.clip(counts, 1, 3) - 1].mean()),
    )


def _impostors(gallery: Gallery, policy: Policy, start: float) -> tuple[Encoding, Encoding, float]:
    """Closeness of people to each other with weights, and their sum: independent comparisons.

    Somebody who resembles many is in many pairs, so that these say less than as many pairs of
    different people would. How much less follows from how unevenly the pairs beyond the start are
    divided among the people (the variance of a U-statistic: Hoeffding 1948).
    """
    people = len(gallery)
    if people < 2:
        return np.empty(0), np.empty(0), 0.0
    probes, owners = sample_probes(gallery, most=max(1, _MOST_PAIRS // people))
    weight = 1.0 / np.bincount(owners, minlength=people)[owners]
    floor = start - 0.03  # the own start is hardly ever lower, and not looked for below
    hits = np.zeros((2, people))
    values, weights = [], []
    step = max(1, _BLOCK // people)
    for first in range(0, len(probes), step):
        part = slice(first, first + step)
        closeness = pair_closeness(gallery, probes[part], owners[part], policy)
        closeness[np.arange(len(closeness)), owners[part]] = -np.inf
        beyond = (closeness >= start) * weight[part, np.newaxis]
        np.add.at(hits[0], owners[part], beyond.sum(axis=1))
        hits[1] += beyond.sum(axis=0)
        rows, columns = np.nonzero(closeness >= floor)
        values.append(closeness[rows, columns])
        weights.append(weight[part][rows])
    searched = np.unique(owners)
    total = len(searched) * (people - 1.0)
    each = hits[0] / (people - 1) / 2 + hits[1] / max(1, len(searched) - 1) / 2
    independent = _independent(each[searched], total / 2)
    found, weighed = np.concatenate(values), np.concatenate(weights)
    weighed *= independent / total
    rest = independent - float(weighed.sum())
    # Those below the floor count as searches that came nowhere near.
    return np.append(found, -1.0), np.append(weighed, max(0.0, rest)), independent


def _independent(shares: Encoding, pairs: float) -> float:
    """How many independent comparisons would leave the mean share as uncertain."""
    mean = float(shares.mean())
    variance = 4 * float(shares.var(ddof=1)) / len(shares) if len(shares) > 1 else 0.0
    if mean == 0.0 or variance == 0.0:
        return min(pairs, float(len(shares)))
    return float(np.clip(mean / variance, len(shares) / 2, pairs))


def _beyond(values: Encoding, weights: Encoding, share: float) -> float:
    """The value beyond which weights of that sum lie."""
    order = np.argsort(-values)
    place = int(np.searchsorted(np.cumsum(weights[order]), share))
    kept = values[order][min(place, len(values) - 2)] if len(values) > 1 else values[0]
    return float(kept)
