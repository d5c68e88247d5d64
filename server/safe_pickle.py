"""Reading our own pickles without trusting them: only primitives, counted before they are made.

A pickle is a program. It is first walked through opcode by opcode without running it: only opcodes
that make dicts, lists, texts and numbers are allowed, within limits. What passed is then read by
an unpickler that can look up nothing at all. Both are needed: the walk keeps a nine-byte file from
asking for gigabytes, the unpickler is right about the format where the walk might not be.
"""

import io
import pickle
import pickletools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

PROTOCOL = 4
"""Protocol of the files we write: in every Python that we run on."""


class PickleRefused(Exception):  # noqa: N818 - named for what happened
    """Raised when a pickle is broken, too large, or asks for more than it may; names which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a pickle may ask for.

    Attributes:
        bytes: Size of the file.
        operations: Opcodes, which bounds the objects and so the memory (about 60 bytes each).
        depth: Containers within containers.
        text: Characters or bytes of one text or byte string.
        integer_bits: Size of an integer.
        waiting: Objects between a mark and its end. Python's own writer puts at most 1,000
            entries of a list or dict there, but a whole tuple, however long.
    """

    bytes: int
    operations: int
    depth: int
    text: int
    integer_bits: int
    waiting: int


OWN_LIMITS = Limits(
    bytes=2 * 1024 * 1024,
    operations=300_000,
    depth=8,
    text=4_000,
    integer_bits=64,
    waiting=2_100,
)
"""One person with 1,000 samples is 1.3 MB and 160,000 operations, 4 containers deep."""

