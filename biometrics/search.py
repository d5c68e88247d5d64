"""The nearest of many unit rows: a pass over all of them, or over the candidates of their codes.

Knows rows and cosines, no people. Blocks of rows (`biometrics/blocks.py`) are passed one after
the other, for one probe or for several at once; the best of each are put together.

A probe finds the same alone and beside others, to the last bit. Several probes at once are one
product of matrices, which rounds otherwise than one row times another; so a few more rows than
wanted are taken from it and compared again, row by row. Where those few may not be enough, because
too many rows are equally near, the probe is searched for alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from biometrics.codes import Codes, together

CANDIDATES = 256
"""Picked by their codes, or 32 for each one wanted. Of a million people the four nearest were among
them in each of 3,000 searches; among 128 in all but one, among 64 in all but five."""
_FOR_EACH = 32
_PROBES = 64
"""Searched in one pass: their cosines to a block or two are 8 MB."""
_COSINES = 2_000_000
"""Kept at once: 8 MB."""
_GROUPS = (16, 64)
"""Rows of the smallest and the largest group that are sorted out together."""
_SPARE = 8
"""More rows are compared again than are wanted."""
_ROUNDING = 6.2e-5
"""Two sums of the same products of two unit rows, in another order, differ by less: each is off by
2**-24 a number at most, and there are 512 numbers at most."""


_Found = tuple[NDArray[np.int64], NDArray[np.float32]]
_Part = tuple[int, NDArray[np.float32]]
"""The number of a block's first row, and its rows."""
_NOTHING: NDArray[np.int64] = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A block's codes, and the rows that they do not know as they are now.

    Args:
        codes: Made when the block was full.
        changed: Numbers of rows, in order, `int64 (some,)`.
    """

    codes: Codes
    changed: NDArray[np.int64] = field(default_factory=lambda: _NOTHING)

    def but(self, row: int) -> "Coded":
        """The same where that row is another now."""
        return Coded(self.codes, np.union1d(self.changed, [row]))


class Rows(Protocol):
    """What a search needs of a block."""

    @property
    def vectors(self) -> NDArray[np.float32]:
        """Unit rows, `(n, dimensions)`."""

    @property
    def coded(self) -> Coded | None:
        """Codes of the rows, where there are some."""


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """What a search found, a line a probe, the nearest first.

    Args:
        rows: Numbers of rows, counted over all blocks, `int64 (probes, count)`.
        cosines: Of the probe and that row, `float32 (probes, count)`.
        vectors: Those rows, `float32 (probes, count, dimensions)`.
    """

    rows: NDArray[np.int64]
    cosines: NDArray[np.float32]
    vectors: NDArray[np.float32]


def nearest(
    blocks: Sequence[Rows], probes: NDArray[np.float32], count: int, *, exact: bool = False
) -> Nearest:
    """The `count` nearest rows of each probe; all rows where there are fewer.

    A pass over 100,000 rows takes 4 ms, with codes a pass over a million 4 ms. Several probes
    share a pass.

    Args:
        blocks: One after the other.
        probes: Unit rows, `(n, dimensions)`.
        count: At least 1.
        exact: Does not use codes.
    """
    probes = np.ascontiguousarray(probes, dtype=np.float32)
    parts = [
        _searched(blocks, probes[start : start + _PROBES], count, exact=exact)
        for start in range(0, max(1, len(probes)), _PROBES)
    ]
    return parts[0] if len(parts) == 1 else _joined(parts)


def _joined(parts: Sequence[Nearest]) -> Nearest:
    return Nearest(
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.cosines for part in parts]),
        np.concatenate([part.vectors for part in parts]),
    )


def _searched(
    blocks: Sequence[Rows], probes: NDArray[np.float32], count: int, *, exact: bool
) -> Nearest:
    """A pass, and its best rows compared again, one by one."""
    rows, rough = _pass(blocks, probes, count + _SPARE, exact=exact)
    if rows.size == 0:
        rows, rough = rows[:, :count], rough[:, :count]
        return Nearest(rows, rough, np.empty((*rows.shape, probes.shape[1]), np.float32))
    vectors = _vectors(blocks, rows)
    cosines = np.vecdot(vectors, probes[:, np.newaxis])
    cosines[rough == -np.inf] = -np.inf
    order = np.lexsort((rows, -cosines))[:, :count]
    line = np.arange(len(probes))[:, np.newaxis]
    found = Nearest(rows[line, order], cosines[line, order], vectors[line, order])
    if len(probes) < 2 or rows.shape[1] < count + _SPARE:
        return found
    # Whoever was left out is no nearer than the last one who was not, but for rounding.
    unsure = found.cosines[:, -1] <= rough[:, -1] + _ROUNDING
    if not unsure.any():
        return found
    return _joined(
        [
            _searched(blocks, probes[place : place + 1], count, exact=exact)
            if unsure[place]
            else Nearest(
                found.rows[place : place + 1],
                found.cosines[place : place + 1],
                found.vectors[place : place + 1],
            )
            for place in range(len(probes))
        ]
    )


def _vectors(blocks: Sequence[Rows], rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """The rows of these numbers, counted over all blocks."""
    if len(blocks) == 1:
        chosen: NDArray[np.float32] = blocks[0].vectors[rows]
        return chosen
    firsts = np.cumsum([0, *(len(block.vectors) for block in blocks)])
    number = np.searchsorted(firsts, rows, side="right") - 1
    within = (rows - firsts[number]).ravel().tolist()
    parts = [block.vectors for block in blocks]
    lines = zip(number.ravel().tolist(), within, strict=True)
    return np.array([parts[place][row] for place, row in lines]).reshape(*rows.shape, -1)


def _pass(
    blocks: Sequence[Rows], probes: NDArray[np.float32], count: int, *, exact: bool
) -> _Found:
    found: list[_Found] = []
    whole: list[_Part] = []
    coded: list[tuple[_Part, Coded]] = []
    before = size = 0
    for block in blocks:
        part, codes = (before, block.vectors), None if exact else block.coded
        before += len(block.vectors)
        if codes is not None:
            coded.append((part, codes))
            continue
        whole.append(part)
        size += len(block.vectors)
        if size * len(probes) > _COSINES:
            found.append(_all(whole, probes, count))
            whole, size = [], 0
    if whole:
        found.append(_all(whole, probes, count))
    if coded:
        found += _coded(coded, probes, count)
    return _best(found, len(probes), min(count, before))


def _best(found: Sequence[_Found], probes: int, count: int) -> _Found:
    if count == 0:
        return np.empty((probes, 0), np.int64), np.empty((probes, 0), np.float32)
    rows, cosines = found[0]
    if len(found) > 1:
        rows = np.concatenate([some for some, _ in found], axis=1)
        cosines = np.concatenate([some for _, some in found], axis=1)
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(rows, order, axis=1), np.take_along_axis(cosines, order, axis=1)


def _all(blocks: Sequence[_Part], probes: NDArray[np.float32], count: int) -> _Found:
    """The best rows of blocks, each with the number of its first row, by comparing all; unordered.

    Rows are divided into groups. The `count` groups with the largest maxima hold the `count`
    largest cosines: only their members are sorted out, in a tenth of the time that all would take.
    """
    number = len(probes)
    starts = np.cumsum([0, *(len(vectors) for _, vectors in blocks)])
    total = int(starts[-1])
    # The fewest have to be sorted out, groups and members together, with the root of so many.
    least, most = _GROUPS
    size = min(most, max(least, math.isqrt(total // count)))
    groups = -(-total // size)
    # A line a row and not a line a probe: OpenBLAS is three times faster this way round.
    cosines = np.empty((groups * size, number), dtype=np.float32)
    cosines[total:] = -np.inf
    for start, (_, vectors) in zip(starts.tolist(), blocks, strict=False):
        _compare(vectors, probes, cosines[start : start + len(vectors)])
    if groups <= count:
        few = min(count, total)
        best = np.argpartition(cosines.T, -few, axis=1)[:, -few:]
    else:
        # A group is every so many-th row: the maximum runs along the memory.
        largest = cosines.reshape(size, -1).max(axis=0).reshape(groups, number).T
        chosen = np.argpartition(largest, -count, axis=1)[:, -count:]
        members = (chosen[:, :, np.newaxis] + groups * np.arange(size)).reshape(number, -1)
        within = cosines[members, np.arange(number)[:, np.newaxis]]
        within = np.argpartition(within, -count, axis=1)[:, -count:]
        best = np.take_along_axis(members, within, axis=1)
    found = cosines[best, np.arange(number)[:, np.newaxis]]
    if len(blocks) == 1:
        return best + blocks[0][0], found
    firsts = np.array([first for first, _ in blocks])
    block = np.searchsorted(starts, best, side="right") - 1
    return best - starts[block] + firsts[block], found


def _compare(
    vectors: NDArray[np.float32], probes: NDArray[np.float32], out: NDArray[np.float32]
) -> None:
    """The cosines of rows and probes, `(rows, probes)`, written to `out`."""
    if len(probes) == 1:
        # Row by row: `matmul` reads four rows at once, which takes half as long again.
        np.vecdot(vectors, probes[0], out=out[:, 0])
    else:
        np.matmul(vectors, probes.T, out=out)


def _coded(
    blocks: Sequence[tuple[_Part, Coded]], probes: NDArray[np.float32], count: int
) -> list[_Found]:
    """The candidates of blocks' codes, and the rows the codes do not know, compared exactly."""
    many = together(tuple(coded.codes for _, coded in blocks))
    picked = many.candidates(probes, max(CANDIDATES, _FOR_EACH * count))
    starts = np.cumsum([0, *(coded.codes.rows for _, coded in blocks)])
    block = np.searchsorted(starts, picked, side="right") - 1  # -1 where nothing was picked
    within = picked - starts[block]
    there = block >= 0
    again: list[_Found] = []
    for number, ((first, vectors), coded) in enumerate(blocks):
        there &= (block != number) | (within < len(vectors))
        changed = coded.changed[coded.changed < len(vectors)]
        if len(changed):
            # What the codes say about changed rows is no longer so: each is compared once.
            there &= (block != number) | ~np.isin(within, changed)
            rows = np.broadcast_to(changed + first, (len(probes), len(changed)))
            again.append((rows, probes @ vectors[changed].T))
    block[~there], within[~there] = 0, 0
    # Row by row: an index into each block would let go of the interpreter's lock for each.
    some = [vectors for (_, vectors), _ in blocks]
    lines = zip(block.ravel().tolist(), within.ravel().tolist(), strict=True)
    chosen = np.array([some[number][row] for number, row in lines]).reshape(*picked.shape, -1)
    cosines = np.matmul(chosen, probes[:, :, np.newaxis])[:, :, 0]
    cosines[~there] = -np.inf
    firsts = np.array([first for (first, _), _ in blocks])
    return [(within + firsts[block], cosines), *again]
