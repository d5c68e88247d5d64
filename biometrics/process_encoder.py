"""dlib's network in a child process, so that its grip on the GIL never stops a window."""

import contextlib
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from biometrics import dlib_engine
from biometrics.encode import EncoderFailed
from biometrics.encoder_child import COUNT, OK, REPLY
from biometrics.faces import ChipLayout, require_chips

_LOG = logging.getLogger(__name__)
_ROOT = Path(__file__).resolve().parent.parent
CHILD_COMMAND = (sys.executable, "-m", "biometrics.encoder_child")
PATIENCE_S = 20.0
"""Longest wait for one answer: loading (1 s) and encoding (0.15 s a chip) on a busy machine."""
CLOSE_S = 0.7
"""How long a closing child may finish its chip before it is killed."""


class _ChildDied(Exception):  # noqa: N818 - named for what happened
    """The child ended or fell silent; the request may be sent to a new one."""


class _Child:
    """One child process and the thread that waits for its answers."""

    def __init__(self, command: Sequence[str]) -> None:
        paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
        self.process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._ending = threading.Lock()  # a pipe closed by two at once is an error
        self._answers: queue.SimpleQueue[tuple[int, bytes] | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name="encoder-reader", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        # A thread and a queue, because a pipe cannot be waited for with a timeout on Windows.
        stream = self.process.stdout
        assert stream is not None
        with contextlib.suppress(OSError, ValueError):
            while len(head := stream.read(REPLY.size)) == REPLY.size:
                status, length = REPLY.unpack(head)
                body = stream.read(length)
                if len(body) < length:
                    break
                self._answers.put((status, body))
        self._answers.put(None)

    def ask(self, request: bytes, timeout_s: float) -> tuple[int, bytes]:
        """The child's status byte and answer; a child that gives none in time is killed."""
        assert self.process.stdin is not None
        started_s = time.monotonic()
        # A request is larger than a pipe, so writing to a child that hangs would wait for ever
        # too: the kill ends both the write and the wait.
        overdue = threading.Timer(timeout_s, self.process.kill)
        overdue.daemon = True
        overdue.start()
        try:
            self.process.stdin.write(request)
            self.process.stdin.flush()
            answer = self._answers.get()
        except (OSError, ValueError):
            answer = None
        finally:
            overdue.cancel()
        if answer is None and time.monotonic() - started_s >= timeout_s:
            raise _ChildDied(f"no answer in {timeout_s:.0f} s")
        if answer is None:
            raise _ChildDied(f"it ended with code {self.process.poll()}")
        return answer

    def end(self, patience_s: float) -> None:
        """Ends the process: by the end of its input, or by force after `patience_s`.

        Who closes the encoder and who waits for an answer may both call, at the same moment.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if patience_s == 0.0:
            # Before the pipe is closed: closing waits for a write that is stuck.
            self.process.kill()
        with self._ending:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
            try:
                self.process.wait(timeout=patience_s or None)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self._reader.join(timeout=1)
            self.process.stdout.close()


class ProcessEncoder:
    """The dlib engine in a process of its own; waiting for it leaves the GIL free.

    A dead child is replaced once a request; when that fails too, the request fails. Several
    threads may call; requests are served one after the other. `close` returns within a second,
    also while another thread waits for an answer (which then raises `EncoderFailed`).

    Args:
        command: What to start; for tests.
        patience_s: Longest wait for one answer.
    """

    dimensions = dlib_engine.DIMENSIONS
    engine = "dlib (own process)"
    note = ""
    layout: ChipLayout = "dlib-150"

    def __init__(
        self, *, command: Sequence[str] = CHILD_COMMAND, patience_s: float = PATIENCE_S
    ) -> None:
        self._command = command
        self._patience_s = patience_s
        self._turn = threading.Lock()
        # Held while a child starts and while it is said that none may start any more.
        self._starting = threading.Lock()
        self._child: _Child | None = None
        self._closed = threading.Event()

    @property
    def fingerprint(self) -> str:
        """Recipe and weights: the same as of the engine in this process."""
        return dlib_engine.fingerprint()

    def encode(self, chips: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Raw encodings `float64 (n, 128)`; starts the child at the first call (about 1 s)."""
        require_chips(chips)
        request = COUNT.pack(len(chips)) + np.ascontiguousarray(chips).tobytes()
        with self._turn:
            status, answer = self._ask_twice(request)
        if status != OK:
            raise EncoderFailed(answer.decode(errors="replace"))
        raw = np.frombuffer(answer, dtype="<f8").astype(np.float64)
        if raw.size != len(chips) * self.dimensions:
            raise EncoderFailed(f"The encoder gave {raw.size} numbers for {len(chips)} chips.")
        return raw.reshape(len(chips), self.dimensions)

    def close(self) -> None:
        """Ends the child: by asking when it is idle in time, else by force.

        One that starts in this moment is waited for and ended too, and none starts afterwards.
        """
        with self._starting:
            self._closed.set()
        idle = self._turn.acquire(timeout=CLOSE_S)
        try:
            child = self._child
            if child is not None:
                child.end(patience_s=0.2 if idle else 0.0)
        finally:
            if idle:
                self._turn.release()

    def _ask_twice(self, request: bytes) -> tuple[int, bytes]:
        reason = ""
        for _ in range(2):
            try:
                return self._running().ask(request, self._patience_s)
            except (_ChildDied, OSError) as error:
                reason = str(error)
                self._discard()
                if not self._closed.is_set():
                    _LOG.warning("the encoder process is gone: %s", reason)
        raise EncoderFailed(f"The face encoder stopped: {reason}. Start the program again.")

    def _running(self) -> _Child:
        """The child, which is started when there is none."""
        with self._starting:
            if self._closed.is_set():
                raise EncoderFailed("The encoder is closed.")
            if self._child is None:
                self._child = _Child(self._command)
            return self._child

    def _discard(self) -> None:
        if self._child is not None:
            self._child.end(0.0)
            self._child = None
