"""`python -m server confirm-clock`: says to the running server that its clock is right."""

import argparse
import sys
import time
from collections.abc import Callable
from typing import TextIO

from desktop.listing import local_time
from server.command_words import server_command
from server.data_folder import DataFolder
from server.request_folder import NoAnswer, ask

EXIT_OK = 0
EXIT_PROBLEM = 1
WAIT_S = 5.0
"""For the server's answer: it looks about once a second."""


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
    return confirm(folder, agreed=chosen.yes, ask_person=asks)


def confirm(
    folder: DataFolder,
    *,
    agreed: bool,
    ask_person: Callable[[str], str] | None,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Has the running server believe its clock; 1 when that was not agreed to, or nobody answers.

    Args:
        folder: Where the data are.
        agreed: Nobody is asked.
        ask_person: Asks the person at the terminal; None where nobody is.
        out: Standard output.
        err: Standard error.
    """
    out, err = out or sys.stdout, err or sys.stderr
    now = local_time(time.time_ns() // 1_000_000)
    if not agreed and not _agrees(now, ask_person):
        err.write("Nothing was confirmed. Without a terminal add --yes.\n")
        return EXIT_PROBLEM
    try:
        ask(folder.requests, "confirm clock", {}, timeout_s=WAIT_S)
    except NoAnswer as error:
        start = server_command(folder=folder.root)
        err.write(f"{error} Start it first: {start}\n")
        return EXIT_PROBLEM
    except ValueError as error:
        err.write(f"{error}\n")
        return EXIT_PROBLEM
    except OSError as error:
        err.write(f"The data folder cannot be written: {error}\n")
        return EXIT_PROBLEM
    out.write(f"The server believes its clock: {now}.\n")
    return EXIT_OK


def _agrees(now: str, ask_person: Callable[[str], str] | None) -> bool:
    if ask_person is None:
        return False
    question = (
        f"The clock says {now}. By a wrong one the server deletes what does not come back. "
        "If it is right type right: "
    )
    try:
        return ask_person(question).strip().casefold() == "right"
    except EOFError:
        return False
