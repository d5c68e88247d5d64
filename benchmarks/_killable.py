"""A program of ours that is killed and started again, its output in a file of its own."""

import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Killable:
    """`python -m WORDS...`, started at once.

    Args:
        words: The module and its arguments.
        output: Where what it says is added.
        prefix: Words before the interpreter, such as those that enter a network namespace.
    """

    def __init__(self, words: Sequence[str], output: Path, prefix: Sequence[str] = ()) -> None:
        self._words = [*prefix, sys.executable, "-m", *words]
        self._output = output
        self.kills = 0
        self._process = self._start()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def heard(self) -> int:
        """How many bytes it has said so far."""
        return self._output.stat().st_size

    @property
    def said(self) -> str:
        """Everything it has said, in all its lives."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """Kill -9."""
        self._process.kill()
        self._process.wait(timeout=10)
        self.kills += 1

    def start_again(self) -> None:
        """The same words once more."""
        self._process = self._start()

    def ask_to_end(self) -> None:
        """SIGTERM."""
        if self.alive:
            self._process.terminate()

    def wait(self, timeout_s: float) -> int:
        """Waits for the end; returns the exit code. One that does not end is killed.

        Raises:
            RuntimeError: It did not end by itself.
        """
        try:
            return self._process.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired as error:
            self._process.kill()
            self._process.wait(timeout=10)
            raise RuntimeError(f"{self._words[-1]} did not end:\n{self.said[-2000:]}") from error

    def wait_said(self, pattern: str, *, after: int = 0, timeout_s: float = 30.0) -> re.Match[str]:
        """Waits until it has said something.

        Args:
            pattern: A regular expression.
            after: Bytes of what it has said that were `heard` before.
            timeout_s: How long.

        Raises:
            RuntimeError: It has not, or has ended.
        """
        until_s = time.monotonic() + timeout_s
        while time.monotonic() < until_s:
            # Never what was heard before: a server's thousands of lines, read again fifty times
            # a second, would take the time that is measured.
            found = re.search(pattern, self._said_after(after))
            if found is not None:
                return found
            if not self.alive:
                break
            time.sleep(0.02)
        raise RuntimeError(f"{pattern!r} was not said:\n{self.said[-2000:]}")

    def _said_after(self, heard: int) -> str:
        with self._output.open("rb") as output:
            output.seek(heard)
            return output.read().decode("utf-8", errors="replace")

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._output.open("ab") as output:
            return subprocess.Popen(
                self._words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
