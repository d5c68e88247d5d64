"""Reading pickles of classic programs: numbers in numpy's arrays, without numpy taking part.

`find_class` gives stubs of ours that stand for the few names such a file needs. They build plain
arrays of numbers out of bytes, with our own checks; nothing of numpy or of any other module is
looked up or called. (Allowing just numpy's own constructors segfaulted under fuzzing.)
"""

import io
import math
import pickle
import sys
from array import array
from collections.abc import Callable, Iterator
from typing import NoReturn

from server.safe_pickle import BROKEN, FOREIGN, Limits, PickleRefused, check

FOREIGN_LIMITS = Limits(
    bytes=256 * 1024 * 1024,
    operations=16_000_000,
    depth=16,
    text=256 * 1024 * 1024,
    integer_bits=64,
    waiting=16_000_000,
)
"""200,000 encodings in double precision; the walk takes about 1 s a million operations."""

_MOST_DIMENSIONS = 2
_LONGEST_KIND = 3
_NUMPY_CORES = ("numpy.core", "numpy._core")  # before and since numpy 2


class Array:
    """What stands for a numpy array: its shape and its numbers, nothing else."""

    __slots__ = ("_columns_first", "_loader", "numbers", "shape")

    def __init__(self, loader: "_Foreign") -> None:
        self._loader = loader
        self.shape: tuple[int, ...] = ()
        self.numbers = array("d")
        self._columns_first = False

    def __setstate__(self, state: object) -> None:
        """The state that numpy pickles: (version,) shape, dtype, columns first, bytes."""
        if not isinstance(state, tuple) or len(state) not in (4, 5):
            raise PickleRefused("An array in the file is broken.")
        shape, kind, columns_first, raw = state[-4:]
        self.fill(shape, kind, raw, columns_first=columns_first in (1, True))

    def fill(self, shape: object, kind: object, raw: object, *, columns_first: bool) -> None:
        """Takes the numbers out of the bytes.

        Raises:
            PickleRefused: Shape, type and bytes do not belong together.
        """
        if not isinstance(shape, tuple) or len(shape) > _MOST_DIMENSIONS:
            raise PickleRefused("An array in the file has a shape that encodings do not have.")
        if not all(type(size) is int and 0 <= size < 2**31 for size in shape):
            raise PickleRefused("An array in the file has an impossible shape.")
        if 0 in shape[1:]:  # without a byte it could say that it has thousands of millions of rows
            raise PickleRefused("An array in the file has rows without numbers.")
        numbers = self._loader.numbers(kind, raw)
        if len(numbers) != math.prod(shape):
            raise PickleRefused("An array in the file has more or fewer numbers than it says.")
        self.shape, self.numbers, self._columns_first = shape, numbers, columns_first

    def rows(self) -> Iterator["array[float]"]:
        """Each row as plain numbers, copied; an array of one dimension is one row."""
        if len(self.shape) < _MOST_DIMENSIONS:
            yield self.numbers[:]
            return
        count, width = self.shape
        for row in range(count):
            if self._columns_first:
                yield self.numbers[row::count]
            else:
                yield self.numbers[row * width : (row + 1) * width]


def load_foreign(data: bytes) -> object:
    """Reads a classic pickle of protocol 0 to 5.

    Returns:
        Dicts, lists, tuples, texts, bytes and numbers, with an `Array` for each array. A list
        may hold itself, or one list a million times: follow them to a fixed depth only, count
        what is copied, and do not compare, hash or print any.

    Raises:
        PickleRefused: It is broken, beyond `FOREIGN_LIMITS`, or asks for anything else.
    """
    check(data, allowed=FOREIGN, limits=FOREIGN_LIMITS, share_containers=True)
    try:
        # latin1 keeps the bytes of arrays that Python 2 wrote as texts.
        return _Foreign(data).load()
    except BROKEN as error:
        raise PickleRefused("The file is broken: it cannot be read as a whole.") from error


class _Kind:
    """What stands for numpy's dtype: float32 or float64, and the order of the bytes."""

    __slots__ = ("big_endian", "code")

    def __init__(self, code: str) -> None:
        self.big_endian = code.startswith(">")
        # Only a short one is copied: a long one could be there once and be used a million times.
        self.code = code.lstrip("<>=|") if len(code) <= _LONGEST_KIND else code
        if self.code not in ("f4", "f8"):
            raise PickleRefused(
                f"The file holds an array of the type {code[:20]!r}; float32 and float64 are read."
            )

    def __setstate__(self, state: object) -> None:
        if not isinstance(state, tuple) or len(state) < 2 or state[1] not in ("<", ">", "=", "|"):
            raise PickleRefused("An array's type in the file is broken.")
        self.big_endian = state[1] == ">"


