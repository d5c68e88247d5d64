"""The messages by which a checkpoint gets its certificate, and another one before it ends."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from protocol.fields import Pattern, Text
from protocol.message import Reply, Request
from protocol.wire import CheckpointId, DisplayName

Pem = Annotated[str, Text(3000, lines=True)]
Secret = Annotated[str, Pattern(r"[0-9a-f]{10,64}", "10 to 64 of 0-9 a-f")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCa(Request):
    """Which authority is this grid's? Asked by whoever has a code and trusts nobody yet."""

    kind: ClassVar[str] = "pair_ca"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCaReply(Reply):
    """The authority's certificate, which is public; the code says whether it is the right one."""

    kind: ClassVar[str] = "pair_ca_reply"
    certificate: Pem


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(Request):
    """Let me in: a secret that is good once, and a request for a certificate."""

    kind: ClassVar[str] = "pair"
    secret: Secret
    checkpoint_id: CheckpointId
    checkpoint_name: DisplayName
    request: Pem


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired(Reply):
    """The checkpoint is paired: its certificate, and the id that it has from now on."""

    kind: ClassVar[str] = "paired"
    checkpoint_id: CheckpointId
    certificate: Pem
    server_name: DisplayName


@dataclass(frozen=True, slots=True, kw_only=True)
class Renew(Request):
    """My certificate ends before long; make another one for the same key."""

    kind: ClassVar[str] = "renew"
    request: Pem


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed(Reply):
    """The certificate that follows; the old one is good until it ends."""

    kind: ClassVar[str] = "renewed"
    certificate: Pem
