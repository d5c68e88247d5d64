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
from biometrics.policy import Policy

MOST_COMPARISONS = 60_000_000
"""Where a gallery has more samples times people, an even choice of the samples is searched: 1 s."""
LEAST_PROBES = 600
"""Samples searched however large the gallery is."""
_AT_ONCE = 1024
"""Probes searched before the next are looked up, to bound the memory."""


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
    counts = gallery.counts
    parts = []
    for start in range(0, len(probes), _AT_ONCE):
        some, whose = probes[start : start + _AT_ONCE], owners[start : start + _AT_ONCE]
        rest = _sums(gallery, whose) - some
        parts.append(_block(some, whose, rest, gallery, counts, policy))
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
    if len(probes) == 0:
        return np.empty(0)
    return _as_stranger(probes.astype(np.float32), gallery, gallery.counts, policy)[0]


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
    if len(probes) == 0:
        return np.empty(0)
    counts = gallery.counts
    rows = probes.astype(np.float32)
    if len(gallery) > 1:
        _, top = _as_stranger(rows, gallery, counts, policy, owners)
    else:  # as if somebody stood on the other side, who is in nobody's way
        top = np.full((len(rows), 1), -1.0, dtype=np.float32)
    own = np.array([gallery.vector(row) for row in owners.tolist()])
    return _as_self(rows, own, top, counts[owners] == 1, policy)


def sample_probes(gallery: Gallery, *, most: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """An even choice of the samples, `(n, dimensions)`, and whose they are, `(n,)`."""
    step = -(-gallery.samples // most) if gallery.samples else 1
    upto = np.cumsum(gallery.counts)
    chosen = np.arange(0, gallery.samples, step)
    owners = np.searchsorted(upto, chosen, side="right")
    # The number among the person's own, from the end.
    places = chosen - upto[owners]
    rows = [
        gallery.at(row).templates[place].encoding
        for row, place in zip(owners.tolist(), places.tolist(), strict=True)
    ]
    return np.array(rows, dtype=np.float32), owners.astype(np.int64)


def _sums(gallery: Gallery, rows: NDArray[np.int64]) -> Encoding:
    """Of each of these people the sum of their samples, `(n, dimensions)`."""
    sums: Encoding = np.array(
        [np.sum([t.encoding for t in gallery.at(row).templates], axis=0) for row in rows.tolist()]
    )
    return sums


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
    unit = own / np.where(length > 0, length, 1.0)[:, np.newaxis]
    distance = _distance((unit * probes).sum(axis=1))
    closeness = _closeness(distance, lone, _crowding(policy, top, probes, unit), policy)
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
    few = 2 if policy.cohort is None else policy.cohort.nearest + 1
    found = gallery.nearest(probes, few if owners is None else few + 1)
    rows, top = found.rows, found.cosines
    if owners is not None:
        # The owner out, or the last where the owner is not among the nearest; the order stays.
        out = rows == owners[:, np.newaxis]
        out[:, -1] |= ~out.any(axis=1)
        rows, top = (kept[~out].reshape(len(probes), -1) for kept in (rows, top))
    nearest = rows[:, 0]
    first = _distance(top[:, 0])
    second = _distance(top[:, 1]) if top.shape[1] > 1 else np.full(len(probes), np.inf)
    claimed = np.array([gallery.vector(row) for row in nearest.tolist()]).reshape(probes.shape)
    crowding = _crowding(policy, top[:, 1:], probes, claimed)
    closeness = _closeness(first, counts[nearest] == 1, crowding, policy)
    closeness[second - first < policy.margin] = -np.inf
    return closeness, top


def _crowding(
    policy: Policy,
    others: NDArray[np.float32],
    probes: NDArray[np.float32],
    claimed: NDArray[np.floating],
) -> Encoding:
    if policy.cohort is None:
        return np.zeros(len(probes))
    return policy.cohort.weight * policy.cohort.crowding(others, probes, claimed)


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