class _Stub:
    """Stands for a function of numpy: only to be called, and only by the unpickler."""

    __slots__ = ("_work",)

    def __init__(self, work: Callable[..., object]) -> None:
        self._work = work

    def __call__(self, *arguments: object) -> object:
        return self._work(*arguments)

    def __setstate__(self, _state: object) -> None:
        raise PickleRefused("The file wants to change what is not its own.")


class _Foreign(pickle.Unpickler):
    """Builds arrays of numbers with stubs of ours; counts the bytes it copies."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data), encoding="latin1")
        # Honest files copy each of their bytes once. Without this, one text of 100 MB could be
        # made into a thousand arrays.
        self._array_bytes_left = len(data)
        self._text_bytes_left = len(data)
        self._ndarray = _Stub(_not_callable)
        self._stubs = {
            ("numpy", "ndarray"): self._ndarray,
            ("numpy", "dtype"): _Stub(self._dtype),
            ("_codecs", "encode"): _Stub(self._encode),
            # Only without arguments: how Python 3 writes no bytes at all in protocols 0 to 2.
            ("__builtin__", "bytes"): _Stub(lambda: b""),
            ("builtins", "bytes"): _Stub(lambda: b""),
        }
        for core in _NUMPY_CORES:
            self._stubs[f"{core}.multiarray", "_reconstruct"] = _Stub(self._reconstruct)
            self._stubs[f"{core}.multiarray", "scalar"] = _Stub(self._scalar)
            self._stubs[f"{core}.numeric", "_frombuffer"] = _Stub(self._from_buffer)

    def find_class(self, module_name: str, global_name: str, /) -> _Stub:
        stub = self._stubs.get((module_name, global_name))
        if stub is None:
            asked = f"{module_name[:80]}.{global_name[:80]}".encode("unicode_escape").decode()
            raise PickleRefused(f"The file asks for {asked[:80]}, which no encodings need.")
        return stub

    def persistent_load(self, _pid: object, /) -> NoReturn:
        raise PickleRefused("The file asks for an object outside of it.")

    def numbers(self, kind: object, raw: object) -> "array[float]":
        """The numbers in bytes of that type, in double precision."""
        if isinstance(raw, str):
            raw = raw.encode("latin-1")
        if not isinstance(kind, _Kind) or not isinstance(raw, (bytes, bytearray)):
            raise PickleRefused("An array in the file holds something else than numbers.")
        self._array_bytes_left -= len(raw)
        if self._array_bytes_left < 0:
            raise PickleRefused("The file makes more of its numbers than it holds.")
        found = array("f" if kind.code == "f4" else "d")
        found.frombytes(raw)
        if kind.big_endian != (sys.byteorder == "big"):
            found.byteswap()
        return array("d", found)

    def _reconstruct(self, kind: object, _shape: object, _code: object) -> Array:
        if kind is not self._ndarray:
            raise PickleRefused("An array in the file is of an unknown kind.")
        return Array(self)

    def _from_buffer(self, raw: object, kind: object, shape: object, order: object) -> Array:
        made = Array(self)
        made.fill(shape, kind, raw, columns_first=order == "F")
        return made

    def _scalar(self, kind: object, raw: object) -> float:
        (number,) = self.numbers(kind, raw)
        return number

    def _dtype(self, code: object, _align: object = 0, _copy: object = 0) -> _Kind:
        if not isinstance(code, str):
            raise PickleRefused("An array's type in the file is broken.")
        return _Kind(code)

    def _encode(self, text: object, encoding: object) -> bytes:
        """How Python 3 writes bytes in protocols 0 to 2."""
        if not isinstance(text, str) or encoding != "latin1":
            raise PickleRefused("A byte string in the file is broken.")
        self._text_bytes_left -= len(text)
        if self._text_bytes_left < 0:
            raise PickleRefused("The file makes more of its texts than it holds.")
        return text.encode("latin-1")


def _not_callable(*_arguments: object) -> NoReturn:
    raise PickleRefused("The file calls what is not to be called.")
