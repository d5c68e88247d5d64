"""How long peers may take."""

from protocol.deadline import HELLO_DEADLINE_S
from server.patience import Patience


def test_patience_follows_the_heartbeat() -> None:
    """Three heartbeats of silence, whatever the heartbeat is; the rest as always."""
    assert Patience.of_heartbeat(2.0).silent_s == 6.0
    assert Patience.of_heartbeat(0.5).silent_s == 1.5
    assert Patience.of_heartbeat(0.5).hello_s == HELLO_DEADLINE_S
