"""The demo's programs: real processes of ours, heard line by line and ended by their ids."""

import contextlib
import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from demo.errors import DemoFailed, ProgramEnded, TookTooLong

ROOT = Path(__file__).resolve().parent.parent
SERVER = "server"
END_S = 5.0  # both programs end within 2 s of being asked to
_LAST_WORDS = 12

Line = dict[str, object]


def python_of(*words: str) -> list[str]:
    """The words that start a module of ours with this Python."""
    return [sys.executable, "-m", *words]


def environment(**more: str) -> dict[str, str]:
    """This process's environment, in which our rooms are found from any folder, and more.

    The demo's data are thrown away: their keys are kept beside them, not in the user's keyring.
    """
    ours = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "FACENETGRID_KEYRING": "off"}
    return {**os.environ, **ours, **more}


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses now."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Said:
    """One line that a program said: who, and the object."""

    program: str
    line: Line


class Program:
    """One process. Its standard output goes line by line to `heard`; errors are kept for the end.

    Args:
        name: What people call it.
        words: What is started, as for `subprocess`.
        heard: Where lines of JSON go; other lines are kept as the program's last words.
        variables: Added to its environment.
    """

    def __init__(
        self,
        name: str,
        words: Sequence[str],
        heard: "queue.Queue[Said]",
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self._heard = heard
        self._last_words: list[str] = []
        self._asked = False
        self._process = subprocess.Popen(
            words,
            cwd=ROOT,
            env=environment(**(variables or {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._readers = [
            threading.Thread(target=self._read, args=(stream,), name=f"{name}-reader", daemon=True)
            for stream in (self._process.stdout, self._process.stderr)
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    @property
    def last_words(self) -> str:
        """The last lines that were no JSON, such as a traceback."""
        return "\n".join(self._last_words)

    def ask_to_end(self) -> None:
        """Asks politely, once: a second signal would kill a Python that is on its way out."""
        if self.exit_code is None and not self._asked:
            self._asked = True
            self._process.terminate()

    def wait(self, timeout_s: float) -> int:
        """Waits for the end and for everything it said; returns the exit code.

        Raises:
            TookTooLong: It still runs.
        """
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            raise TookTooLong(f"The {self.name} did not end within {timeout_s:g} s.") from error
        for reader in self._readers:
            reader.join(timeout=2)
        return code

    def end(self, timeout_s: float = END_S) -> int:
        """Asks it to end, and ends it by force when it does not; returns the exit code."""
        self.ask_to_end()
        try:
            return self.wait(timeout_s)
        except TookTooLong:
            self._process.kill()
            return self.wait(timeout_s)

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for text in stream:
                line = parsed(text)
                if line is None:
                    self._last_words = [*self._last_words, text.rstrip()][-_LAST_WORDS:]
                else:
                    self._heard.put(Said(self.name, line))


def parsed(text: str) -> Line | None:
    """The object of a line of JSON; None for any other line."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


class Cast:
    """All programs of one performance, ended together however it ends (a context manager)."""

    def __init__(self) -> None:
        self.heard: queue.Queue[Said] = queue.Queue()
        self.programs: list[Program] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end_all()

    def start(self, name: str, *words: str, **variables: str) -> Program:
        """Starts a module of ours with its arguments, and variables in its environment."""
        program = Program(name, python_of(*words), self.heard, variables)
        self.programs.append(program)
        return program

    def dismiss(self, program: Program) -> None:
        """Lets a program end whose failure is known and no failure of the performance."""
        program.end()
        self.programs.remove(program)

    def end_all(self) -> None:
        """Ends what still runs, the last started first: checkpoints say goodbye to a server."""
        for program in self.programs[1:]:
            program.ask_to_end()
        for program in reversed(self.programs):
            program.end()

    def lines(self, *, timeout_s: float) -> Iterator[Said]:
        """What the programs say, in order, until the time is over."""
        deadline = time.monotonic() + timeout_s
        while (left := deadline - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                yield self.heard.get(timeout=min(left, 0.2))
            self._raise_if_one_ended()

    def rest(self) -> list[Said]:
        """What was said and not yet heard."""
        found = []
        with contextlib.suppress(queue.Empty):
            while True:
                found.append(self.heard.get_nowait())
        return found

    def _raise_if_one_ended(self) -> None:
        for program in self.programs:
            if program.exit_code in (None, 0):
                continue
            code = program.wait(END_S)
            if self.heard.empty():  # else what it said last is heard first, and says more
                raise ProgramEnded(
                    f"The {program.name} ended with exit code {code}.\n{program.last_words}".strip()
                )


def run_to_end(name: str, *words: str, timeout_s: float) -> Line:
    """Runs a module of ours that answers with one object; returns the object.

    Raises:
        DemoFailed: It failed, took too long, or gave no answer.
    """
    with Cast() as cast:
        program = cast.start(name, *words)
        code = program.wait(timeout_s)
        answers = [said.line for said in cast.rest()]
        if code != 0 or not answers:
            raise DemoFailed(
                f"The {name} ended with exit code {code}.\n{program.last_words}\n{answers}".strip()
            )
        return answers[-1]
