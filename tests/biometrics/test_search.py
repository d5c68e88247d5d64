"""The nearest rows: the same as by comparing and sorting everything, in one pass or by codes."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics import search
from biometrics.codes import Codes
from biometrics.search import Coded, nearest
from biometrics.short_rows import Short

Rows = NDArray[np.float32]


@dataclass
class Block:
    """What a search needs of one."""

    vectors: Rows
    coded: Coded | None = None
    short: Short | None = None


def unit(count: int, seed: int, dimensions: int = 32) -> Rows:
    """Random directions."""
    rows = np.random.default_rng(seed).standard_normal((count, dimensions)).astype(np.float32)
    unit_rows: Rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit_rows


def sorted_out(rows: Rows, probes: Rows, count: int) -> NDArray[np.int64]:
    """The reference: all cosines, sorted."""
    order: NDArray[np.int64] = np.argsort(-(probes @ rows.T), axis=1)[:, :count]
    return order


@pytest.mark.parametrize("count", [1, 4, 11])
@pytest.mark.parametrize("probes", [1, 3, 70])
@pytest.mark.parametrize("sizes", [(1,), (63,), (64, 2), (300, 300, 41), (3000, 700)])
def test_nearest_is_what_sorting_everything_gives(
    sizes: tuple[int, ...], probes: int, count: int
) -> None:
    """Whatever the sizes of blocks, over all of them, the nearest first."""
    blocks = [Block(unit(size, seed)) for seed, size in enumerate(sizes)]
    rows = np.concatenate([block.vectors for block in blocks])
    searched = unit(probes, 99)
    found = nearest(blocks, searched, count)
    expected = np.take_along_axis(searched @ rows.T, sorted_out(rows, searched, count), axis=1)
    cosines = np.take_along_axis(searched @ rows.T, found.rows, axis=1)
    # Two that are equally near, but for the last bit, may stand either way.
    assert np.allclose(cosines, expected, atol=2e-7)
    assert [len(set(line)) for line in found.rows.tolist()] == [expected.shape[1]] * probes
    assert np.allclose(found.cosines, cosines, atol=1e-6)
    assert (found.vectors == rows[found.rows]).all()


def test_a_probe_finds_the_same_alone_and_beside_others() -> None:
    """To the last bit, equal rows too, and where very many are nearly as near as one another."""
    crowd = unit(1, 7) + 1e-6 * np.random.default_rng(8).standard_normal((300, 32))
    crowd /= np.linalg.norm(crowd, axis=1, keepdims=True)
    blocks = [Block(unit(2000, 1)), Block(crowd.astype(np.float32)), Block(unit(40, 1))]
    probes = np.concatenate([unit(30, 5), unit(1, 7), unit(3, 1)])
    together = nearest(blocks, probes, 16)
    for line, probe in enumerate(probes):
        alone = nearest(blocks, probe[np.newaxis], 16)
        assert alone.rows[0].tolist() == together.rows[line].tolist()
        assert alone.cosines[0].tobytes() == together.cosines[line].tobytes()


def test_what_does_not_fit_in_one_go_is_compared_in_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The memory of a batch is bounded."""
    monkeypatch.setattr(search, "_COSINES", 1000)
    blocks = [Block(unit(200, seed)) for seed in range(5)]
    rows = np.concatenate([block.vectors for block in blocks])
    searched = unit(4, 50)
    assert (nearest(blocks, searched, 4).rows == sorted_out(rows, searched, 4)).all()


