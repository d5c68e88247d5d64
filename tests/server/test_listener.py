"""The listener: accepts, survives what accept can raise, closes its socket."""

import logging
import socket
import sys

import pytest

from server.listener import Listener
from server.log_lines import RateLimited
from tests.support import wait_until


def make(admit: object, died: list[BaseException]) -> tuple[Listener, socket.socket]:
    """A listener on a free port."""
    listening = socket.create_server(("127.0.0.1", 0))
    limited = RateLimited(logging.getLogger("test.strangers"))
    return Listener(listening, admit, limited, died.append), listening  # type: ignore[arg-type]


def test_gives_each_socket_with_its_address_and_ends() -> None:
    """What it accepts it hands on; after stop the socket is closed."""
    taken: list[tuple[socket.socket, str]] = []
    listener, listening = make(lambda raw, address: taken.append((raw, address)), [])
    listener.start()
    with socket.create_connection((listener.host, listener.port)):
        wait_until(lambda: taken)
    assert taken[0][1] == "127.0.0.1"
    taken[0][0].close()
    listener.stop()
    listener.join(2.0)
    assert not listener.alive
    assert listening.fileno() == -1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems notice at the next tick")
def test_stopping_wakes_it_and_is_no_fault(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quiet listener does not sit out its tick, and nothing is logged as a failed accept."""
    monkeypatch.setattr("server.listener._TICK_S", 60.0)
    died: list[BaseException] = []
    listener, listening = make(lambda *_: None, died)
    listener.start()
    listener.stop()
    listener.join(5.0)
    assert not listener.alive
    assert listening.fileno() == -1
    assert caplog.records == died == []


def test_out_of_descriptors_is_waited_out(caplog: pytest.LogCaptureFixture) -> None:
    """An accept that fails is logged once, and accepting goes on afterwards."""

    class Failing(socket.socket):
        failures = 3

        def accept(self) -> tuple[socket.socket, object]:
            if self.failures:
                self.failures -= 1
                raise OSError(24, "Too many open files")
            return super().accept()

    listening = Failing()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    taken: list[socket.socket] = []
    limited = RateLimited(logging.getLogger("test.strangers"))
    listener = Listener(listening, lambda raw, _address: taken.append(raw), limited, [].append)
    listener.start()
    with socket.create_connection((listener.host, listener.port)):
        wait_until(lambda: taken)
    taken[0].close()
    listener.stop()
    listener.join(2.0)
    assert [record.getMessage() for record in caplog.records] == ["accept_failed"]


def test_an_unexpected_error_is_told_and_leaks_nothing() -> None:
    """When handing on fails by a bug the socket is closed and the end is told."""

    def broken(_raw: socket.socket, _address: str) -> None:
        raise ZeroDivisionError

    died: list[BaseException] = []
    listener, listening = make(broken, died)
    listener.start()
    with socket.create_connection((listener.host, listener.port)) as peer:
        wait_until(lambda: died)
        peer.settimeout(2)
        assert peer.recv(1) == b""
    listener.join(2.0)
    assert isinstance(died[0], ZeroDivisionError)
    assert listening.fileno() == -1
