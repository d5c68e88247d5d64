"""The network side: started, stopped with everybody gone, and started again."""

import socket
import time
from pathlib import Path

import pytest

from server.serving import Serving
from tests.server.wire import served
from tests.support import wait_until


def test_stop_ends_everybody_in_time(tmp_path: Path) -> None:
    """Checkpoints, strangers and one in the middle of a frame are all gone within 1.5 s."""
    with served(tmp_path) as running:
        serving = running.grid._serving
        assert isinstance(serving, Serving)
        stranger = socket.create_connection(("127.0.0.1", running.port))
        with running.checkpoint(), running.checkpoint("gate-2") as second:
            second.socket.sendall(b"\0\0\x04\0abc")
            wait_until(lambda: serving.connections == 3)
            started = time.monotonic()
            assert serving.stop()
            assert time.monotonic() - started < 1.5
        stranger.close()
        assert serving.connections == 0
        assert not serving.alive
        with pytest.raises(OSError):  # noqa: PT011 - refused, in the system's own words
            socket.create_connection(("127.0.0.1", serving.port), timeout=1).close()
