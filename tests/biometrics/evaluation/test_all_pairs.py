"""Every pair of a small set, counted by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from biometrics.evaluation import all_pairs
from biometrics.evaluation.all_pairs import EveryPair
from biometrics.evaluation.samples import Sample
from tests.biometrics.evaluation.sets import at, item


def test_every_pair_by_hand() -> None:
    """Two people with two pictures: 2 genuine, 4 impostor pairs at 5 and about 60 degrees."""
    every = EveryPair(
        [item("A", 1, at(0)), item("A", 2, at(5)), item("B", 1, at(60)), item("B", 2, at(65))]
    )
    errors = every.curve()
    assert (errors.genuine, errors.impostor) == (2, 4)
    report = every.report()
    assert report["eer"] == 0.0
    five = 2 * np.sin(np.radians(2.5))
    assert every.edges[np.flatnonzero(every.genuine)[0] + 1] == pytest.approx(five, abs=2e-4)


def test_missing_faces_and_repeated_files() -> None:
    """A picture without a face fails all its genuine pairs; a file twice counts once."""
    first = item("A", 1, at(0))
    again = replace(first, sample=Sample(Path("A/9"), "A/9", "A"))
    every = EveryPair([first, again, item("A", 2, at(5)), item("A", 3, None), item("B", 1, at(60))])
    report = every.report()
    assert (report["genuine"], report["not_acquired"]["genuine"]) == (3, 2)
    assert every.curve().fnmr[-1] == pytest.approx(2 / 3)


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted in blocks of two as in one."""
    chance = np.random.default_rng(1)
    items = [item("ABC"[n % 3], n, list(chance.normal(size=8))) for n in range(11)]
    whole = EveryPair(items)
    monkeypatch.setattr(all_pairs, "_BLOCK", 2)
    blocks = EveryPair(items)
    assert whole.genuine.sum() == 4 * 3 // 2 + 4 * 3 // 2 + 3
    assert whole.genuine.sum() + whole.impostor.sum() == 11 * 10 // 2
    assert np.abs(np.cumsum(whole.genuine - blocks.genuine)).max() <= 1
    assert blocks.impostor.sum() == whole.impostor.sum()


def test_nothing_to_compare() -> None:
    """No faces at all, and one person alone."""
    assert not EveryPair([item("A", 1, None)]).possible
    assert not EveryPair([item("A", 1, at(0)), item("A", 2, at(1))]).possible
