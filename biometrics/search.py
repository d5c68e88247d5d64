"""The nearest of many unit rows: a pass over all of them, or over the candidates of their codes.

Knows rows and cosines, no people. Blocks of rows (`biometrics/blocks.py`) are passed one after
the other, for one probe or for several at once; the best of each are put together.

A probe finds the same alone and beside others, to the last bit. Several probes at once are one
product of matrices, which rounds otherwise than one row times another. So it only picks: whoever
may be among the nearest, as far as it can tell, is compared again, row by row. A probe that far too
many rows are equally near to, as none of a face is, is searched for alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from biometrics.codes import Codes, together
from biometrics.short_rows import Short

CANDIDATES = 256
"""Picked by their codes, or 32 for each one wanted. Of a million people the four nearest were among
them in each of 3,000 searches; among 128 in all but one, among 64 in all but five."""
_FOR_EACH = 32
_PROBES = 64
"""Searched in one pass: their cosines to a block or two are 8 MB. Fewer than 256."""
_COSINES = 2_000_000
"""Kept at once: 8 MB."""
_LARGEST_GROUP = 64
"""Rows that are sorted out together, at most."""
_OFF = 1e-4
"""What cosines may be off for short rows: by more, too many rows would be compared again."""
_BESIDE = 0.1
"""Length of a probe beside their axes: of a longer one they tell too little."""
_CROWD = 8
"""Times as many groups as rows are wanted: more are a crowd."""
_WORTH_SHORTENING = 16_384
"""Cosines; for fewer, as of one probe and less than a whole block, short rows save no time."""
_AT_ONCE = 16_384
"""Rows compared again in one step: 8 MB. Only where very many are equally near are there more."""


_Picked = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Probes and rows that belong together: both by their numbers, a pair a place."""
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
    def short(self) -> Short | None:
        """The rows in fewer numbers, where fewer are enough."""

    @property
    def coded(self) -> Coded | None:
        """Codes of the rows, where there are some."""


_Off = float | NDArray[np.float64]
_Part = tuple[int, Rows]
"""The number of a block's first row, and the block."""


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
    count = min(count, sum(len(block.vectors) for block in blocks))
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
    """A pass, and whom it picked compared again, one by one."""
    number, dimensions = probes.shape
    if number == 0 or count == 0:
        vectors = np.empty((number, count, dimensions), np.float32)
        return Nearest(np.empty((number, count), np.int64), vectors[:, :, 0], vectors)
    probe, row = _pass(blocks, probes, count, exact=exact)
    several = np.bincount(probe, minlength=number)
    few = several < count
    if few.any():
        if number == 1:  # codes picked rows that are not there any more
            return _searched(blocks, probes, count, exact=True)
        alone, others = np.flatnonzero(few), np.flatnonzero(~few)
        groups = [others, *alone[:, np.newaxis]]
        found = _joined([_searched(blocks, probes[some], count, exact=exact) for some in groups])
        place = np.argsort(np.concatenate(groups))
        return Nearest(found.rows[place], found.cosines[place], found.vectors[place])
    cosines = np.concatenate(
        [
            np.vecdot(_vectors(blocks, row[some]), probes[probe[some]])
            for some in (slice(at, at + _AT_ONCE) for at in range(0, len(row), _AT_ONCE))
        ]
    )
    # Of equally near ones of a probe the first stay first. So small numbers are sorted faster.
    order = np.lexsort((-cosines, probe.astype(np.uint8)))
    best = order[(np.cumsum(several) - several)[:, np.newaxis] + np.arange(count)]
    row = row[best]
    return Nearest(row, cosines[best], _vectors(blocks, row))


