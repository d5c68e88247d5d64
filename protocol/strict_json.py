"""JSON without the surprises of `json.loads`: NaN, huge numbers, double keys, depth, surrogates."""

import json
import math
import re

import msgspec

from protocol.errors import BadJson, IllegalSend

MAX_DEPTH = 8
"""Nesting of objects and arrays: the deepest message, an enrolment, has four levels."""

MAX_INTEGER_DIGITS = 40
"""Longer integers are refused unread: none of ours has more than 19 digits, and Python's own
limit of 4,300 is a setting that others can change. Up to 40 the field's range check answers."""

_ORDINARY = 9e18
"""Numbers below it, either way, are not infinite, and integers that 64 bits hold."""

# Made once: `json.dumps` makes one for each message.
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_STRUCTURE = re.compile(r'\\.|["\[\]{}]', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


def loads(body: bytes) -> object:
    """Reads one JSON text.

    Raises:
        BadJson: The body is not UTF-8 without a byte order mark, is not exactly one JSON value,
            or holds NaN, an infinity, a number that overflows, a key twice, a lone surrogate or
            more than `MAX_DEPTH` levels.
    """
    value = _quickly(body)
    return _carefully(body) if value is _UNSURE else value


def _carefully(body: bytes) -> object:
    """Looks at each number and bracket by itself, and says of the first bad one what it is."""
    try:
        text = body.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise BadJson(f"the body is not UTF-8 at byte {error.start}") from None
    _refuse_depth(text)
    try:
        value: object = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise BadJson(f"the body is not JSON: {error.msg} at character {error.pos}") from None
    except (RecursionError, ValueError, OverflowError) as error:
        # RecursionError is no ValueError; int() refuses 4,301 digits with a ValueError.
        raise BadJson(f"the body cannot be read as JSON: {type(error).__name__}") from None
    if _SURROGATE_ESCAPE.search(text):
        _refuse_surrogates(value)
    return value


def dumps(value: object) -> bytes:
    """Writes one JSON text in UTF-8, as short as it gets.

    Raises:
        IllegalSend: The value holds what `loads` would refuse: NaN, a surrogate, a strange type.
    """
    try:
        return _ENCODER.encode(value).encode("utf-8", "strict")
    except (TypeError, ValueError, RecursionError) as error:
        raise IllegalSend(f"a message cannot be written as JSON: {error}") from error


def _integer(digits: str) -> int:
    if len(digits) > MAX_INTEGER_DIGITS:
        raise BadJson(f"a number of {len(digits)} digits; {MAX_INTEGER_DIGITS} are allowed")
    return int(digits)


def _real(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):  # 1e999: parse_constant does not see it
        raise BadJson("a number is too large")
    return number


def _constant(name: str) -> float:
    raise BadJson(f"{name} is not JSON")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadJson("an object has the same key twice")
    return found


_DECODER = json.JSONDecoder(
    parse_int=_integer,
    parse_float=_real,
    parse_constant=_constant,
    object_pairs_hook=_object,
)


_UNSURE = object()


def _quickly(body: bytes) -> object:
    """The value of a text that nothing can be wrong with, as far as looks at it in bulk can tell.

    Of every other text `_UNSURE`: what is to be refused, and in what words, is found out in one
    place, by reading it again.
    """
    if b"\\" in body or body.count(b"[") + body.count(b"{") > MAX_DEPTH:
        return _UNSURE
    try:
        # 128 numbers in a sixth of the time, to the same bits. It lets pass keys that come twice.
        value: object = msgspec.json.decode(body)
    except (ValueError, OverflowError, RecursionError):
        return _UNSURE
    # Nothing is escaped, so each text and key has its two quotes. A key that came twice is in the
    # value once, and its quotes are too many.
    return value if 2 * _texts(value) == body.count(b'"') else _UNSURE


def _texts(value: object) -> float:
    """Texts and keys in it; infinitely many where a number is not ordinary."""
    if isinstance(value, str):
        return 1
    if isinstance(value, float | int):
        return 0 if -_ORDINARY < value < _ORDINARY else math.inf
    if isinstance(value, dict):
        return len(value) + sum(map(_texts, value.values()))
    if isinstance(value, list) and value:
        try:
            return 0 if min(value) > -_ORDINARY and max(value) < _ORDINARY else math.inf
        except TypeError:  # not all of them are numbers
            return sum(map(_texts, value))
    return 0


def _refuse_depth(text: str) -> None:
    """Counts brackets outside strings before the recursive parser sees them; linear in time."""
    depth = 0
    in_string = False
    for match in _STRUCTURE.finditer(text):
        mark = match.group()
        if mark == '"':
            in_string = not in_string
        elif in_string:
            continue
        elif mark in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise BadJson(f"the body is nested deeper than {MAX_DEPTH} levels")
        elif mark in "]}":
            depth -= 1


def _refuse_surrogates(value: object) -> None:
    """Raises for a half of a pair: such a text cannot be encoded, for SQLite or for the wire."""
    if isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise BadJson("a text holds half of a surrogate pair")
    elif isinstance(value, list):
        for item in value:
            _refuse_surrogates(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_surrogates(key)
            _refuse_surrogates(item)
