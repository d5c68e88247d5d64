"""Tests of making a connection."""

import socket
import threading
import time
from collections.abc import Callable

import pytest

from client import dialling
from client.dialling import Cancelled, DialFailed, dial


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def never() -> bool:
    """Nobody cancels."""
    return False


def hanging(released: threading.Event) -> Callable[..., list[object]]:
    """A name server that does not answer until it is released, and then knows nobody."""

    def look_up(*_args: object, **_more: object) -> list[object]:
        released.wait(10)
        return []

    return look_up


def test_a_listening_server_is_reached() -> None:
    """By its name, non-blocking, without Nagle's delay."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sock = dial("localhost", listener.getsockname()[1], cancelled=never)
        assert sock.getblocking() is False
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        sock.close()


def test_server_down_is_said() -> None:
    """The computer is there, the program is not."""
    port = free_port()
    with pytest.raises(DialFailed, match=rf"No server answers at 127\.0\.0\.1:{port}\. Start"):
        dial("127.0.0.1", port, cancelled=never)


def test_a_name_nobody_has_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names what was typed."""

    def unknown(*_args: object, **_more: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(DialFailed, match="No computer named lobby-sever"):
        dial("lobby-sever", 5050, cancelled=never)


@pytest.mark.parametrize("host", ["a..b", "x" * 70 + ".local", "\udc80"])
def test_names_that_cannot_even_be_asked_for(host: str) -> None:
    """A label too long or empty raises UnicodeError inside the standard library."""
    with pytest.raises(DialFailed, match="No computer named"):
        dial(host, 5050, cancelled=never, timeout_s=3)


def test_a_name_server_that_never_answers_does_not_hold_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`getaddrinfo` waits for 30 s; we do not, and cancelling ends it at once."""
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", hanging(released))
    start_s = time.monotonic()
    with pytest.raises(DialFailed):
        dial("slow", 5050, cancelled=never, timeout_s=0.3)
    with pytest.raises(Cancelled):
        dial("slow", 5050, cancelled=lambda: True)
    assert time.monotonic() - start_s < 1.5
    released.set()


def test_a_computer_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packets vanish: a listener whose queue is full stands for the firewall."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(address)
            fillers.append(filler)
        with pytest.raises(DialFailed, match="does not answer"):
            dial("127.0.0.1", address[1], cancelled=never, timeout_s=0.4)
        with pytest.raises(Cancelled):
            dial("127.0.0.1", address[1], cancelled=Once())
        for filler in fillers:
            filler.close()


class Once:
    """Cancels at the third question: the name is known by then, the connection is not."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> bool:
        self.asked += 1
        return self.asked > 2


def test_other_faults_name_the_address() -> None:
    """An address that exists for nobody."""
    text = dialling._sentence(OSError(22, "Invalid argument"), "0.0.0.1", 5050)
    assert "0.0.0.1:5050" in text
    unreachable = dialling._sentence(OSError(101, "Network is unreachable"), "10.9.9.9", 5050)
    assert "cable" in unreachable
