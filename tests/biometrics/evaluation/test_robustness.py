"""Changed pictures: counted by hand, kept, and resumed."""

from pathlib import Path

from biometrics.evaluation.acquire import Acquisition, acquire
from biometrics.evaluation.changes import CHANGES
from biometrics.evaluation.pairs import Pair, PairList, make_pairs
from biometrics.evaluation.robustness import genuine_pairs, robustness_report
from biometrics.evaluation.samples import read_dataset
from biometrics.evaluation.store import SeenStore
from tests.biometrics.evaluation.sets import (
    ColourEncoder,
    acquisition,
    at,
    item,
    looker,
    small_set,
)


class Small:
    """A small set that was looked at."""

    def __init__(self, folder: Path) -> None:
        dataset = read_dataset(small_set(folder / "p"))
        self.folder = folder
        self.pairs = make_pairs(dataset)
        self.acquisition: Acquisition = acquire(
            dataset.samples, self.store(), ColourEncoder(), looker=looker()
        )

    def store(self) -> SeenStore:
        """As it is on the disk."""
        return SeenStore(self.folder / "c", "k", 128)


def test_a_row_for_every_change(tmp_path: Path) -> None:
    """Unchanged first; a second run takes everything from the store."""
    small = Small(tmp_path)
    for fresh in (True, False):
        encoder = ColourEncoder()
        report = robustness_report(
            small.pairs,
            small.acquisition,
            small.store(),
            encoder,
            threshold=0.2,
            count=3,
            looker=looker(),
        )
        assert report is not None
        assert report["pairs"] == 3
        assert [row["change"] for row in report["rows"]] == ["as it is", *CHANGES]
        assert report["rows"][0]["fnmr"] == 0.0
        assert (encoder.encoded > 0) is fresh


def test_a_picture_that_vanished_is_missed(tmp_path: Path) -> None:
    """No changed picture can be made: refused, and counted as not acquired."""
    small = Small(tmp_path)
    for found in small.acquisition.items:
        found.sample.path.unlink()
    report = robustness_report(
        small.pairs, small.acquisition, small.store(), ColourEncoder(), threshold=0.2, count=2
    )
    assert report is not None
    assert {row["not_acquired"] for row in report["rows"][1:]} == {2}
    assert report["rows"][1]["median_distance"] is None
    assert report["rows"][1]["fnmr"] == 1.0


def test_genuine_pairs_come_from_all_folds_in_turn() -> None:
    """Impostor pairs and pictures without a face are passed over."""
    seen = acquisition(*(item("A", n, None if n == 3 else at(n)) for n in range(6)))
    folds = (
        (Pair(0, 1, same=True), Pair(1, 2, same=True), Pair(0, 5, same=False)),
        (Pair(0, 3, same=True), Pair(4, 5, same=True)),
    )
    pairs = PairList(folds, "by hand")
    assert genuine_pairs(pairs, seen, 9) == [folds[0][0], folds[1][1], folds[0][1]]
    assert genuine_pairs(pairs, seen, 1) == [folds[0][0]]


def test_nothing_to_change(tmp_path: Path) -> None:
    """No genuine pair has two faces."""
    seen = acquisition(item("A", 1, None), item("A", 2, at(0)))
    pairs = PairList(((Pair(0, 1, same=True),),), "by hand")
    store = SeenStore(tmp_path, "k", 128)
    assert robustness_report(pairs, seen, store, ColourEncoder(), threshold=0.2) is None


def test_progress_is_told(tmp_path: Path) -> None:
    """One step a picture."""
    small = Small(tmp_path)
    shown: list[tuple[int, int]] = []
    robustness_report(
        small.pairs,
        small.acquisition,
        small.store(),
        ColourEncoder(),
        threshold=0.2,
        count=2,
        looker=looker(),
        progress=lambda done, total: shown.append((done, total)),
    )
    assert shown == [(1, 2), (2, 2)]
