"""The demo with windows: the real server and two real checkpoints, side by side on the screen."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from database.errors import DatabaseProblem
from database.reader import EventReader
from demo.errors import DemoFailed
from demo.portrait import EILEEN
from demo.programs import END_S, SERVER, Cast, Program, free_port
from demo.story import CHECKPOINTS, client_words, enrol_grace

# Smallest windows, in logical pixels: below this they cut their content off.
SERVER_SIZE = (1040, 660)
CHECKPOINT_SIZE = (960, 600)
# On the server's dashboard this much stands above the live history.
_ABOVE_EVENTS = 320
# What a desktop adds to a window of ours: its title.
_TITLE = 40
_PERIOD_S = 0.2
# Longer than any of the programs takes to show its window and to be connected.
_SHOWN_WITHIN_S = 15.0
_SCREEN_S = 20.0
# Asked in a process of its own: this room opens no window, and a screen may refuse.
_ASK_SCREEN = (
    "import tkinter; root = tkinter.Tk(); root.withdraw();"
    "print(root.winfo_screenwidth(), root.winfo_screenheight())"
)


class Place(NamedTuple):
    """Where a window stands, in pixels of the screen."""

    width: int
    height: int
    left: int
    top: int

    def __str__(self) -> str:
        """As a window manager reads it."""
        return f"{self.width}x{self.height}+{self.left}+{self.top}"


def screen_size() -> tuple[int, int]:
    """Width and height of the screen in pixels.

    Raises:
        DemoFailed: There is no screen to open a window on.
    """
    asked = subprocess.run(
        [sys.executable, "-c", _ASK_SCREEN],
        check=False,
        capture_output=True,
        text=True,
        timeout=_SCREEN_S,
    )
    numbers = asked.stdout.split()
    if asked.returncode != 0 or len(numbers) != 2:
        reason = (asked.stderr.strip().splitlines() or ["no answer"])[-1]
        raise DemoFailed(
            f"There is no screen here to open windows on ({reason})."
            " Type `python3 run.py demo --headless` for the same story without windows."
        )
    return int(numbers[0]), int(numbers[1])


def places(width: int, height: int) -> tuple[Place, Place, Place]:
    """Where the server and the two checkpoints stand on a screen of this size.

    Beside each other where there is room for it. Else the checkpoints stand in the upper corners
    and the server behind them, along the lower edge, with its newest events just below them. On a
    small screen the right checkpoint, which gives the tour, stands before the left one. The order
    is that in which they are opened: the last one is in front.
    """
    client_w, client_h = CHECKPOINT_SIZE
    if width >= SERVER_SIZE[0] + client_w and height >= 2 * client_h:
        left = min(width - client_w, 1280)
        half = min(height // 2, 720)
        right = min(width - left, 1280)
        return (
            Place(left, min(height, 2 * half), 0, 0),
            Place(right, half, left, 0),
            Place(right, half, left, half),
        )
    client_w, client_h = min(max(client_w, width // 2), width), min(client_h, height)
    server_h = min(max(SERVER_SIZE[1], height - client_h + _ABOVE_EVENTS - _TITLE), height)
    return (
        Place(width, server_h, 0, max(0, min(client_h - _ABOVE_EVENTS, height - server_h))),
        Place(client_w, client_h, 0, 0),
        Place(client_w, client_h, width - client_w, 0),
    )


def show(data: Path, theme: str, tell: Callable[[str], None]) -> int:
    """Opens the three windows and stays until the server's is closed; returns the exit code.

    Raises:
        DemoFailed: There is no screen, or a program could not start.
    """
    where = places(*screen_size())
    enrol_grace(data, tell)
    port = free_port()
    with Cast() as cast:
        words = ["server", "--data", str(data), "--port", str(port), "--theme", theme]
        # Nobody is asked for a password in a demo: it makes one up that nobody has to know.
        words += ["--sign-in-file", str(_signed_in(data))]
        server = _opened(cast, SERVER, where[0], words)
        _until_there(cast, partial(_listens, port))
        for place, key in zip(where[1:], CHECKPOINTS, strict=True):
            words = [*client_words(key, f"127.0.0.1:{port}", data), "--theme", theme]
            # One of them shows how a visitor is enrolled: the last, which is in front.
            tour = ["--tour", EILEEN] if key == "side-door" else []
            _opened(cast, key, place, [*words, *tour])
            _until_there(cast, partial(_has_connected, data, key))
        tell(f"The server and two checkpoints are open; the server listens on 127.0.0.1:{port}.")
        tell("Close the server's window, or press Ctrl+C here, to end all three.")
        return _until_closed(server, cast)


def _signed_in(data: Path) -> Path:
    """A file with a made-up password, for the server alone, which deletes it once read."""
    data.mkdir(parents=True, exist_ok=True)
    path = data / "sign-in.json"
    path.unlink(missing_ok=True)
    content = json.dumps({"name": "administrator", "password": secrets.token_urlsafe(24)})
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
    return path


def _opened(cast: Cast, name: str, place: Place, words: list[str]) -> Program:
    return cast.start(name, *words, FACENETGRID_GEOMETRY=str(place))


def _until_there(cast: Cast, there: Callable[[], bool]) -> None:
    """Waits for a window, so that the next one stands before it; not for ever."""
    until = time.monotonic() + _SHOWN_WITHIN_S
    while time.monotonic() < until and not there():
        if any(program.exit_code is not None for program in cast.programs):
            return
        time.sleep(_PERIOD_S)


def _listens(port: int) -> bool:
    """Whether the server does: it shows its window before."""
    with socket.socket() as one:
        one.settimeout(_PERIOD_S)
        return one.connect_ex(("127.0.0.1", port)) == 0


def _has_connected(data: Path, checkpoint_id: str) -> bool:
    """Whether the server has seen the checkpoint: it shows its window before."""
    reader = EventReader(data / "database" / "match_history.db", None)
    try:
        return any(found.checkpoint_id == checkpoint_id for found in reader.checkpoints())
    except DatabaseProblem:
        return False  # not made yet
    finally:
        reader.close()


def _until_closed(server: Program, cast: Cast) -> int:
    """Waits for the end of the server; a checkpoint that fails is told, one that is closed not."""
    told: set[int] = set()
    while (code := server.exit_code) is None:
        time.sleep(_PERIOD_S)
        for program in cast.programs[1:]:
            if program.exit_code not in (None, 0) and program.pid not in told:
                told.add(program.pid)
                program.wait(END_S)  # for its last words
                sys.stderr.write(f"{program.name}: {program.last_words}\n")
        cast.rest()
    if code != 0:
        raise DemoFailed(
            f"The server's window ended with exit code {code}.\n{server.last_words}".strip()
        )
    return 0