def _vectors(blocks: Sequence[Rows], rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """The rows of these numbers, counted over all blocks."""
    if len(blocks) == 1:
        chosen: NDArray[np.float32] = blocks[0].vectors.take(rows, axis=0)
        return chosen
    firsts = np.cumsum([0, *(len(block.vectors) for block in blocks)])
    number = np.searchsorted(firsts, rows, side="right") - 1
    within = (rows - firsts[number]).ravel().tolist()
    parts = [block.vectors for block in blocks]
    lines = zip(number.ravel().tolist(), within, strict=True)
    return np.array([parts[place][row] for place, row in lines]).reshape(*rows.shape, -1)


def _pass(
    blocks: Sequence[Rows], probes: NDArray[np.float32], count: int, *, exact: bool
) -> _Picked:
    """The pairs that may be among the best, those of a probe in the order of the rows."""
    picked: list[_Picked] = []
    whole: list[_Part] = []
    coded: list[tuple[_Part, Coded]] = []
    least = np.full(len(probes), -np.inf, np.float32)
    before = size = 0
    for block in blocks:
        part, codes = (before, block), None if exact else block.coded
        before += len(block.vectors)
        if codes is not None:
            coded.append((part, codes))
            continue
        whole.append(part)
        size += len(block.vectors)
        if size * len(probes) > _COSINES:
            least = _all(whole, probes, count, least, picked)
            whole, size = [], 0
    if whole:
        least = _all(whole, probes, count, least, picked)
    if coded:
        picked.append(_coded(coded, probes, count, least))
    if len(picked) == 1 and not coded:
        return picked[0]
    probe = np.concatenate([some for some, _ in picked])
    row = np.concatenate([some for _, some in picked])
    order = np.argsort(row)
    order = order[least[probe[order]] < np.inf]
    return probe[order], row[order]


def _least(
    cosines: NDArray[np.float32], count: int, off: _Off, least: NDArray[np.float32]
) -> NDArray[np.float32]:
    """What the cosine of a row and each probe is at least where the row is among the best.

    The `count`-th best row is at most so much less near than it seems as cosines may be off. A row
    elsewhere is at most so much nearer than it seems as its own cosine may be off, which differs
    from block to block: so that is not taken off here.

    Args:
        cosines: Of rows, or of the best of groups of rows, `(probes, some)`.
        count: How many are wanted.
        off: By how much the cosines of each probe may be off.
        least: What it is by other rows.
    """
    place = cosines.shape[1] - min(count, cosines.shape[1])
    reached = np.partition(cosines, place, axis=1)[:, place]
    return np.maximum(least, (reached - off).astype(np.float32))


def _all(
    blocks: Sequence[_Part],
    probes: NDArray[np.float32],
    count: int,
    least: NDArray[np.float32],
    picked: list[_Picked],
) -> NDArray[np.float32]:
    """Picks rows of blocks, each with the number of its first row, by comparing all.

    Rows are divided into groups. As many groups as rows are wanted have maxima that reach what the
    `count`-th of them has: so do as many rows, and only the members of groups that do can.

    Args:
        blocks: One after the other.
        probes: Unit rows.
        count: How many are wanted.
        least: What the cosine of one of the best is at least, by the rows before.
        picked: The pairs go here, those of a probe in the order of the rows.

    Returns:
        `least` by these rows too; infinite for a probe that is to be searched for alone.
    """
    number = len(probes)
    starts = np.cumsum([0, *(len(block.vectors) for _, block in blocks)])
    total = int(starts[-1])
    # The fewest have to be sorted out, groups and members together, with the root of so many.
    size = min(_LARGEST_GROUP, max(1, math.isqrt(total // count)))
    groups = -(-total // size)
    # A line a row and not a line a probe: OpenBLAS is three times faster this way round.
    cosines = np.empty((groups * size, number), dtype=np.float32)
    cosines[total:] = -np.inf
    off: _Off = 0.0
    for start, (_, block) in zip(starts.tolist(), blocks, strict=False):
        part = cosines[start : start + len(block.vectors)]
        some = _compare(block, probes, part)
        off = some if start == 0 else np.maximum(off, some)
    # A group is every so many-th row: the maximum runs along the memory.
    members = cosines.reshape(size, -1)
    largest = members.max(axis=0).reshape(groups, number)
    least = _least(largest.T, count, off, least)
    seems = (least - off).astype(np.float32)
    reached = largest >= seems
    crowded = reached.sum(axis=0) > _CROWD * count
    if number > 1 and crowded.any():
        least[crowded] = np.inf
        reached &= ~crowded
    group, probe = np.divmod(np.flatnonzero(reached), number)
    reach = members.take(group * number + probe, axis=1) >= seems[probe]
    member, which = np.divmod(np.flatnonzero(reach), len(group))
    row = member * groups + group[which]
    if len(blocks) == 1:
        row += blocks[0][0]
    else:
        firsts = np.array([first for first, _ in blocks])
        number_of = np.searchsorted(starts, row, side="right") - 1
        row += firsts[number_of] - starts[number_of]
    picked.append((probe[which], row))
    return least


def _rounding(dimensions: int) -> float:
    """By how much two sums of the products of two unit rows may differ, in another order.

    Each is off by 2**-24 a number at most; so is what is computed from it.
    """
    return float(dimensions + 2) * 2.0**-23


def _compare(block: Rows, probes: NDArray[np.float32], out: NDArray[np.float32]) -> _Off:
    """The cosines of rows and probes, `(rows, probes)`, written to `out`.

    Returns:
        By how much those of each probe may be off.
    """
    vectors, short = block.vectors, block.short
    off: _Off = _rounding(probes.shape[1])
    if short is not None and len(vectors) * len(probes) >= _WORTH_SHORTENING:
        along, beside = short.along(probes)
        bound = beside * short.beside
        if beside.max() < _BESIDE and bound.max() < _OFF:
            vectors, probes, off = short.rows, along, off + bound
    if len(probes) == 1:
        # Row by row: `matmul` reads four rows at once, which takes half as long again.
        np.vecdot(vectors, probes[0], out=out[:, 0])
        return 0.0 if vectors is block.vectors else off  # that is how they are compared again
    np.matmul(vectors, probes.T, out=out)
    return off


def _coded(
    blocks: Sequence[tuple[_Part, Coded]],
    probes: NDArray[np.float32],
    count: int,
    least: NDArray[np.float32],
) -> _Picked:
    """Picks from the candidates of blocks' codes, and from the rows the codes do not know."""
    many = together(tuple(coded.codes for _, coded in blocks))
    picked = many.candidates(probes, max(CANDIDATES, _FOR_EACH * count))
    starts = np.cumsum([0, *(coded.codes.rows for _, coded in blocks)])
    block = np.searchsorted(starts, picked, side="right") - 1  # -1 where nothing was picked
    within = picked - starts[block]
    there = block >= 0
    rows: list[NDArray[np.int64]] = []
    cosines: list[NDArray[np.float32]] = []
    for number, ((first, rows_of), coded) in enumerate(blocks):
        vectors = rows_of.vectors
        there &= (block != number) | (within < len(vectors))
        changed = coded.changed[coded.changed < len(vectors)]
        if len(changed):
            # What the codes say about changed rows is no longer so: each is compared once.
            there &= (block != number) | ~np.isin(within, changed)
            rows.append(np.broadcast_to(changed + first, (len(probes), len(changed))))
            cosines.append(probes @ vectors[changed].T)
    block[~there], within[~there] = 0, 0
    # Row by row: an index into each block would let go of the interpreter's lock for each.
    some = [part.vectors for (_, part), _ in blocks]
    lines = zip(block.ravel().tolist(), within.ravel().tolist(), strict=True)
    chosen = np.array([some[number][row] for number, row in lines]).reshape(*picked.shape, -1)
    near = np.matmul(chosen, probes[:, :, np.newaxis])[:, :, 0]
    near[~there] = -np.inf
    firsts = np.array([first for (first, _), _ in blocks])
    row = np.concatenate([within + firsts[block], *rows], axis=1)
    cosine = np.concatenate([near, *cosines], axis=1)
    off = _rounding(probes.shape[1])
    seems = _least(cosine, count, off, least) - np.float32(off)
    probe, which = np.nonzero((cosine >= seems[:, np.newaxis]) & (cosine > -np.inf))
    return probe, row[probe, which]
