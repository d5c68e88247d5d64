"""When a probe is somebody: threshold, margin, the cohort term, the rule against made-up ones."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Encoding


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """How much a probe resembles people whom it is not claimed to be.

    Some faces lie near everybody's: a small distance to one more person says little about them.
    So the mean similarity to the `nearest` others (adaptive score normalisation, as speaker
    verification does it: Sturim and Reynolds 2005, Matejka et al. 2017) is held against the
    probe. The other people enrolled are the cohort, and the strangers a site has kept.

    Args:
        nearest: How many of the most similar others count.
        weight: How much of their mean cosine beyond `usual` is taken off the cosine needed.
        usual: Mean cosine up to which nothing is taken off. It bounds the term from below: a
            probe far from everybody (a small gallery, noise) gains nothing by it.
        mutual: How much the mean cosine of the person claimed to the `nearest` strangers, beyond
            the same `usual`, counts beside the probe's: templates too may lie near everybody's.
            (Normalisation from both sides; with the people enrolled as strangers it gains
            nothing.)
        strangers: Unit encodings of people who are not enrolled, `float32 (n, dimensions)`; None
            where the site keeps none.

    Raises:
        ValueError: A number outside its range, or strangers that are no finite rows.
    """

    nearest: int
    weight: float
    usual: float
    mutual: float = 0.0
    strangers: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        shares = 0 <= self.weight < 1 and 0 <= self.mutual <= 1
        if self.nearest < 1 or not shares or not -1 <= self.usual <= 1:
            raise ValueError(f"not the numbers of a cohort term: {self}")
        rows = self.strangers
        if rows is not None and (rows.ndim != 2 or not np.isfinite(rows).all()):
            raise ValueError("a cohort's strangers are rows of finite numbers")

    def crowding(
        self,
        others: NDArray[np.float32],
        probes: NDArray[np.float32],
        claimed: NDArray[np.floating],
    ) -> Encoding:
        """Mean cosine to the nearest others beyond the usual; 0 or more, `float64 (n,)`.

        Args:
            others: Cosines to the people enrolled, but for the nearest one: at least the
                `nearest` largest where there are so many; `(n, some)`.
            probes: The unit probes, `(n, dimensions)`.
            claimed: The unit template each is held against, `(n, dimensions)`.
        """
        columns = [others.astype(np.float64)]
        if self.strangers is not None and len(self.strangers):
            columns.append(largest(probes @ self.strangers.T, self.nearest).astype(np.float64))
        found = largest(np.concatenate(columns, axis=1), self.nearest)
        # Where there are too few others, the missing ones count as usual.
        total = found.sum(axis=1) + self.usual * (self.nearest - found.shape[1])
        crowding: Encoding = np.maximum(total / self.nearest - self.usual, 0.0)
        return crowding + self.mutual * self.beside(claimed)

    def beside(self, templates: NDArray[np.floating]) -> Encoding:
        """How near to strangers templates lie, beyond the usual; 0 or more, `float64 (n,)`."""
        if self.mutual == 0 or self.strangers is None or not len(self.strangers):
            return np.zeros(len(templates))
        cosines = templates.astype(np.float32) @ self.strangers.T
        found = largest(cosines, self.nearest).astype(np.float64)
        beside: Encoding = np.maximum(found.mean(axis=1) - self.usual, 0.0)
        return beside


def largest(rows: NDArray[Any], count: int) -> NDArray[Any]:
    """The `count` largest of each row, in no order; all where there are fewer."""
    if rows.shape[1] <= count:
        return rows
    return np.partition(rows, rows.shape[1] - count, axis=1)[:, -count:]


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
        least_own_part: The share of the probe's difference from the nearest person that no other
            template near it explains (`composed.own_part`), at least. 0 for no such rule.
        middle: Mean of very many people of this encoder, a unit row; None where it is not known.
        min_off_middle: The probe's least distance from it.
        cohort: Tightens the threshold for probes that resemble many people; None for no such term.
        farthest: No search allows more, whatever the threshold; but for a lone template's
            allowance.
        withheld: Why nobody is named at all, in a sentence; empty where people are.

    Raises:
        ValueError: One of them is not a distance.
    """

    threshold: float
    margin: float
    one_sample_allowance: float = 0.0
    min_off_centre: float = 0.0
    min_off_other: float = 0.0
    least_own_part: float = 0.0
    middle: tuple[float, ...] | None = field(default=None, repr=False)
    min_off_middle: float = 0.0
    cohort: Cohort | None = None
    farthest: float = 2.0
    withheld: str = ""

    def __post_init__(self) -> None:
        numbers = (
            self.margin,
            self.one_sample_allowance,
            self.min_off_centre,
            self.min_off_other,
            self.least_own_part,
            self.min_off_middle,
        )
        # Written so that a number that is not a number is none of a policy.
        if not (0 < self.threshold < 2 and self.farthest > 0) or not all(
            0 <= number < 2 for number in numbers
        ):
            raise ValueError(f"a policy's numbers are distances between 0 and 2, got {self}")

    def limit(self, samples: int, crowding: float = 0.0) -> float:
        """The largest distance that is accepted in one search.

        Args:
            samples: How many templates the nearest person has.
            crowding: What `Cohort.crowding` says about the probe; more of it allows less.
        """
        # Between unit vectors the squared distance is 2 minus twice the cosine.
        weight = 0.0 if self.cohort is None else self.cohort.weight
        near = math.sqrt(max(0.0, self.threshold**2 - 2 * weight * crowding))
        near = min(near, self.farthest)
        return near + (self.one_sample_allowance if samples == 1 else 0.0)


DEFAULT_POLICY = Policy(
    threshold=0.31,
    margin=0.05,
    one_sample_allowance=0.02,
    min_off_centre=0.30,
    min_off_other=0.37,
    least_own_part=0.5,
)
"""Set from a target: fewer than 0.5 % of strangers named with 420 people enrolled.

Measured by `python -m benchmarks.openset` on lfw-dev with the dlib encoder (55533b28a958), three
seeds, 5,970 searches of strangers and 687 of enrolled people: FPIR 0.45 %, FNIR 7.6 % with three
samples a person, 12.7 % with two, 23.4 % with one (FPIR 0.54 %), nobody under a wrong name. The
nearest raw encoding within 0.6 names 71 % of the same strangers. Without the margin the threshold
would be 0.29 for FPIR 0.6 %, and FNIR 11.4 %. Larger galleries need a smaller threshold.

The last three numbers keep made-up probes out; of the last one `biometrics.composed`
tells. The two before are for the mean of all templates, and the centre of the
smallest ball round them. Threshold and margin alone take 9.5 % of those of three people for
somebody, 3.5 % of six people, 1.8 % of ten (the 0.6 rule: 74 to 81 %); with them 0 of 1,800, and
1 of 600 of two people. None of 4,200 searches of enrolled people was lost by it: a face lies 0.30
or more from the mean of the others (median 0.41 to 0.48), such vectors at most 0.30 (0.03 to
0.17)."""
