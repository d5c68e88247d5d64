"""What the measurement of handshakes counts."""

import socket
import threading

from benchmarks.handshake import Strangers, closed_door, in_memory


def test_both_sides_of_a_handshake_have_their_own_processor_time() -> None:
    """A handshake verifies two certificates: neither side comes for nothing."""
    found = in_memory(3)
    assert found.server_ms > 0.05
    assert found.checkpoint_ms > 0.05


def test_strangers_come_at_their_rate_and_who_is_cut_off_is_counted_apart() -> None:
    """A flood that does not reach the server would make every figure beside it look good."""
    twenty = threading.Event()
    numbers = iter(range(1000))
    lock = threading.Lock()

    def visit() -> None:
        with lock:
            number = next(numbers)
        if number == 20:
            twenty.set()
        if number % 2:
            raise ConnectionResetError

    strangers = Strangers(200.0, visit)
    with strangers.coming():
        assert twenty.wait(5)
    assert strangers.came >= 10
    assert strangers.refused >= 10
    assert abs(strangers.came - strangers.refused) <= 1


def test_elsewhere_everybody_is_closed_at_once() -> None:
    """What strangers cost the machine is measured where no server does anything for them."""
    with closed_door() as port:
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", port), timeout=5) as knocking:
                assert knocking.recv(1) == b""
