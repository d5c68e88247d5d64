"""`python -m demo.screenshots`: pictures of every state of both windows, light and dark.

Each window and theme has a process of its own on a virtual screen. The states are made up
(`client/ui/showcase.py`, `server/ui/showcase.py`) and show nobody but the demo's two portraits.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from demo.errors import DemoFailed
from demo.programs import ROOT, environment, python_of

if TYPE_CHECKING:
    import tkinter

    from PIL.Image import Image

SIZE = (1280, 720)
# Larger than the window: a screen keeps room for a desktop's bars.
SCREEN = "1600x900x24"
THEMES = ("light", "dark")
SIDES = ("client", "server")
FOLDER = ROOT / "screenshots"
README_FOLDER = ROOT / "docs" / "images"
# What the README shows: its file, whose state, which.
README = {
    "server-history.png": "server/light/history.png",
    "checkpoint-identified.png": "client/light/identified.png",
    "checkpoint-not-enrolled.png": "client/light/not-enrolled.png",
}
README_WIDTH = 960
_COLOURS = 256
# Rounds that bring the colours nearer: without them small coloured signs become grey.
_ROUNDS = 2
_CHILD_S = 300.0
_SETTLE_S = 0.3


def main(arguments: Sequence[str] | None = None) -> int:
    """Takes the pictures; returns 0 when every state could be shown."""
    options = _parser().parse_args(arguments)
    if options.take:
        side, theme = options.take
        return take(side, theme, options.folder / side / theme)
    try:
        with virtual_screen() as display:
            failed = [
                f"{side}, {theme}"
                for side in SIDES
                for theme in THEMES
                if not _take_in_child(side, theme, options.folder, display)
            ]
    except DemoFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    count = len(list(options.folder.glob("*/*/*.png")))
    print(f"{count} pictures in {options.folder}")
    if options.readme and not failed:
        refresh_readme(options.folder, README_FOLDER)
        print(f"{len(README)} pictures in {README_FOLDER}")
    for who in failed:
        sys.stderr.write(f"Not every state could be shown: {who}\n")
    return 1 if failed else 0


def take(side: str, theme: str, folder: Path) -> int:
    """Shows one window in each of its states and writes a picture of each into `folder`.

    Returns:
        0 when every state could be shown and no callback of Tk failed meanwhile.

    Raises:
        tkinter.TclError: There is no screen.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    root, states = _client(theme) if side == "client" else _server(theme)
    in_callbacks = _count_failures(root, f"{side} {theme}")
    failed = 0
    for name, show in states.items():
        try:
            show()
        except Exception as error:  # noqa: BLE001 - the other states are shown all the same
            sys.stderr.write(f"{side} {theme} {name}: {type(error).__name__}: {error}\n")
            failed += 1
            continue
        settle(root)
        picture_of(root).save(folder / f"{name}.png")
    root.destroy()
    return 1 if failed or in_callbacks else 0


def _count_failures(root: "tkinter.Misc", where: str) -> list[BaseException]:
    """Collects the exceptions of Tk's callbacks, which Tk itself only prints; says them, too."""
    errors: list[BaseException] = []

    def report(_kind: object, error: BaseException, _trace: object) -> None:
        errors.append(error)
        sys.stderr.write(f"{where}, in a callback:\n")
        traceback.print_exception(error)

    root.report_callback_exception = report  # type: ignore[attr-defined]
    return errors


def settle(root: "tkinter.Misc") -> None:
    """Runs the window's events for a moment, until it is painted."""
    until_s = time.monotonic() + _SETTLE_S
    while time.monotonic() < until_s:
        root.update()
        time.sleep(0.01)


def picture_of(root: "tkinter.Misc") -> "Image":
    """What the screen shows where the window is."""
    from PIL import ImageGrab

    left, top = root.winfo_rootx(), root.winfo_rooty()
    box = (left, top, left + root.winfo_width(), top + root.winfo_height())
    return ImageGrab.grab(xdisplay=os.environ.get("DISPLAY", "")).crop(box)


def refresh_readme(folder: Path, target: Path) -> None:
    """Writes small copies of the README's pictures: narrower, of few colours.

    Raises:
        DemoFailed: A picture was not taken.
    """
    from PIL import Image

    target.mkdir(parents=True, exist_ok=True)
    for name, source in README.items():
        if not (folder / source).is_file():
            raise DemoFailed(f"There is no picture {source}: a state has another name now.")
        with Image.open(folder / source) as picture:
            height = round(picture.height * README_WIDTH / picture.width)
            small = picture.convert("RGB").resize((README_WIDTH, height), Image.Resampling.LANCZOS)
        small.quantize(_COLOURS, kmeans=_ROUNDS).save(target / name, optimize=True)


@contextlib.contextmanager
def virtual_screen() -> Iterator[str]:
    """A screen that nobody sees, as a display's name.

    Raises:
        DemoFailed: Xvfb is missing or does not start.
    """
    xvfb = shutil.which("Xvfb")
    if xvfb is None:
        raise DemoFailed("Xvfb is missing: `python3 run.py screenshots` names what to install.")
    read_end, write_end = os.pipe()
    words = [xvfb, "-displayfd", str(write_end), "-screen", "0", SCREEN, "-nolisten", "tcp"]
    server = subprocess.Popen(
        words, pass_fds=[write_end], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(write_end)
    try:
        with os.fdopen(read_end) as answer:
            number = answer.readline().strip()  # empty when Xvfb ended
        if not number:
            raise DemoFailed("Xvfb does not start: is a shared /tmp/.X11-unix missing?")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(timeout=10)


def _take_in_child(side: str, theme: str, folder: Path, display: str) -> bool:
    print(f"{side}, {theme} ...", flush=True)
    words = python_of("demo.screenshots", "--take", side, theme, "--folder", str(folder))
    variables = environment(DISPLAY=display, FACENETGRID_SCALE="1")
    try:
        done = subprocess.run(words, check=False, cwd=ROOT, env=variables, timeout=_CHILD_S)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _client(theme: str) -> tuple["tkinter.Misc", dict[str, Callable[[], object]]]:
    from client.settings import ClientSettings
    from client.ui.showcase import STATES
    from client.ui.window import SMALLEST, CheckpointWindow
    from desktop.ui.theme import open_window

    look = cast("Literal['light', 'dark']", theme)
    settings = ClientSettings(checkpoint_name="Lobby gate", theme=look, sound=False)
    root = open_window(title="Checkpoint", size=SIZE, minsize=SMALLEST, theme=look)
    window = CheckpointWindow(root, settings)
    settle(root)
    return root, {name: partial(show, window) for name, show in STATES.items()}


def _server(theme: str) -> tuple["tkinter.Misc", dict[str, Callable[[], object]]]:
    from server.ui import showcase

    window = showcase.open_window(cast("Literal['light', 'dark']", theme))
    return window.root, {name: partial(showcase.put, window, name) for name in showcase.STATES}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 run.py screenshots", description="Pictures of every state of both windows."
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, metavar="DIR", help="where to")
    parser.add_argument("--readme", action="store_true", help="refresh those in docs/images")
    parser.add_argument("--take", nargs=2, metavar=("SIDE", "THEME"), help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
