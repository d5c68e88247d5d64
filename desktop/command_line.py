"""A command line that says which of its commands a mistyped word may mean."""

import argparse
import difflib
from typing import Any, NoReturn


class CommandLine(argparse.ArgumentParser):
    """An argument parser, and those of its commands, whose commands are typed by people.

    argparse itself suggests words from Python 3.14 on, among a usage of many lines.
    """

    def error(self, message: str) -> NoReturn:
        """As argparse, and with the commands there are where none was typed."""
        for action in self._actions:
            if action.nargs == argparse.PARSER and message.endswith(f": {action.metavar}"):
                self._told("a command is missing.", list(action.choices or ()))
        super().error(message)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.nargs != argparse.PARSER or action.choices is None or value in action.choices:
            super()._check_value(action, value)
            return
        known = list(action.choices)
        near = " or ".join(difflib.get_close_matches(value, known)) or "one of these"
        self._told(f"there is no command {value!r}. Did you mean {near}?", known)

    def _told(self, what: str, known: list[str]) -> NoReturn:
        self.exit(
            2,
            f"{self.prog}: {what}\n"
            f"Commands: {', '.join(known)}\n"
            f"What each is for: {self.prog} --help\n",
        )
