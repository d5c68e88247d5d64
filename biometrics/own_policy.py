"""The policy for a network of the user's own: from its calibration, or from the people alone.

Calibrated, it is as for dlib's network: what was learnt is the prior, the more people the more
their own searches count, and the threshold is put where the expected share is the target.

Uncalibrated, nothing is known of its distances before, so nobody is named while there are few
people. From `FEWEST_PEOPLE` on, each of them left out in turn is a stranger to the rest
(`leave_one_out`). No prior helps: the tail is taken from farther in, and the threshold is put where
the *upper* end of what is likely meets the target, not the middle. No cohort term in either.
"""

import math
from dataclasses import replace

import numpy as np

from biometrics.calibrate import Fitted
from biometrics.calibration import TAIL_SHARE, Calibration
from biometrics.gallery import Gallery
from biometrics.leave_one_out import NO_SEARCHES, Searches, within
from biometrics.policy import Policy
from biometrics.tail import Tail, TailPrior

FEWEST_PEOPLE = 60
"""Below that a tail of one in five people is a dozen values: no threshold follows from them."""
MARGIN = 0.05
_SHARE = 0.2
"""The tail begins where this share of strangers lies beyond."""
_MIDDLE_TO_START = 1.1334
"""Of an extreme value distribution the 80 % point lies so many scales beyond the median."""
_PRIOR_PEOPLE, _PRIOR_EXCESSES = 5.0, 5.0
_OFF_CENTRE = 0.5
"""Of the least distance that a face has from the middle of the others: made-up probes lie there."""
_NOBODY = 1e-6
_NINETY = 1.645
_MEASURING = "Nobody is named yet: the people enrolled are being measured, which takes seconds."
_PRIOR_MISSES, _LEAST_RATIO = 5.0, 0.5


def fit_own(
    gallery: Gallery,
    strangers_per_1000: float,
    calibration: Calibration | None,
    *,
    measured: bool = True,
) -> Fitted:
    """The policy that keeps to a target on this gallery, or one that names nobody.

    Args:
        gallery: Who is enrolled; may be empty.
        strangers_per_1000: At most so many strangers in a thousand are named; 0.1 to 100.
        calibration: What was learnt about the network; None for nothing.
        measured: False for what was learnt alone, at once, while a large gallery is measured.

    Raises:
        ValueError: The target is out of range.
    """
    if not 0.1 <= strangers_per_1000 <= 100:
        raise ValueError(f"the target is {strangers_per_1000} in 1000; it can be 0.1 to 100")
    people = len(gallery)
    if calibration is None and (too_few(people) or not measured):
        return _nobody(people, strangers_per_1000, too_few(people) or _MEASURING)
    off_centre = _off_centre(gallery) if calibration is None else calibration.off_centre
    policy = Policy(
        threshold=1.0,
        margin=MARGIN,
        min_off_centre=_OFF_CENTRE * off_centre,
        min_off_other=0.0 if calibration is None else _OFF_CENTRE * off_centre,
    )
    # Without the margin: where two people are nearly as near, the values would be missing.
    alone = replace(policy, margin=0.0)
    searched, own = within(gallery, alone) if measured else (NO_SEARCHES, NO_SEARCHES)
    growth = people / (people - 1) if people > 1 else 1.0
    target = strangers_per_1000 / 1000 / growth
    if calibration is None:
        tail = _tail_alone(searched)
        cosine = _at_upper_end(tail, target)
    else:
        tail = _tail_with(searched, calibration, people)
        cosine = min(tail.at(target), 1.0)
    threshold = max(_NOBODY, math.sqrt(max(0.0, 2 - 2 * cosine)))
    low, high = tail.interval(cosine)
    fnir, fnir_interval = _missed(gallery, own, threshold, calibration)
    return Fitted(
        policy=replace(policy, threshold=threshold),
        per_1000=strangers_per_1000,
        people=people,
        fpir=min(1.0, tail.share(cosine) * growth),
        fpir_interval=(low * growth, min(1.0, high * growth)),
        fnir=fnir,
        fnir_interval=fnir_interval,
        look_alikes=0,
    )


