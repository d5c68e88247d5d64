"""How often a number beyond any measured one comes up: an exponential tail with a prior.

Extreme value theory (Pickands 1975; Coles 2001, chapter 4) lets the tail above a high start be
fitted by itself. Closeness of strangers was measured to fall exponentially there (shape 0), so two
numbers are left: the share above the start, and the scale. Both have conjugate gamma priors, so
that few searches lean on the prior and many on themselves, and the uncertainty comes with them.
"""

import math
from dataclasses import dataclass

import numpy as np

from biometrics.faces import Encoding

_NINETY = 1.645
"""Standard deviations on either side of a 90 % interval."""
_OUTLIER = 6.0
"""Excesses count up to so many scales of the prior: one person enrolled twice is no stranger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TailPrior:
    """What is expected before anything was measured.

    Args:
        start: Where the tail begins.
        share: Share of searches beyond the start.
        scale: Mean excess over the start of those.
        people: How many people's searches the share is worth.
        excesses: How many excesses the scale is worth.
    """

    start: float
    share: float
    scale: float
    people: float = 200.0
    excesses: float = 40.0


@dataclass(frozen=True, slots=True)
class Tail:
    """The fitted tail; `fit` makes it.

    Args:
        start: Where it begins.
        hits: Shape of the gamma distribution of the share: searches beyond, and the prior's.
        searches: Its rate: people who searched, and the prior's.
        count: Shape of the gamma distribution of 1 / scale.
        excess: Its rate: the sum of excesses.
    """

    start: float
    hits: float
    searches: float
    count: float
    excess: float

    @classmethod
    def fit(cls, values: Encoding, weights: Encoding, prior: TailPrior) -> "Tail":
        """The tail of these values, where `weights` says how much of a person each one is.

        Raises:
            ValueError: A value is not a number.
        """
        if np.isnan(values).any():
            raise ValueError("a search gave a number that is none")
        beyond = values >= prior.start
        excess = np.minimum(values[beyond] - prior.start, _OUTLIER * prior.scale)
        found = float(weights[beyond].sum())
        return cls(
            start=prior.start,
            hits=prior.people * prior.share + found,
            searches=prior.people + float(weights.sum()),
            count=prior.excesses + found,
            excess=prior.excesses * prior.scale + float((excess * weights[beyond]).sum()),
        )

    def share(self, value: float) -> float:
        """The expected share of searches beyond that value; the uncertainty is averaged over.

        Below the start the same curve is followed on, up to 1.
        """
        steps = 1 + (value - self.start) / self.excess
        return min(1.0, float(self.hits / self.searches * max(steps, 1e-9) ** -self.count))

    def at(self, share: float) -> float:
        """The value beyond which that share lies; the inverse of `share`."""
        ratio = self.hits / self.searches / share
        return float(self.start + self.excess * (ratio ** (1 / self.count) - 1))

    def interval(self, value: float) -> tuple[float, float]:
        """Within which the share beyond that value lies with a probability of 90 %."""
        scales = (value - self.start) * self.count / self.excess
        spread = math.sqrt(1 / self.hits + scales**2 / self.count)
        # The mean of a log-normal distribution lies above its median.
        middle = self.share(value) * math.exp(-(spread**2) / 2)
        factor = math.exp(_NINETY * spread)
        return middle / factor, min(1.0, middle * factor)
