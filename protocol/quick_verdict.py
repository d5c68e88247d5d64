"""The commonest answer written at once: a verdict that nothing can be wrong with.

Written first, by msgspec, and looked at then. Whatever is not plainly right is left to the careful
way (`Wire.to_wire`, `strict_json`), which alone refuses: what is written here is what that way
would have written.
"""

import re

import msgspec

from protocol.fields import Choice, Field, Integer, Maybe, Pattern
from protocol.kinds import Name
from protocol.messages import Verdict
from protocol.text import clean_name
from protocol.wire import field_kinds

_BEGIN = b'{"kind":"%b",' % Verdict.kind.encode()


def _pattern_of(kind: Field) -> str:
    """What a field looks like that is plainly right; of a name it says only that it is one text."""
    match kind:
        case Integer():
            return f"[0-9]{{1,{len(str(kind.most)) - 1}}}"  # a digit less is always in the range
        case Pattern():
            return f'"{kind.pattern}"'
        case Choice():
            return f'"(?:{"|".join(kind.words)})"'
        case Name():
            return r'"[^"\\]+"'
        case Maybe():
            return f"(?:null|{_pattern_of(kind.item)})"
        case _:
            raise TypeError(f"{kind} is not written quickly")


_KINDS = field_kinds(Verdict)
_FIELDS = ",".join(f'"{name}":{_pattern_of(kind)}' for name, kind in _KINDS.items())
_PLAIN = re.compile(_FIELDS.encode() + rb"\}")


def text_of(message: Verdict) -> bytes | None:
    """The text of a verdict, or None where its fields have to be looked at one by one.

    Raises:
        ProtocolError: The name cannot be used, or two fields do not fit together.
    """
    try:
        fields = msgspec.json.encode(message)[1:]
    except (TypeError, ValueError, OverflowError):
        return None
    name = message.display_name
    if _PLAIN.fullmatch(fields) is None or not (name is None or clean_name(name) == name):
        return None
    message.check()
    return _BEGIN + fields