def too_few(people: int) -> str:
    """Why nobody is named while so many are enrolled, in a sentence; empty when people are."""
    if people >= FEWEST_PEOPLE:
        return ""
    return (
        f"Nobody is named yet: this face model is not calibrated. Calibrate it, or enrol "
        f"{FEWEST_PEOPLE} people: {people} {'is' if people == 1 else 'are'}."
    )


def _nobody(people: int, per_1000: float, withheld: str) -> Fitted:
    return Fitted(
        policy=Policy(threshold=_NOBODY, margin=MARGIN, withheld=withheld),
        per_1000=per_1000,
        people=people,
        fpir=0.0,
        fpir_interval=(0.0, 0.0),
        fnir=1.0,
        fnir_interval=(1.0, 1.0),
        look_alikes=0,
    )


def _tail_with(searched: Searches, calibration: Calibration, people: int) -> Tail:
    """The tail of strangers' searches, with what was learnt as its prior.

    Where it begins is moved to this site's own place the more people there are.
    """
    prior = TailPrior(
        start=calibration.start(people), share=TAIL_SHARE, scale=calibration.scale(people)
    )
    own = searched.beyond(TAIL_SHARE)
    if math.isfinite(own):
        trust = searched.people / (searched.people + prior.people)
        prior = replace(prior, start=trust * own + (1 - trust) * prior.start)
    return Tail.fit(searched.closeness, searched.weight, prior)


def _tail_alone(searched: Searches) -> Tail:
    start = searched.beyond(_SHARE)
    scale = (start - searched.beyond(0.5)) / _MIDDLE_TO_START
    prior = TailPrior(
        start=start,
        share=_SHARE,
        scale=max(scale, 1e-6),
        people=_PRIOR_PEOPLE,
        excesses=_PRIOR_EXCESSES,
    )
    return Tail.fit(searched.closeness, searched.weight, prior)


def _at_upper_end(tail: Tail, share: float) -> float:
    """The closeness at which the upper end of the 90 % interval is that share; 1 at most."""
    low, high = tail.start, 1.0
    if tail.interval(high)[1] > share:
        return high
    for _ in range(60):
        middle = (low + high) / 2
        if tail.interval(middle)[1] > share:
            low = middle
        else:
            high = middle
    return high


def _off_centre(gallery: Gallery) -> float:
    """The least distance that anybody enrolled has from the middle of the others."""
    # Unit rows: the mean of the others is the total less the row, so dot products are enough.
    along = gallery.matrix().astype(np.float64) @ gallery.total
    apart = np.sqrt(np.maximum(gallery.total @ gallery.total - 2 * along + 1, 1e-12))
    nearest = float(np.max((along - 1) / apart))
    return math.sqrt(max(0.0, 2 - 2 * nearest))


def _missed(
    gallery: Gallery, own: Searches, threshold: float, calibration: Calibration | None
) -> tuple[float, tuple[float, float]]:
    """The expected share of people missed, with a 90 % interval.

    What is missed here, each sample left out in turn, held against what the calibration missed
    with as many samples. Samples of one enrolment are more alike than two days' pictures, so less
    than half of the calibration's share is not promised. Without one it is what is missed here.
    """
    cosine = 1 - threshold**2 / 2
    missed = float(own.weight[own.closeness < cosine].sum())
    if calibration is None or len(gallery) == 0:
        share = (missed + 0.5) / (own.people + 1)
        spread = _NINETY * math.sqrt(share * (1 - share) / (own.people + 1))
        return share, (max(0.0, share - spread), min(1.0, share + spread))
    shares = calibration.missed(threshold)
    counts = np.array([len(person.templates) for person in gallery.people])
    usual = float(shares[np.clip(counts, 1, 3) - 1].mean())
    expected = float((shares[np.clip(own.samples - 1, 1, 3) - 1] * own.weight).sum())
    ratio = (missed + _PRIOR_MISSES) / (expected + _PRIOR_MISSES)
    share = min(1.0, usual * max(ratio, _LEAST_RATIO))
    factor = math.exp(_NINETY / math.sqrt(missed + _PRIOR_MISSES))
    return share, (share / factor, min(1.0, share * factor))
