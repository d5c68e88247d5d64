"""Small programs in place of the real ones, so that the demo's own doings are tested in seconds."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from demo import programs

# Ends with 0 when asked, as both real programs do, having said what it was given to say.
POLITE = """
import json, signal, sys, threading
asked = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: asked.set())
for line in {lines!r}:
    print(line if isinstance(line, str) else json.dumps(line), flush=True)
while not asked.wait(0.05):
    pass
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('{"event": "here"}', flush=True)
time.sleep(60)
"""
BROKEN = "raise SystemExit('it broke: mend it')"


def says(*lines: object) -> str:
    """The source of a program that says these lines and then waits to be asked to end."""
    return POLITE.format(lines=list(lines))


def answers(line: object, code: int = 0) -> str:
    """The source of a program that says one line and ends."""
    return f"import json, sys; print(json.dumps({line!r})); sys.exit({code})"


def play(monkeypatch: pytest.MonkeyPatch, sources: Mapping[str, str]) -> list[list[str]]:
    """Puts these sources in place of our modules; returns the words of all that is started.

    A key is found among the words: "enrol", "lobby-gate", "server" ...; the first one counts.
    """
    started: list[list[str]] = []

    def python_of(*words: str) -> list[str]:
        started.append(list(words))
        source = next(text for key, text in sources.items() if key in words)
        return [sys.executable, "-c", source]

    monkeypatch.setattr(programs, "python_of", python_of)
    return started


def is_running(pid: int) -> bool:
    """Whether a process of this id is there and no zombie."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
