"""Sets the policy from a target: at most so many strangers in a thousand are named.

The strangers are the site's own people, each left out in turn (`leave_one_out`). Their tail is
fitted with what lfw-dev taught about galleries of that size as a prior (`tail`), taken from N - 1
people to N, and the threshold put where the expected share is the target. See
docs/decisions/0012-threshold-from-a-target.md for the numbers.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from biometrics import prior as learnt
from biometrics.gallery import Gallery, unit_length
from biometrics.leave_one_out import NO_SEARCHES, Searches, within
from biometrics.policy import DEFAULT_POLICY, Cohort, Policy
from biometrics.prior import (
    FEWEST_STRANGERS,
    LARGEST_THRESHOLD,
    LARGEST_WITH_STRANGERS,
    MARGIN,
    OFF_MIDDLE,
    OWN_COHORT,
    SAME_PERSON,
    SMALLEST_THRESHOLD,
    STRANGERS_COHORT,
    TAIL_SHARE,
    Prior,
    Tables,
)
from biometrics.tail import Tail, TailPrior

STRANGERS_PER_1000 = (10, 3, 1)
"""The choices: at most 1 stranger in 100, in 300 (3 in 1000), in 1000 named."""
_PRIOR_MISSES = 5.0
_LEAST_RATIO = 0.5
"""Samples of one enrolment are more alike than two days' pictures: they may not promise more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A policy with what may be expected of it; intervals hold with a probability of 90 %.

    Args:
        policy: Decides.
        per_1000: The target: strangers named in a thousand, at most.
        people: Enrolled when it was fitted.
        fpir: Expected share of strangers named.
        fpir_interval: From, to.
        fnir: Expected share of searches of enrolled people that do not find them.
        fnir_interval: From, to.
        look_alikes: People so near to somebody else that they may be enrolled twice.
        strangers: Kept strangers who count in the cohort.
    """

    policy: Policy
    per_1000: float
    people: int
    fpir: float
    fpir_interval: tuple[float, float]
    fnir: float
    fnir_interval: tuple[float, float]
    look_alikes: int
    strangers: int = 0

    @property
    def grounds(self) -> dict[str, float]:
        """What a verdict's limit came from, in numbers, for the history."""
        return {
            "target_per_1000": self.per_1000,
            "people": float(self.people),
            "strangers": float(self.strangers),
            "largest_limit": round(self.policy.limit(2), 4),
        }

    @property
    def sentence(self) -> str:
        """One line for the administrator."""
        if self.policy.withheld:
            return self.policy.withheld
        if self.people == 0:
            return "Nobody is enrolled yet, so nobody is named."
        low, high = (f"{1000 * share:.1f}" for share in self.fpir_interval)
        least, most = (f"{100 * share:.0f}" for share in self.fnir_interval)
        return (
            f"Expected: about {1000 * self.fpir:.1f} of 1000 strangers named "
            f"(between {low} and {high}), about {100 * self.fnir:.0f} of 100 enrolled missed "
            f"(between {least} and {most})."
        )


