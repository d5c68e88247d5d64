"""How long a peer may take for what it has to do, in seconds."""

from dataclasses import dataclass

from protocol.deadline import FRAME_DEADLINE_S, HEARTBEATS_MISSED, HELLO_DEADLINE_S


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a peer may take, in seconds.

    `read_s` is for one read inside a frame, `frame_s` for a whole frame, `silent_s` for a peer
    that said hello and then nothing (between frames only: in a frame the other two count),
    `send_s` for one that does not read its answers.
    """

    hello_s: float = HELLO_DEADLINE_S
    read_s: float = 5.0
    frame_s: float = FRAME_DEADLINE_S
    silent_s: float = 6.0
    send_s: float = 5.0

    @classmethod
    def of_heartbeat(cls, heartbeat_s: float) -> "Patience":
        """The usual limits with three heartbeats of silence."""
        return cls(silent_s=HEARTBEATS_MISSED * heartbeat_s)
