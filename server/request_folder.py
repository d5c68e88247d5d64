"""How a command reaches the server that runs: a request as a file, the answer as another.

The folder lies beside the keys, which only the server's own user can read: whoever can write there
could take the keys as well, so the command line asks as an administrator.
"""

import contextlib
import json
import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from desktop.files import write_atomically
from protocol import strict_json
from protocol.errors import BadJson

_NAME = re.compile(r"([0-9a-f]{32})\.request")
_MOST_BYTES = 64 * 1024
_MOST_AT_ONCE = 20
# An answer that nobody fetched, or a request that no server saw, is removed after this long.
_FORGOTTEN_S = 60.0
_POLL_S = 0.05

Answer = dict[str, Any]


class NoAnswer(Exception):  # noqa: N818 - named for what happened
    """Raised when the server did not answer in time; the text is for the person who asked."""


class RequestFolder:
    """The server's end: looked into by the grid's thread, about once a second.

    Args:
        folder: Made when it is missing, for its owner alone.
        answer: Does what is asked for; gives an object for JSON. A ValueError's text is told.
    """

    def __init__(self, folder: Path, answer: Callable[[str, Mapping[str, Any]], Answer]) -> None:
        self._folder = folder
        self._answer = answer

    def look(self) -> None:
        """Answers what was asked since the last time; never raises for a single request.

        Raises:
            OSError: The folder cannot be made or read.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in sorted(self._folder.iterdir())[:_MOST_AT_ONCE]:
            found = _NAME.fullmatch(path.name)
            # Whoever asked has given up long before: what a crash left is not done later.
            if not _remove_old(path) and found is not None:
                self._take(path, found[1])

    def clear(self) -> None:
        """Removes what is left; at the end, when nobody answers any more."""
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                with contextlib.suppress(OSError):
                    path.unlink()

    def _take(self, path: Path, name: str) -> None:
        try:
            words = _read(path)
            path.unlink()
        except (OSError, ValueError):
            with contextlib.suppress(OSError):
                path.unlink()
            return
        try:
            answer = self._answer(str(words.get("action", "")), words)
        except ValueError as error:
            answer = {"error": str(error)}
        with contextlib.suppress(OSError):
            write_atomically(self._folder / f"{name}.answer", json.dumps(answer).encode("utf-8"))


def ask(
    folder: Path,
    action: str,
    details: Mapping[str, object] | None = None,
    *,
    timeout_s: float = 5.0,
) -> Answer:
    """Asks the server that uses the data, and waits for what it says.

    Args:
        folder: The request folder.
        action: What is asked for.
        details: Belong to the action.
        timeout_s: How long to wait.

    Raises:
        NoAnswer: Nobody answered; the request is withdrawn.
        ValueError: The server refused; the text is its sentence.
        OSError: The folder cannot be written.
    """
    name = secrets.token_hex(16)
    until_s = time.monotonic() + timeout_s
    while not folder.is_dir():  # the server makes it, who asks leaves nothing where none runs
        _wait(until_s)
    request, answered = folder / f"{name}.request", folder / f"{name}.answer"
    write_atomically(request, json.dumps({**(details or {}), "action": action}).encode("utf-8"))
    try:
        while not answered.exists():
            _wait(until_s)
    except NoAnswer:
        with contextlib.suppress(OSError):
            request.unlink()
        raise
    answer = _read(answered)
    answered.unlink()
    if "error" in answer:
        raise ValueError(str(answer["error"]))
    return answer


def _wait(until_s: float) -> None:
    if time.monotonic() > until_s:
        raise NoAnswer("No server answered: is one running on these data?")
    time.sleep(_POLL_S)


def _read(path: Path) -> Answer:
    """The object in a small ordinary file.

    Raises:
        OSError: It cannot be read.
        ValueError: It is something else.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("the request is no file")
        data = os.read(descriptor, _MOST_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(data) > _MOST_BYTES:
        raise ValueError("the request is too long")
    try:
        value = strict_json.loads(data)
    except BadJson as error:
        raise ValueError(error.message) from error
    if isinstance(value, dict):
        return value
    raise ValueError("the request is no object")


def _remove_old(path: Path) -> bool:
    """Removes what nobody waits for any more; whether it was that old."""
    with contextlib.suppress(OSError):
        if time.time() - path.lstat().st_mtime > _FORGOTTEN_S:
            path.unlink()
            return True
    return False
