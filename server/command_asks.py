"""What a command asks before it does something: a person to agree, and the running server."""

import sys
from collections.abc import Callable
from typing import Any, TextIO

from server.command_words import server_command
from server.data_folder import DataFolder
from server.request_folder import NoAnswer, ask

WAIT_S = 5.0
"""For the server's answer: it looks about once a second."""


def agreed(ask_person: Callable[[str], str] | None, question: str, word: str) -> bool:
    """Whether somebody types the word.

    Args:
        ask_person: Asks the person at the terminal; None where nobody is, who then does not agree.
        question: Says what is agreed to.
        word: What is to be typed, in whatever case.
    """
    if ask_person is None:
        return False
    try:
        return ask_person(f"{question} type {word}: ").strip().casefold() == word
    except EOFError:
        return False


def ask_server(
    folder: DataFolder, action: str, err: TextIO | None, **details: object
) -> dict[str, Any] | None:
    """What the server says that runs on the data; None when it does not do what was asked.

    Args:
        folder: Where the data are.
        action: What is asked for.
        err: Where the sentence goes that says why not; standard error unless told.
        details: Belong to the action.
    """
    err = err or sys.stderr
    try:
        return ask(folder.requests, action, details, timeout_s=WAIT_S)
    except NoAnswer as error:
        err.write(f"{error} Start it first: {server_command(folder=folder.root)}\n")
        err.write("Where there is no screen add --headless.\n")
    except ValueError as error:
        err.write(f"{error}\n")
    except OSError as error:
        err.write(f"The data folder cannot be written: {error}\n")
    return None
