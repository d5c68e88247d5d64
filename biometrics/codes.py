"""A block of templates once more in 32 bytes each, to pick the few that are compared exactly.

Product quantisation (Jegou et al. 2011) as FAISS does it in registers (Andre et al. 2015): two
numbers of a template share a code of 4 bits. A pass over the codes reads a sixteenth of the
templates' memory. It only picks candidates; what is told about them is computed from the
templates.
"""

import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BITS = 4
_TRAINED_ON = 4096
"""Templates of the block that the codes are fitted to; more gave no better candidates."""
_LEAST_ROWS = 1024


class CodesUnavailable(Exception):  # noqa: N818 - named for what happened
    """Raised when codes cannot be made here; the message says why."""


class Codes:
    """The codes of one block's templates; never changed.

    Attributes:
        index: FAISS's, for `CodedRows`.

    Args:
        vectors: Unit rows, `float32 (n, dimensions)`, at least 1,024 of them.

    Raises:
        CodesUnavailable: FAISS cannot be loaded, or there are no codes for such rows.
    """

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        rows, dimensions = vectors.shape
        numbers = _numbers_a_code(dimensions)
        if numbers is None or rows < _LEAST_ROWS:
            raise CodesUnavailable(f"There are no codes for {rows} rows of {dimensions} numbers.")
        faiss = _faiss()
        faiss.omp_set_num_threads(1)
        index = faiss.IndexPQFastScan(dimensions, dimensions // numbers, _BITS)
        index.pq.cp.niter = 10
        # FAISS starts its clusters from a fixed seed: the same block gives the same codes.
        index.train(vectors[:: -(-rows // _TRAINED_ON)])
        index.add(vectors)
        self.index: Any = index

    @property
    def bytes(self) -> int:
        """Memory of the codes."""
        return int(self.index.codes.size())

    @property
    def rows(self) -> int:
        """How many rows they are of."""
        return int(self.index.ntotal)


class CodedRows:
    """The codes of several blocks, scanned in one call; any thread may search.

    One call and not one a block: each would let go of Python's interpreter lock, and wait for it
    again for as long as any other thread computes.

    Args:
        codes: One block's after the other's, at least one.
    """

    def __init__(self, codes: Sequence[Codes]) -> None:
        self._faiss = _faiss()
        self._codes = tuple(codes)
        # Searched one after the other in the thread that asks; ids go on from shard to shard.
        self._shards: Any = self._faiss.IndexShards(codes[0].index.d, False, True)  # noqa: FBT003
        for block in codes:
            self._shards.add_shard(block.index)

    def candidates(self, probes: NDArray[np.float32], count: int) -> NDArray[np.int64]:
        """The rows that are nearest by their codes, `(n, count)`; -1 where there are fewer."""
        # For this thread only, and not at all for other libraries: FAISS brings an OpenMP of its
        # own. Searches come from many threads, one core each is theirs.
        self._faiss.omp_set_num_threads(1)
        rows: NDArray[np.int64] = self._shards.search(probes, count)[1]
        return rows


@lru_cache(maxsize=4)
def together(codes: tuple[Codes, ...]) -> CodedRows:
    """The codes of these blocks as one; the same ones are put together once."""
    return CodedRows(codes)


def _numbers_a_code(dimensions: int) -> int | None:
    """How many numbers share a code: 2 as measured; 4 where the encodings are much longer."""
    numbers = 2 if dimensions <= 256 else 4
    return numbers if dimensions % numbers == 0 and dimensions >= 16 else None


def _faiss() -> Any:
    # It tells line by line which builds of itself it does not find: nothing for a server's log.
    logging.getLogger("faiss.loader").setLevel(logging.WARNING)
    # Loaded when the first large gallery needs it: the window comes first.
    try:
        import faiss
    except ImportError as error:
        raise CodesUnavailable(f"the package faiss-cpu cannot be loaded ({error})") from error
    return faiss
