"""The server as a program: started without a window, read line by line, ended or killed."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.grids import paired_here
from tests.server.wire import Peer

ROOT = Path(__file__).resolve().parent.parent.parent


class Program:
    """`python -m server --headless` on a data folder and a free port.

    Args:
        root: The data folder.
        arguments: More of the command line.
    """

    def __init__(self, root: Path, *arguments: str) -> None:
        self.root = root
        self.started_s = time.monotonic()
        self.lines: list[dict[str, Any]] = []
        self._arrived: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "server",
                "--headless",
                "--data",
                str(root),
                "--port",
                "0",
                *arguments,
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONWARNINGS": "error"},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def wait_for(self, event: str, *, timeout_s: float = 15.0) -> dict[str, Any]:
        """The next line of that event; fails the test when it does not come."""
        deadline = time.monotonic() + timeout_s
        while True:
            line = self._arrived.get(timeout=max(0.0, deadline - time.monotonic()))
            assert line is not None, f"it ended before {event!r}: {self.lines} {self.errors()}"
            if line["event"] == event:
                return line

    def port(self) -> int:
        """Waits until it listens; returns where."""
        return int(self.wait_for("listening")["port"])

    def peer(self, port: int, checkpoint_id: str = "gate-1") -> Peer:
        """A peer that paired itself by the data folder; it has not said hello."""
        access = paired_here(self.root, f"127.0.0.1:{port}", checkpoint_id)
        return Peer(port, access, checkpoint_id=checkpoint_id)

    def terminate(self) -> float:
        """Sends SIGTERM; returns how long it took to end."""
        started_s = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=10)
        return time.monotonic() - started_s

    def kill(self) -> None:
        """Kill -9, and the pipes closed."""
        self.process.kill()
        self.process.wait(timeout=10)
        self._reader.join(timeout=10)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def errors(self) -> str:
        """What it wrote to standard error, once it has ended."""
        if self.process.poll() is None or self.process.stderr is None:
            return ""
        return self.process.stderr.read().decode()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for text in self.process.stdout:
            line = json.loads(text)
            self.lines.append(line)
            self._arrived.put(line)
        self._arrived.put(None)
