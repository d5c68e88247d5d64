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


NO_SEARCHES = Searches(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64))


def within(gallery: Gallery, policy: Policy) -> tuple[Searches, Searches]:
    """Strangers' searches, and those of people with two samples or more for themselves.

    Args:
        gallery: Who is enrolled. With one person nobody can be a stranger: no searches.
        policy: Margin, allowance and cohort term; its threshold does not count.
    """
    if len(gallery) < 2:
        return NO_SEARCHES, NO_SEARCHES
    most = max(LEAST_PROBES, MOST_COMPARISONS // len(gallery))
    probes, owners = sample_probes(gallery, most=most)
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


def from_outside(gallery: Gallery, probes: NDArray[np.floating], policy: Policy) -> Encoding:
    """The closeness of people who are not enrolled, as `Searches` has it; `float64 (n,)`.

    Args:
        gallery: Who is enrolled, at least one person.
        probes: Unit encodings, `(n, dimensions)`.
        policy: As for `within`.
    """
    rows = probes.astype(np.float32)
    counts = np.array([len(person.templates) for person in gallery.people])
    block = max(1, _BLOCK // len(gallery))
    parts = [
        _as_stranger(rows[start : start + block], gallery, counts, policy)[0]
        for start in range(0, len(rows), block)
    ]
    return np.concatenate(parts) if parts else np.empty(0)


def visits(
    gallery: Gallery,
    probes: NDArray[np.floating],
    owners: NDArray[np.int64],
    policy: Policy,
) -> Encoding:
    """The closeness to themselves of people enrolled, by pictures that are not; `float64 (n,)`.

    Args:
        gallery: Who is enrolled, at least one person.
        probes: Unit encodings, `(n, dimensions)`.
        owners: Whose they are, as rows of the gallery, `(n,)`.
        policy: As for `within`.
    """
    counts = np.array([len(person.templates) for person in gallery.people])
    rows = probes.astype(np.float32)
    if len(gallery) > 1:
        _, top = _as_stranger(rows, gallery, counts, policy, owners)
    else:  # as if somebody stood on the other side, who is in nobody's way
        top = np.full((len(rows), 1), -1.0, dtype=np.float32)
    return _as_self(rows, gallery.matrix[owners], top, counts[owners] == 1, policy)


def sample_probes(gallery: Gallery, *, most: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """An even choice of the samples, `(n, dimensions)`, and whose they are, `(n,)`."""
    people = gallery.people
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
    as_stranger, top = _as_stranger(probes, gallery, counts, policy, owners)
    return as_stranger, _as_self(probes, rest, top, counts[owners] == 2, policy)


def _as_self(
    probes: NDArray[np.float32],
    own: NDArray[np.floating],
    top: NDArray[np.float32],
    lone: NDArray[np.bool_],
    policy: Policy,
) -> Encoding:
    """Closeness to one's own templates, of any length, with the cosines of the nearest others."""
    length = np.linalg.norm(own, axis=1)
    distance = _distance((own * probes).sum(axis=1) / np.where(length > 0, length, 1.0))
    closeness = _closeness(distance, lone, _crowding(policy, top, probes), policy)
    near_another = _distance(top[:, 0]) - distance < policy.margin
    closeness[near_another | (length == 0)] = -np.inf
    return closeness


def _as_stranger(
    probes: NDArray[np.float32],
    gallery: Gallery,
    counts: NDArray[np.int64],
    policy: Policy,
    owners: NDArray[np.int64] | None = None,
) -> tuple[Encoding, NDArray[np.float32]]:
    """Closeness to the nearest person but the owner, and the largest cosines, in order."""
    cosines = probes @ gallery.matrix.T
    people = len(gallery)
    if owners is not None:
        cosines[np.arange(len(probes)), owners] = -np.inf
        people -= 1
    few = 2 if policy.cohort is None else policy.cohort.nearest + 1
    top = largest(cosines, min(few, people))
    top = -np.sort(-top, axis=1)
    nearest = cosines.argmax(axis=1)
    first = _distance(top[:, 0])
    second = _distance(top[:, 1]) if top.shape[1] > 1 else np.full(len(probes), np.inf)
    closeness = _closeness(
        first, counts[nearest] == 1, _crowding(policy, top[:, 1:], probes), policy
    )
    closeness[second - first < policy.margin] = -np.inf
    return closeness, top


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
