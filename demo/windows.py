"""The demo with windows: the real server and two real checkpoints, side by side on the screen."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from demo.errors import DemoFailed
from demo.portrait import EILEEN
from demo.programs import END_S, SERVER, Cast, Program, free_port
from demo.story import CHECKPOINTS, client_words, enrol_grace

# Smallest windows, in logical pixels: below this they cut their content off.
SERVER_SIZE = (1040, 660)
CHECKPOINT_SIZE = (960, 600)
_PERIOD_S = 0.2
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

    Beside each other where there is room for it. On the usual screen the checkpoints stand above
    and the server before the lower edge of the left one: the right one gives the tour. Else one
    behind the other, each with its title in sight.
    """
    server_w, server_h = SERVER_SIZE
    client_w, client_h = CHECKPOINT_SIZE
    if width >= server_w + client_w and height >= 2 * client_h:
        left = min(width - client_w, 1280)
        half = min(height // 2, 720)
        right = min(width - left, 1280)
        return (
            Place(left, min(height, 2 * half), 0, 0),
            Place(right, half, left, 0),
            Place(right, half, left, half),
        )
    if width >= 2 * client_w and height >= client_h:
        below = max(0, height - server_h)
        return (
            Place(server_w, min(server_h, height), 0, below),
            Place(width // 2, client_h, 0, 0),
            Place(width // 2, client_h, width // 2, 0),
        )
    step = 40
    return (
        Place(min(server_w, width), min(server_h, height), 0, 0),
        Place(min(client_w, width), min(client_h, height), step, step),
        Place(min(client_w, width), min(client_h, height), 2 * step, 2 * step),
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
        server = _opened(
            cast, SERVER, where[0],
            ["server", "--data", str(data), "--port", str(port), "--theme", theme],
        )  # fmt: skip
        for place, key in zip(where[1:], CHECKPOINTS, strict=True):
            words = [*client_words(key, f"127.0.0.1:{port}", data), "--theme", theme]
            # One of them shows how a visitor is enrolled.
            tour = ["--tour", EILEEN] if key == "side-door" else []
            _opened(cast, key, place, [*words, *tour])
        tell(f"The server and two checkpoints are open; the server listens on 127.0.0.1:{port}.")
        tell("Close the server's window, or press Ctrl+C here, to end all three.")
        return _until_closed(server, cast)


def _opened(cast: Cast, name: str, place: Place, words: list[str]) -> Program:
    return cast.start(name, *words, FACENETGRID_GEOMETRY=str(place))


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
