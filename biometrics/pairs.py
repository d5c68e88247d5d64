"""Many single comparisons: the closeness of probes to each person, the cohort term taken off."""

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Encoding
from biometrics.gallery import Gallery
from biometrics.policy import Policy, largest

NOBODY = -1
"""In place of a row of the gallery: the probe is of somebody who is not enrolled."""


def pair_closeness(
    gallery: Gallery,
    probes: NDArray[np.floating],
    owners: NDArray[np.int64],
    policy: Policy,
) -> Encoding:
    """Accepted as that person when it reaches the threshold's cosine; `float64 (n, people)`.

    As `verify` decides one by one: the cohort of a comparison is everybody but the person claimed
    and, as in a search without them, the person the probe is of.

    Args:
        gallery: Who is enrolled, at least one person.
        probes: Unit encodings, `(n, dimensions)`.
        owners: Whose they are, as rows of the gallery, or `NOBODY`; `(n,)`.
        policy: Allowance and cohort term; its threshold does not count.
    """
    rows = probes.astype(np.float32)
    cosines = gallery.cosines(rows).astype(np.float64)
    lone = gallery.counts == 1
    near = np.sqrt(np.maximum(0.0, 2 - 2 * cosines)) - policy.one_sample_allowance * lone
    closeness: Encoding = 1 - np.maximum(0.0, near) ** 2 / 2
    cohort = policy.cohort
    if cohort is None:
        return closeness
    own = np.arange(len(gallery)) == owners[:, np.newaxis]
    # One more than counts, for the person claimed is to be left out where among them.
    wanted = cohort.nearest + 1
    top = largest(np.where(own, -np.inf, cosines), wanted)
    if cohort.strangers is not None:
        seen = largest(rows @ cohort.strangers.T, wanted).astype(np.float64)
        top = largest(np.concatenate([top, seen], axis=1), wanted)
    missing = np.full((len(rows), wanted), -np.inf)
    top = -np.sort(-np.concatenate([top, missing], axis=1), axis=1)[:, :wanted]
    last = top[:, -2]
    # Where there are too few others, the missing ones count as usual.
    top = np.where(np.isfinite(top), top, cohort.usual)
    total, beyond = top[:, :-1].sum(axis=1), top[:, -1]
    among = (cosines >= last[:, np.newaxis]) & ~own
    without = total[:, np.newaxis] + np.where(among, beyond[:, np.newaxis] - cosines, 0.0)
    crowding = np.maximum(without / cohort.nearest - cohort.usual, 0.0)
    crowding += cohort.mutual * cohort.beside(gallery.matrix())
    closeness -= cohort.weight * crowding
    return closeness