# Opcodes by what they do to the stack. Everything else is refused, first of all what looks up,
# calls or builds objects.
_SCALARS = frozenset(
    {"NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"}
    | {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"}
)
_NOTHING = frozenset({"PROTO", "FRAME"})
_PUTS = frozenset({"MEMOIZE", "BINPUT", "LONG_BINPUT", "PUT"})
_GETS = frozenset({"BINGET", "LONG_BINGET", "GET"})
_EMPTY = frozenset({"EMPTY_LIST", "EMPTY_DICT", "EMPTY_TUPLE", "GLOBAL"})
_FROM_MARK = frozenset({"LIST", "DICT", "TUPLE"})
_FILL = frozenset({"APPENDS", "SETITEMS"})
# (how many are taken, whether the lowest of them stays in place instead of a new object)
_TAKES = {
    "APPEND": (2, True),
    "SETITEM": (3, True),
    "BUILD": (2, True),
    "TUPLE1": (1, False),
    "TUPLE2": (2, False),
    "TUPLE3": (3, False),
    "REDUCE": (2, False),
    "STACK_GLOBAL": (2, False),
}

# What the walk notes for an object that may be a dict's key: a text, or a small number (the label
# of a class). Never a tuple: its hash goes through all that it holds, each time anew, so that
# eight tuples of fifty references each would take for ever. Nor any number: chosen well, a million
# of them make a dict's search as long as the dict.
_KEY = -1
_LARGEST_KEY = 65_535

PRIMITIVES = (
    _SCALARS
    | _NOTHING
    | _FILL
    | {"MARK", "STOP", "EMPTY_LIST", "EMPTY_DICT", "APPEND", "SETITEM"}
    | {"MEMOIZE", "BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET"}
)
"""Opcodes of dicts, lists, texts and numbers in protocols 2 to 5."""

_FLOAT_BYTES = 9
_FLOATS = re.compile(rb"(?:G.{8})+", re.DOTALL)
"""`BINFLOAT`s one after the other: the letter, and eight bytes that are any number."""

_TOO_MANY_WAIT = "The file begins more lists than it could end."

SEALED = PRIMITIVES | {"SHORT_BINBYTES", "BINBYTES"}
"""With byte strings: what is sealed."""

# What the standard library raises on a broken pickle. A Warning comes where warnings are errors:
# broken escapes in a text of protocol 0 are one.
BROKEN = (
    pickle.UnpicklingError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    OverflowError,
    Warning,
)


def load_primitives(
    data: bytes, *, limits: Limits = OWN_LIMITS, allowed: frozenset[str] = PRIMITIVES
) -> object:
    """Reads a pickle that holds dicts, lists, texts and numbers only (and bytes, with `SEALED`).

    Raises:
        PickleRefused: It is broken, holds anything else, or goes beyond the limits.
    """
    check(data, allowed=allowed, limits=limits, share_containers=False)
    try:
        return _Primitives(io.BytesIO(data)).load()
    except BROKEN as error:
        raise PickleRefused("The file is broken: it cannot be read as a whole.") from error


def dump_primitives(value: object, *, limits: Limits = OWN_LIMITS) -> bytes:
    """Writes what `load_primitives` reads within the same limits, and makes sure that it does.

    Raises:
        PickleRefused: The value holds something else than dicts, lists, texts and numbers, or
            goes beyond the limits.
    """
    data = pickle.dumps(value, protocol=PROTOCOL)
    check(data, allowed=PRIMITIVES, limits=limits, share_containers=False)
    return data


def check(data: bytes, *, allowed: frozenset[str], limits: Limits, share_containers: bool) -> None:
    """Walks through a pickle without running it.

    Args:
        data: The whole file.
        allowed: Names of the opcodes it may hold.
        limits: What it may ask for.
        share_containers: Whether one list or dict may stand in two places. Without, nothing can
            hold itself.

    Raises:
        PickleRefused: With a sentence that says what was found.
    """
    if len(data) > limits.bytes:
        raise PickleRefused(f"The file has {len(data)} bytes; {limits.bytes} are allowed.")
    walk = _Walk(limits, share_containers=share_containers)
    end = 0
    for name, argument, position, more in _opcodes(data):
        if name not in allowed:
            raise PickleRefused(_forbidden(name, argument))
        walk.step(name, argument)
        if more:
            walk.floats(more)
        end = position + 1
    if end != len(data):
        raise PickleRefused("The file goes on after its end.")


def _opcodes(data: bytes) -> Iterator[tuple[str, object, int, int]]:
    """The opcodes with their arguments and places; the last is STOP. Reads nothing beyond the data.

    The fourth is how many floats follow a float at once: they are stepped over together, for an
    encoding is hundreds of them, and a server reads all its people before it listens.
    """
    file = io.BytesIO(data)
    try:
        for opcode, argument, position in pickletools.genops(file):
            more = 0
            if opcode.name == "BINFLOAT" and (run := _FLOATS.match(data, file.tell())):
                more = (run.end() - run.start()) // _FLOAT_BYTES
                file.seek(run.end())
            yield opcode.name, argument, position or 0, more
    except BROKEN as error:
        raise PickleRefused("The file is broken: it is no pickle, or not a whole one.") from error


def _forbidden(name: str, argument: object) -> str:
    what = f" ({' '.join(str(argument).split())[:80]})" if name in ("GLOBAL", "INST") else ""
    return f"The file holds more than numbers and texts: the instruction {name}{what}."


class _Walk:
    """The stack of a pickle while it is walked through: only how deep each object is."""

    def __init__(self, limits: Limits, *, share_containers: bool) -> None:
        self._limits = limits
        self._share_containers = share_containers
        self._stack: list[int] = []  # depth of each object; 0 or _KEY for texts and numbers
        self._marks: list[int] = []
        # Without a mark below, an object waits only for the next two, in each level once.
        self._highest_unmarked = 3 * (limits.depth + 2)
        self._highest = self._highest_unmarked
        self._memo: dict[int, int] = {}
        self._operations = 0

    def step(self, name: str, argument: object) -> None:
        """Does one opcode.

        Raises:
            PickleRefused: It goes beyond the limits, or there is nothing to do it with.
        """
        self._operations += 1
        if self._operations > self._limits.operations:
            raise PickleRefused(f"The file holds more than {self._limits.operations} items.")
        if name in _SCALARS or name in _FOREIGN_SCALARS:
            self._put(self._scalar(argument))
        elif name == "MARK":
            self._marks.append(len(self._stack))
            self._highest = len(self._stack) + self._limits.waiting
            self._push_allowed(len(self._marks))
        elif name in _FILL or name in _FROM_MARK:
            self._gather(name)
        elif name in _TAKES:
            if name == "SETITEM":
                self._check_keys(self._stack[-2:-1])
            self._take(*_TAKES[name])
        elif name in _EMPTY:
            self._push(1)
        elif name in _PUTS or name in _GETS:
            self._remember(name, argument)
        elif name == "STOP" and (len(self._stack) != 1 or self._marks):
            raise PickleRefused("The file is broken: it ends with something left over.")

    def floats(self, count: int) -> None:
        """Does so many `BINFLOAT`s.

        Raises:
            PickleRefused: They go beyond the limits.
        """
        self._operations += count
        if self._operations > self._limits.operations:
            raise PickleRefused(f"The file holds more than {self._limits.operations} items.")
        if len(self._stack) + count > self._highest:
            raise PickleRefused(_TOO_MANY_WAIT)
        self._stack.extend(count * [0])

    def _scalar(self, argument: object) -> int:
        """What the stack notes for a text or a number, if it is not too large."""
        if isinstance(argument, float) or argument is None:
            return 0
        if isinstance(argument, int):
            if argument.bit_length() > self._limits.integer_bits:
                raise PickleRefused(f"A number has more than {self._limits.integer_bits} bits.")
            return _KEY if abs(argument) <= _LARGEST_KEY else 0
        if isinstance(argument, (str, bytes, bytearray)) and len(argument) > self._limits.text:
            raise PickleRefused(f"A text has more than {self._limits.text} characters.")
        return _KEY if isinstance(argument, str) else 0

    def _push(self, depth: int) -> None:
        self._push_allowed(depth)
        self._put(depth)

    def _put(self, depth: int) -> None:
        self._stack.append(depth)
        if len(self._stack) > self._highest:
            raise PickleRefused(_TOO_MANY_WAIT)

    def _push_allowed(self, depth: int) -> None:
        if depth > self._limits.depth:
            raise PickleRefused(f"Lists are nested more than {self._limits.depth} deep.")

    def _gather(self, name: str) -> None:
        """Takes everything above the mark, into the container below it or into a new one."""
        if not self._marks:
            raise PickleRefused("The file is broken: an end without a beginning.")
        mark = self._marks.pop()
        if name in ("SETITEMS", "DICT"):
            self._check_keys(self._stack[mark::2])
        inner = max(self._stack[mark:], default=0)
        inner = max(inner, 0) + 1
        del self._stack[mark:]
        self._highest = (
            self._marks[-1] + self._limits.waiting if self._marks else self._highest_unmarked
        )
        if name in _FILL:
            self._require(1)
            inner = max(inner, self._stack.pop())
        self._push(inner)

    def _take(self, count: int, stays: bool) -> None:  # noqa: FBT001 - a row of _TAKES
        self._require(count)
        taken = self._stack[-count:]
        del self._stack[-count:]
        if stays:
            self._push(max(taken[0], 1 + max(0, *taken[1:])))
        else:
            self._push(1 + max(0, *taken))

    def _check_keys(self, keys: list[int]) -> None:
        if any(key != _KEY for key in keys):
            raise PickleRefused("A dict in the file has a key that is no text.")

    def _require(self, count: int) -> None:
        """Objects are there, above the last mark; the interpreter would read below its stack."""
        floor = self._marks[-1] if self._marks else 0
        if len(self._stack) - floor < count:
            raise PickleRefused("The file is broken: something is missing.")

    def _remember(self, name: str, argument: object) -> None:
        """Puts the newest object into the memo or takes one out of it."""
        if name in _GETS:
            depth = self._memo.get(argument) if isinstance(argument, int) else None
            if depth is None:
                raise PickleRefused("The file is broken: it repeats what was not there.")
            if depth > 0 and not self._share_containers:
                raise PickleRefused("A list is in the file twice, or holds itself.")
            self._push(depth)
            return
        self._require(1)
        index = len(self._memo) if name == "MEMOIZE" else argument
        # The interpreter makes its memo as long as the largest index: it counts up, so no index
        # beyond the opcodes so far is honest, and 2**31 would ask for gigabytes.
        if not isinstance(index, int) or not 0 <= index <= self._operations:
            raise PickleRefused("The file is broken: a memo index out of order.")
        self._memo[index] = self._stack[-1]


_FOREIGN_SCALARS = frozenset(
    {"INT", "LONG", "LONG4", "FLOAT", "STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE"}
    | {"BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"}
)
"""Texts, bytes and numbers of other programs' files; allowed there only (`foreign_pickle`)."""

FOREIGN = PRIMITIVES | _FOREIGN_SCALARS | _FROM_MARK | _EMPTY | _PUTS | _GETS | frozenset(_TAKES)
"""Opcodes of the classic formats: also tuples, byte strings, and numpy's arrays."""


class _Primitives(pickle.Unpickler):
    """Looks nothing up, whatever is asked for."""

    def find_class(self, module_name: str, global_name: str, /) -> NoReturn:
        raise PickleRefused(f"The file asks for {module_name}.{global_name}.")

    def persistent_load(self, _pid: object, /) -> NoReturn:
        raise PickleRefused("The file asks for an object outside of it.")
