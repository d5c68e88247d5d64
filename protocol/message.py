"""What every message is: one object with its kind; a request with an id, a reply that names it."""

from dataclasses import dataclass
from typing import ClassVar

from protocol.wire import RequestId, Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Wire):
    """One message; `kind` tells which on the wire."""

    kind: ClassVar[str] = ""

    def to_wire(self) -> dict[str, object]:
        """Gives the JSON object with its kind first."""
        # No super(): slots make a second class of this name.
        return {"kind": self.kind, **Wire.to_wire(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Message):
    """A message that is answered by one that names its `id`."""

    id: RequestId


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply(Message):
    """A message that answers the request `re`."""

    re: RequestId
