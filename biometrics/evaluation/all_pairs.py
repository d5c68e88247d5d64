"""Every picture against every other: millions of impostor comparisons for the small FMRs."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.acquire import Acquired
from biometrics.evaluation.curves import histograms_of_counts, thinned
from biometrics.evaluation.metrics import Curve, curve_of_counts, equal_error_rate
from biometrics.evaluation.verification import points

BINS = 20_000
"""Of distances from 0 to 2, so a threshold is good to 0.0001."""
_BLOCK = 1024


class EveryPair:
    """Histograms of all genuine and all impostor distances of a set.

    The same file twice counts once: its distance to itself says nothing. Pictures without a face
    are refused in every comparison, so they count as such genuine pairs.

    Args:
        items: What was seen.
    """

    def __init__(self, items: Sequence[Acquired]) -> None:
        once = {item.seen.sha256 if item.seen else item.sample.shown: item for item in items}
        people = {name: n for n, name in enumerate({item.sample.person for item in items})}
        usable = [item for item in once.values() if item.usable]
        self.edges = np.linspace(0.0, 2.0, BINS + 1)
        self.genuine: NDArray[np.int64] = np.zeros(BINS, dtype=np.int64)
        self.impostor: NDArray[np.int64] = np.zeros(BINS, dtype=np.int64)
        self.not_acquired = self._genuine_pairs(list(once.values())) - self._genuine_pairs(usable)
        if usable:
            rows = np.stack([item.template for item in usable if item.template is not None])
            labels = np.array([people[item.sample.person] for item in usable])
            self._count(rows.astype(np.float32), labels)

    @property
    def possible(self) -> bool:
        """Whether there are comparisons of both kinds."""
        return bool(self.genuine.sum()) and bool(self.impostor.sum())

    def curve(self) -> Curve:
        """The error rates; failures to acquire are in the FNMR at every threshold.

        Raises:
            ValueError: There are no comparisons of one kind.
        """
        return curve_of_counts(
            self.edges, self.genuine, self.impostor, not_acquired=self.not_acquired
        )

    def report(self) -> dict[str, Any]:
        """Ready for JSON.

        Raises:
            ValueError: There are no comparisons of one kind.
        """
        errors = self.curve()
        eer, threshold = equal_error_rate(errors)
        return {
            "genuine": errors.genuine,
            "impostor": errors.impostor,
            "not_acquired": {"genuine": self.not_acquired},
            "eer": eer,
            "eer_threshold": threshold,
            "at_fmr": points(errors),
            "curve": thinned(errors),
            "histograms": histograms_of_counts(self.edges, self.genuine, self.impostor),
        }

    def _count(self, rows: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
        for start in range(0, len(rows), _BLOCK):
            cosines = rows[start : start + _BLOCK] @ rows[start:].T
            spans = np.sqrt(np.maximum(2 - 2 * cosines, 0))
            # A bin holds its upper edge, so that "at most the threshold" is exact there.
            bins = np.clip(np.ceil(spans * (BINS / 2)).astype(np.int64) - 1, 0, BINS - 1)
            once = np.triu(np.ones(spans.shape, dtype=bool), k=1)
            same = labels[start : start + _BLOCK, None] == labels[None, start:]
            self.genuine += np.bincount(bins[once & same], minlength=BINS)
            self.impostor += np.bincount(bins[once & ~same], minlength=BINS)

    @staticmethod
    def _genuine_pairs(items: Sequence[Acquired]) -> int:
        sizes = Counter(item.sample.person for item in items).values()
        return sum(size * (size - 1) // 2 for size in sizes)
