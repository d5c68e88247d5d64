"""Searches within a gallery: everybody left out in turn is a stranger to the rest, or a visitor.

What a site's own people give: N people leave one out, so N people search a gallery of N - 1 in
which they are not. Those searches are open-set searches of strangers, with the very people, light
and cameras of the site. With several samples one of them can be left out instead, and searched
for in the gallery that holds the others: a visit of somebody enrolled.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Encoding
from biometrics.gallery import Gallery
from biometrics.policy import Policy, largest

MOST_COMPARISONS = 60_000_000
"""Where a gallery has more samples times people, an even choice of the samples is searched: 1 s."""
LEAST_PROBES = 600
"""Samples searched however large the gallery is."""
_BLOCK = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Searches:
    """Outcomes of many searches, a row each.

    Args:
        closeness: The cosine of the nearest person, less what the cohort term and the lone
            sample's allowance make of it: accepted when it reaches the policy's threshold, taken
            as a cosine. Minus infinity where the margin or the nearest person is the wrong one.
        weight: 1 for a person, divided among their samples.
        samples: How many templates the person searched for has; 0 for strangers.
    """

    closeness: Encoding
    weight: Encoding
    samples: NDArray[np.int64]

    @property
    def people(self) -> float:
        """How many people searched."""
        return float(self.weight.sum())

    def beyond(self, share: float) -> float:
        """The closeness beyond which that share of the people lies; minus infinity for nobody."""
        order = np.argsort(-self.closeness)
        upto = np.cumsum(self.weight[order])
        place = int(np.searchsorted(upto, share * self.people))
        return float(self.closeness[order][place]) if len(order) else -np.inf


def within(gallery: Gallery, policy: Policy) -> tuple[Searches, Searches]:
    """Strangers' searches, and those of people with two samples or more for themselves.

    Args:
        gallery: Who is enrolled. With one person nobody can be a stranger: no searches.
        policy: Margin, allowance and cohort term; its threshold does not count.
    """
    probes, owners = _probes(gallery)
    if len(gallery) < 2:
        nothing = Searches(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64))
        return nothing, nothing
    counts = np.array([len(person.templates) for person in gallery.people])
    sums = np.array(
        [np.sum([t.encoding for t in person.templates], axis=0) for person in gallery.people]
    )
    block = max(1, _BLOCK // len(gallery))
    parts = []
    for start in range(0, len(probes), block):
        some, whose = probes[start : start + block], owners[start : start + block]
        parts.append(_block(some, whose, sums[whose] - some, gallery, counts, policy))
    strangers, own = (np.concatenate(column) for column in zip(*parts, strict=True))
    taken = np.bincount(owners, minlength=len(gallery))
    weight = 1.0 / taken[owners]
    several = counts[owners] > 1
    return (
        Searches(strangers, weight, np.zeros(len(owners), dtype=np.int64)),
        Searches(own[several], weight[several], counts[owners][several]),
    )


def _probes(gallery: Gallery) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Samples to search with, `(n, dimensions)`, and whose they are, `(n,)`."""
    people = gallery.people
    most = max(LEAST_PROBES, MOST_COMPARISONS // max(1, len(gallery)))
    step = -(-gallery.samples // most) if gallery.samples else 1
    chosen = [
        (template.encoding, row)
        for row, person in enumerate(people)
        for template in person.templates
    ][::step]
    rows = np.array([encoding for encoding, _ in chosen], dtype=np.float32)
    return rows, np.array([row for _, row in chosen], dtype=np.int64)


def _block(
    probes: NDArray[np.float32],
    owners: NDArray[np.int64],
    rest: Encoding,
    gallery: Gallery,
    counts: NDArray[np.int64],
    policy: Policy,
) -> tuple[Encoding, Encoding]:
    """Closeness of these probes as strangers, and as themselves, by the `rest` of their samples."""
    line = np.arange(len(probes))
    cosines = probes @ gallery.matrix.T
    cosines[line, owners] = -np.inf
    few = 2 if policy.cohort is None else policy.cohort.nearest + 1
    top = largest(cosines, min(few, len(gallery) - 1))
    top = -np.sort(-top, axis=1)
    nearest = cosines.argmax(axis=1)
    first = _distance(top[:, 0])
    second = _distance(top[:, 1]) if top.shape[1] > 1 else np.full(len(probes), np.inf)
    as_stranger = _closeness(
        first, counts[nearest] == 1, _crowding(policy, top[:, 1:], probes), policy
    )
    as_stranger[second - first < policy.margin] = -np.inf
    length = np.linalg.norm(rest, axis=1)
    own = _distance((rest * probes).sum(axis=1) / np.where(length > 0, length, 1.0))
    as_self = _closeness(own, counts[owners] == 2, _crowding(policy, top, probes), policy)
    as_self[(first - own < policy.margin) | (length == 0)] = -np.inf
    return as_stranger, as_self


def _crowding(policy: Policy, others: NDArray[np.float32], probes: NDArray[np.float32]) -> Encoding:
    if policy.cohort is None:
        return np.zeros(len(probes))
    return policy.cohort.weight * policy.cohort.crowding(others, probes)


def _distance(cosines: NDArray[np.floating]) -> Encoding:
    distance: Encoding = np.sqrt(np.maximum(0.0, 2 - 2 * cosines.astype(np.float64)))
    return distance


def _closeness(
    distance: Encoding, lone: NDArray[np.bool_], crowding: Encoding, policy: Policy
) -> Encoding:
    """Turns `distance <= policy.limit(...)` round: the threshold's cosine that is reached."""
    near = np.maximum(0.0, distance - policy.one_sample_allowance * lone)
    closeness: Encoding = 1 - near**2 / 2 - crowding
    return closeness
