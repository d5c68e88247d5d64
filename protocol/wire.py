"""What messages are made of: frozen values whose fields are annotated with their kinds.

`to_wire` and `from_wire` go through the field kinds of `protocol.fields`; a message that our own
side filled in wrongly is therefore caught here and not at the peer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Self, get_args, get_origin, get_type_hints

from protocol.errors import BadMessage
from protocol.fields import Field, Flag, Integer, Maybe, Pattern, Text
from protocol.kinds import Encoding, Measures, Name

_LAST_MS = 253_402_300_799_999  # the last millisecond of the year 9999: datetime ends there
_TEN_YEARS_MS = 315_360_000_000

RequestId = Annotated[str, Pattern(r"[A-Za-z0-9_-]{1,64}", "1 to 64 of A-Z a-z 0-9 _ -")]
OpaqueId = Annotated[str, Pattern(r"[0-9a-f]{32}", "32 characters of 0-9 a-f")]
CheckpointId = Annotated[
    str, Pattern(r"[a-z0-9][a-z0-9-]{0,39}", "1 to 40 of a-z 0-9 -, not beginning with -")
]
CodeWord = Annotated[str, Pattern(r"[a-z][a-z0-9_]{0,39}", "1 to 40 of a-z 0-9 _")]
Moment = Annotated[int, Integer(0, _LAST_MS, "of ms since 1970 UTC")]
Duration = Annotated[int, Integer(0, _TEN_YEARS_MS, "of ms")]
DisplayName = Annotated[str, Name()]
Line = Annotated[str, Text(200)]
Yes = Annotated[bool, Flag()]
Numbers = Annotated[tuple[float, ...], Encoding()]
Quality = Annotated[dict[str, float], Measures()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """What can be read from and written to the wire: a frozen value of annotated fields."""

    def to_wire(self) -> dict[str, object]:
        """Gives the JSON object.

        Raises:
            ProtocolError: A field does not fit: the peer would refuse it.
        """
        wire: dict[str, object] = {}
        for name, kind in field_kinds(type(self)).items():
            wire[name] = kind.write(kind.read(getattr(self, name), name))
        self.check()
        return wire

    @classmethod
    def from_wire(cls, wire: Mapping[str, object], path: str = "") -> Self:
        """Reads the JSON object; unknown keys are ignored.

        Args:
            wire: As it came out of JSON.
            path: Where the object lies, ending with a dot, for the errors.

        Raises:
            BadMessage: A field is missing or does not fit; the error names it.
            NameInvalid: A name cannot be used.
            ImplausibleEncoding: An encoding is no face's.
        """
        cls.look_ahead(wire, path)
        values: dict[str, object] = {}
        for name, kind in field_kinds(cls).items():
            if name not in wire and not isinstance(kind, Maybe):
                raise BadMessage(path + name, "is missing")
            values[name] = kind.read(wire.get(name), path + name)
        made = cls(**values)
        made.check()
        return made

    @classmethod
    def look_ahead(cls, wire: Mapping[str, object], path: str) -> None:
        """Looks at the object before its fields are read.

        Raises:
            RemoteError: The fields need not be read at all.
        """

    def check(self) -> None:
        """Checks fields against each other.

        Raises:
            BadMessage: Two fields do not fit together.
        """


_KINDS_OF: dict[type[Wire], dict[str, Field]] = {}  # the hints are read once a class


def field_kinds(cls: type[Wire]) -> dict[str, Field]:
    """Gives the kind of each field of a message class, in order."""
    kinds = _KINDS_OF.get(cls)
    if kinds is None:
        hints = get_type_hints(cls, include_extras=True)
        kinds = {entry.name: _field_kind(hints[entry.name]) for entry in fields(cls)}
        _KINDS_OF[cls] = kinds
    return kinds


def _field_kind(hint: object) -> Field:
    """Finds the kind in `Annotated[type, kind]` or `Annotated[type, kind] | None`."""
    if get_origin(hint) is Annotated:
        kind = get_args(hint)[1]
        assert isinstance(kind, Field)
        return kind
    options = [option for option in get_args(hint) if option is not type(None)]
    assert len(options) == 1, f"{hint} has no field kind"
    return Maybe(_field_kind(options[0]))