def fit_policy(
    gallery: Gallery,
    strangers_per_1000: float,
    *,
    strangers: NDArray[np.floating] | None = None,
    base: Policy = DEFAULT_POLICY,
    prior: Prior | None = None,
    measured: bool = True,
) -> Fitted:
    """The policy that keeps to a target on this gallery; 0.1 s for 420 people.

    Args:
        gallery: Who is enrolled; may be empty.
        strangers_per_1000: At most so many strangers in a thousand are named; 0.1 to 100.
        strangers: Encodings of people who are not enrolled, raw or unit, `(n, dimensions)`, where
            the site keeps them; fewer than `FEWEST_STRANGERS` are not used.
        base: Gives the rule against made-up probes and the lone sample's allowance.
        prior: What was learnt about the encoder; None for dlib's network.
        measured: False for what was learnt alone, at once, while a large gallery is measured.

    Raises:
        ValueError: The target is out of range.
        GalleryRefused: An encoding of a stranger is not finite.
    """
    if not 0.1 <= strangers_per_1000 <= 100:
        raise ValueError(f"the target is {strangers_per_1000} in 1000; it can be 0.1 to 100")
    target = strangers_per_1000 / 1000
    cohort = cohort_of(gallery, strangers)
    known = prior or learnt.standard()
    tables = known.tables(cohort)
    policy = replace(
        base,
        margin=MARGIN,
        cohort=cohort,
        farthest=LARGEST_THRESHOLD,
        middle=known.middle,
        min_off_middle=OFF_MIDDLE,
    )
    people = len(gallery)
    searched, own = within(gallery, policy) if measured else (NO_SEARCHES, NO_SEARCHES)
    expected = _expected(people, searched, tables)
    tail = Tail.fit(searched.closeness, searched.weight, expected)
    # One more person than each left-out one met: the nearest of N is one of N chances.
    growth = people / (people - 1) if people > 1 else 1.0
    cosine = tail.at(target / growth)
    threshold = math.sqrt(max(0.0, 2 - 2 * cosine))
    largest = LARGEST_THRESHOLD if cohort.strangers is None else LARGEST_WITH_STRANGERS
    threshold = min(max(threshold, SMALLEST_THRESHOLD), largest)
    cosine = 1 - threshold**2 / 2
    low, high = tail.interval(cosine)
    fnir, fnir_interval = _missed(gallery, own, cosine, tables)
    alike = searched.closeness >= expected.start + 8 * expected.scale
    return Fitted(
        policy=replace(policy, threshold=threshold),
        per_1000=strangers_per_1000,
        people=people,
        fpir=min(1.0, tail.share(cosine) * growth),
        fpir_interval=(low * growth, min(1.0, high * growth)),
        fnir=fnir,
        fnir_interval=fnir_interval,
        look_alikes=round(float(searched.weight[alike].sum())),
        strangers=0 if cohort.strangers is None else len(cohort.strangers),
    )


def _expected(people: int, searched: Searches, tables: Tables) -> TailPrior:
    """What was learnt about strangers who search a gallery of that size.

    Where 5 % lie beyond is moved to this site's own place the more people there are: faces of one
    kind, or one camera, shift all distances. The scale is kept for the fit.
    """
    prior = TailPrior(start=tables.start(people), share=TAIL_SHARE, scale=tables.scale(people))
    own = searched.beyond(TAIL_SHARE)
    if not math.isfinite(own):
        return prior
    trust = searched.people / (searched.people + prior.people)
    return replace(prior, start=trust * own + (1 - trust) * prior.start)


def cohort_of(gallery: Gallery, strangers: NDArray[np.floating] | None) -> Cohort:
    """The cohort term, with the site's strangers where there are enough.

    Raises:
        GalleryRefused: An encoding of a stranger is not finite.
    """
    if strangers is None or len(strangers) < FEWEST_STRANGERS:
        return OWN_COHORT
    rows = np.array([unit_length(row) for row in strangers], dtype=np.float32)
    if len(gallery):
        nearest = gallery.nearest(rows, 1).cosines[:, 0]
        rows = rows[nearest < 1 - SAME_PERSON**2 / 2]
    if len(rows) < FEWEST_STRANGERS:
        return OWN_COHORT
    rows.setflags(write=False)
    return replace(STRANGERS_COHORT, strangers=rows)


def _missed(
    gallery: Gallery, own: Searches, cosine: float, tables: Tables
) -> tuple[float, tuple[float, float]]:
    """The expected share of people missed.

    Leaving one sample out leaves one fewer to be found by. What was learnt to be missed with that
    many is held against what is missed here; the ratio goes to what is missed with all of them.
    """
    people = len(gallery)
    if people == 0:
        return 0.0, (0.0, 0.0)
    shares = tables.missed_below(people, cosine)
    counts = gallery.counts
    usual = float(shares[np.clip(counts, 1, 3) - 1].mean())
    expected = float((shares[np.clip(own.samples - 1, 1, 3) - 1] * own.weight).sum())
    missed = float(own.weight[own.closeness < cosine].sum())
    ratio = (missed + _PRIOR_MISSES) / (expected + _PRIOR_MISSES)
    share = min(1.0, usual * max(ratio, _LEAST_RATIO))
    factor = math.exp(1.645 / math.sqrt(missed + _PRIOR_MISSES))
    return share, (share / factor, min(1.0, share * factor))
