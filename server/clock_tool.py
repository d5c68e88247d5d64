"""`python -m server confirm-clock`: says to the running server that its clock is right."""

import argparse
import sys
import time
from collections.abc import Callable
from typing import TextIO

from desktop.listing import local_time
from server.command_asks import agreed, ask_server
from server.data_folder import DataFolder

EXIT_OK = 0
EXIT_PROBLEM = 1


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> list[argparse.ArgumentParser]:
    """Adds `confirm-clock`; returns its parser, which works on a data folder."""
    confirming = commands.add_parser(
        "confirm-clock", help="say that the clock is right, where the server doubts it"
    )
    confirming.add_argument("--yes", action="store_true", help="do not ask")
    return [confirming]


def run(chosen: argparse.Namespace, folder: DataFolder) -> int:
    """Asks at a terminal, and confirms; returns the exit code."""
    asks = input if sys.stdin.isatty() and not chosen.yes else None
    return confirm(folder, yes=chosen.yes, ask_person=asks)


def confirm(
    folder: DataFolder,
    *,
    yes: bool,
    ask_person: Callable[[str], str] | None,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Has the running server believe its clock; 1 when that was not agreed to, or nobody answers.

    Args:
        folder: Where the data are.
        yes: Nobody is asked.
        ask_person: Asks the person at the terminal; None where nobody is.
        out: Standard output.
        err: Standard error.
    """
    out, err = out or sys.stdout, err or sys.stderr
    now = local_time(time.time_ns() // 1_000_000)
    question = (
        f"The clock says {now}. By a wrong one the server deletes what does not come back. "
        "If it is right"
    )
    if not yes and not agreed(ask_person, question, "right"):
        err.write("Nothing was confirmed. Without a terminal add --yes.\n")
        return EXIT_PROBLEM
    if ask_server(folder, "confirm clock", err) is None:
        return EXIT_PROBLEM
    out.write(f"The server believes its clock: {now}.\n")
    return EXIT_OK