@pytest.mark.parametrize("count", [1, 16])
def test_short_rows_find_the_same(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the last bit: probes that lie where the rows do, and such as lie anywhere."""
    monkeypatch.setattr(search, "_WORTH_SHORTENING", 1)
    axes = unit(16, 3)
    rows = unit(3000, 1, 16) @ axes + 1e-4 * unit(3000, 2)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    parts = [rows[:1700], rows[1700:], np.concatenate([rows[:20], unit(20, 8)])]
    whole = [Block(part) for part in parts]
    shortened = [Block(part, short=Short.of(part)) for part in parts]
    assert [block.short is not None for block in shortened] == [True, True, False]
    probes = np.concatenate([rows[::500], unit(9, 4, 16) @ axes, unit(9, 5)]).astype(np.float32)
    probes /= np.linalg.norm(probes, axis=1, keepdims=True)
    for some in (probes, probes[:1], probes[-1:]):
        expected, found = nearest(whole, some, count), nearest(shortened, some, count)
        assert found.rows.tolist() == expected.rows.tolist()
        assert found.cosines.tobytes() == expected.cosines.tobytes()
        assert found.vectors.tobytes() == expected.vectors.tobytes()


def test_short_rows_that_say_too_little_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rows and probes lie far beside the axes, not everybody is compared twice."""
    compared: list[int] = []
    vectors_of = search._vectors

    def counted(blocks: Sequence[search.Rows], rows: NDArray[np.int64]) -> Rows:
        compared.append(rows.size)
        return vectors_of(blocks, rows)

    monkeypatch.setattr(search, "_vectors", counted)
    rows = unit(2048, 1)
    axes = np.linalg.qr(np.random.default_rng(1).standard_normal((32, 32)))[0][:, :16]
    blind = Short(axes, np.zeros((2048, 16), np.float32), 1.0)
    probes = unit(20, 2)
    found = nearest([Block(rows, short=blind)], probes, 4)
    assert (found.rows == sorted_out(rows, probes, 4)).all()
    assert sum(compared) < 20 * 20


def test_nothing_is_found_where_nothing_is() -> None:
    """No blocks; no probes."""
    assert nearest([], unit(2, 1), 3).rows.shape == (2, 0)
    assert nearest([Block(unit(5, 1))], unit(0, 1), 3).rows.shape == (0, 3)


@pytest.fixture(scope="module")
def coded() -> Block:
    """A block with codes."""
    rows = unit(2048, 7)
    return Block(rows, Coded(Codes(rows)))


def test_codes_and_whole_blocks_are_searched_together(coded: Block) -> None:
    """Rows are counted over all; probes near somebody find them in either."""
    other = Block(coded.vectors, Coded(Codes(coded.vectors)))
    blocks = [Block(unit(40, 1)), coded, Block(unit(30, 2)), other]
    rows = np.concatenate([block.vectors for block in blocks])
    wanted = np.array([3, 39, 40, 1500, 2087, 2088, 2117])
    for probes in (rows[wanted], rows[wanted[:1]]):
        found = nearest(blocks, probes, 3)
        assert np.allclose(found.cosines[:, 0], 1, atol=1e-6)
        again = nearest(blocks, probes, 3, exact=True)
        assert (np.sort(found.rows[:, 0]) <= np.sort(again.rows[:, -1]).max()).all()
        assert np.allclose(found.cosines[:, 0], again.cosines[:, 0], atol=1e-6)
    assert nearest(blocks, rows[wanted], 1).rows[:2, 0].tolist() == [3, 39]


def test_changed_rows_are_found_as_they_are_now(coded: Block) -> None:
    """Not as the codes know them, and once."""
    assert coded.coded is not None
    now = coded.vectors.copy()
    now[5], now[9] = unit(2, 77)
    changed = Block(now, coded.coded.but(9).but(5).but(5))
    assert changed.coded is not None
    assert changed.coded.changed.tolist() == [5, 9]
    found = nearest([changed], now[[5, 9]], 2)
    assert found.rows[:, 0].tolist() == [5, 9]
    assert (found.rows[:, 0] != found.rows[:, 1]).all()
    gone = nearest([changed], coded.vectors[5:6], 1)
    assert gone.cosines[0, 0] < 0.99


def test_rows_that_are_not_there_any_more_are_not_found(coded: Block) -> None:
    """A block that lost its last people keeps their codes."""
    shorter = Block(coded.vectors[:2000], coded.coded)
    found = nearest([shorter], coded.vectors[2010:2011], 4)
    assert found.rows.max() < 2000
    assert found.cosines[0, 0] < 0.99


@pytest.mark.parametrize("cosines", [search._COSINES, 5000])
def test_probes_that_everybody_is_equally_near_to_are_searched_for_alone(
    cosines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At right angles to all; beside them others find what they find alone."""
    monkeypatch.setattr(search, "_COSINES", cosines)
    rows = np.pad(unit(3000, 1, 16), ((0, 0), (0, 16)))
    probes = np.concatenate([rows[:3], np.roll(rows[5:7], 16, axis=1), rows[9:12]])
    parts = [Block(rows[:1200]), Block(rows[1200:])]
    sizes: list[int] = []
    compare = search._compare

    def counted(block: search.Rows, some: Rows, out: Rows) -> search._Off:
        sizes.append(len(some))
        return compare(block, some, out)

    monkeypatch.setattr(search, "_compare", counted)
    found = nearest(parts, probes, 4)
    assert sizes == [8, 8, 6, 6, 1, 1, 1, 1]
    assert found.rows[:, 0].tolist() == [0, 1, 2, 0, 0, 9, 10, 11]
    assert found.rows[3].tolist() == [0, 1, 2, 3]


def test_where_codes_pick_too_few_everybody_is_compared(coded: Block) -> None:
    """Almost everybody of a block was deleted."""
    few = Block(coded.vectors[:20], coded.coded)
    found = nearest([few], coded.vectors[2000:2003], 16)
    assert (found.rows == sorted_out(few.vectors, coded.vectors[2000:2003], 16)).all()


def test_very_many_equal_rows_are_compared_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of them are the nearest."""
    monkeypatch.setattr(search, "_AT_ONCE", 100)
    rows = np.repeat(unit(2, 1), 150, axis=0)
    found = nearest([Block(rows)], unit(2, 1), 5)
    assert found.rows.tolist() == [[0, 1, 2, 3, 4], [150, 151, 152, 153, 154]]


def test_many_threads_search_at_once(coded: Block) -> None:
    """As the connections of a server do; each has what it would have alone."""
    blocks = [coded, Block(unit(500, 3))]
    probes = unit(200, 4)
    alone = [nearest(blocks, probe[np.newaxis], 4).rows[0].tolist() for probe in probes]
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda probe: nearest(blocks, probe[np.newaxis], 4).rows[0], probes)
        assert [rows.tolist() for rows in found] == alone


def test_what_codes_pick_is_not_lost_to_rounding(coded: Block) -> None:
    """Rows with codes and rows without, equally near but for rounding: the same alone or not."""
    middles, drawn = unit(30, 11), np.random.default_rng(12)
    rows, other = coded.vectors.copy(), unit(900, 13)
    for at, middle in enumerate(middles):
        for some in (rows, other):
            near = middle + 5e-8 * drawn.standard_normal((6, 32))
            some[20 * at : 20 * at + 6] = near / np.linalg.norm(near, axis=1, keepdims=True)
    probes = middles + 0.2 * unit(30, 14)
    probes = (probes / np.linalg.norm(probes, axis=1, keepdims=True)).astype(np.float32)
    for blocks in ([Block(rows, Coded(Codes(rows))), Block(other)], [Block(other), coded]):
        together = nearest(blocks, probes, 4)
        alone = [nearest(blocks, probe[np.newaxis], 4) for probe in probes]
        assert np.concatenate([one.rows for one in alone]).tolist() == together.rows.tolist()


def test_blocks_whose_short_rows_tell_less_lose_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks that are passed one after the other, the later ones farther beside their axes."""
    monkeypatch.setattr(search, "_WORTH_SHORTENING", 1)
    monkeypatch.setattr(search, "_COSINES", 1)
    basis = np.linalg.qr(np.random.default_rng(1).standard_normal((32, 32)))[0].T
    along, beside = basis[0], basis[20]
    first = (unit(1100, 2, 16) @ basis[:16]).astype(np.float32)
    second = first[::-1].copy()
    # Along the axes it is farther, by what is more than rounding, and nearer on the whole.
    first[7], second[9] = along, along + 5e-3 * basis[1] + 9e-4 * beside
    probe = along + 0.09 * beside
    probes = np.stack([probe / np.linalg.norm(probe)] * 2).astype(np.float32)
    axes = np.ascontiguousarray(basis[:16].T)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    blocks = [
        Block(rows, short=Short(axes, (rows @ axes).astype(np.float32), far))
        for rows, far in ((first, 1e-7), (second, 9.1e-4))
    ]
    assert nearest(blocks, probes, 1).rows.tolist() == [[1109], [1109]]
