"""The commonest message read at once: an `identify` that nothing can be wrong with.

Types and ranges are checked while the text is read, once, by msgspec. Whatever is not plainly right
is left to the careful way (`strict_json`, `Wire.from_wire`), which alone refuses: what is read here
is what that way would have read.
"""

import itertools
import math
import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from protocol.fields import KEY, Field, Flag, Integer, Maybe, Pattern
from protocol.kinds import MAX_MEASURE, Encoding, EncodingShape, Measures
from protocol.messages import Identify
from protocol.wire import field_kinds

_KINDS: Mapping[str, Field] = field_kinds(Identify)
_NUMBERS = list(_KINDS).index("encoding")
_KEYS = [isinstance(kind, Maybe) for kind in _KINDS.values()][_NUMBERS + 1 :].count(False)
"""Keys that are always there behind the numbers."""


def _type_of(kind: Field) -> Any:
    """What msgspec is told of a field: no less than its own `read` wants, but for patterns."""
    match kind:
        case Integer():
            return Annotated[int, msgspec.Meta(ge=kind.least, le=kind.most)]
        case Flag():
            return bool
        case Pattern():
            return str
        case Encoding():
            return list[float]
        case Measures():
            measure = Annotated[float, msgspec.Meta(ge=-MAX_MEASURE, le=MAX_MEASURE)]
            return Annotated[dict[str, measure], msgspec.Meta(max_length=kind.most)]
        case Maybe():
            return None | msgspec.UnsetType  # with more in it, it is read carefully
        case _:
            raise TypeError(f"{kind} is not read quickly")


_SENT = msgspec.defstruct(
    "_SENT",
    [
        (name, _type_of(kind), *([msgspec.UNSET] if isinstance(kind, Maybe) else []))
        for name, kind in _KINDS.items()
    ],
    kw_only=True,
    tag_field="kind",
    tag=Identify.kind,
    forbid_unknown_fields=True,
)
_DECODER = msgspec.json.Decoder(_SENT)


def _begun(name: str, kind: Field) -> str:
    """What a field before the numbers looks like; whether it is in its range is not said here."""
    value = f'"{kind.pattern}"' if isinstance(kind, Pattern) else "-?[0-9]+"
    return f'"{name}":{value},'


_BEGIN = re.compile(
    (
        f'{{"kind":"{Identify.kind}",'
        + "".join(itertools.starmap(_begun, [*_KINDS.items()][:_NUMBERS]))
        + r'"encoding":\['
    ).encode()
)


def identify_of(body: bytes, shape: EncodingShape) -> Identify | None:
    """The message of a text, or None where it is another or has to be looked at carefully.

    Args:
        body: One frame's.
        shape: What the session's encoder gives.
    """
    begin = _BEGIN.match(body)
    if begin is None:
        return None
    rest = body[body.find(b"]", begin.end()) :]
    if b"\\" in rest:
        return None
    try:
        sent: Any = _DECODER.decode(body)
    except (ValueError, OverflowError, RecursionError):
        return None
    encoding, quality = tuple(sent.encoding), sent.quality
    # Behind the numbers are keys and no texts, and nothing is escaped, so each key has its two
    # quotes. A key that came twice was read once, and its quotes are too many.
    keys = _KEYS + len(quality) + (sent.liveness is None) + (sent.offline is None)
    if (
        2 * keys != rest.count(b'"')
        or len(encoding) != shape.dimensions
        or not shape.shortest <= math.hypot(*encoding) <= shape.longest
        or not all(map(KEY.fullmatch, quality))
    ):
        return None
    return Identify(
        id=sent.id,
        event_id=sent.event_id,
        captured_at_ms=sent.captured_at_ms,
        encoding=encoding,
        quality=quality,
        frames=sent.frames,
        automatic=sent.automatic,
        late=sent.late,
        elapsed_ms=sent.elapsed_ms,
    )
