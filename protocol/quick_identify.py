"""The commonest message read at once: an `identify` that nothing can be wrong with.

Types and ranges are checked while the text is read, once, by msgspec. Whatever is not plainly right
is left to the careful way (`strict_json`, `Wire.from_wire`), which alone refuses: what is read here
is what that way would have read.
"""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from protocol.fields import KEY, Field, Flag, Integer, Maybe, Pattern
from protocol.kinds import MAX_MEASURE, Encoding, EncodingShape, Measures
from protocol.messages import Identify
from protocol.wire import field_kinds

_BEGIN = b'{"kind":"identify",'
_KINDS: Mapping[str, Field] = field_kinds(Identify)
_PATTERNS = {
    name: re.compile(kind.pattern) for name, kind in _KINDS.items() if isinstance(kind, Pattern)
}
_MAYBE = [name for name, kind in _KINDS.items() if isinstance(kind, Maybe)]
_TEXTS = 2 + len(_KINDS) - len(_MAYBE) + len(_PATTERNS)
"""Keys that are always there, and texts behind them; with the kind."""


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


def identify_of(body: bytes, shape: EncodingShape) -> Identify | None:
    """The message of a text, or None where it is another or has to be looked at carefully.

    Args:
        body: One frame's.
        shape: What the session's encoder gives.
    """
    if not body.startswith(_BEGIN) or b"\\" in body:
        return None
    try:
        sent: Any = _DECODER.decode(body)
    except (ValueError, OverflowError, RecursionError):
        return None
    encoding, quality = tuple(sent.encoding), sent.quality
    # Nothing is escaped, so each key and text has its two quotes. A key that came twice was read
    # once, and its quotes are too many.
    texts = _TEXTS + len(quality) + sum(getattr(sent, name) is None for name in _MAYBE)
    if (
        2 * texts != body.count(b'"')
        or len(encoding) != shape.dimensions
        or not shape.shortest <= math.hypot(*encoding) <= shape.longest
        or not all(pattern.fullmatch(getattr(sent, name)) for name, pattern in _PATTERNS.items())
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
