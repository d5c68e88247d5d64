"""`python -m server consent`: shows the text that people agree to, and puts another in force."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from desktop.files import unreadable
from desktop.listing import local_time, write_list
from protocol.text import printable
from server.administration import command_line
from server.audit import AuditProblem
from server.consent_texts import (
    PURPOSE,
    ConsentText,
    ConsentTextRefused,
    ConsentTexts,
    ConsentTextsBroken,
    agreed_to,
)
from server.data_folder import DataFolder, DataInUse
from server.permissions import NotAllowed
from server.request_folder import NoAnswer, ask

EXIT_OK = 0
EXIT_PROBLEM = 1
WAIT_S = 5.0
"""For the server's answer: it looks about once a second."""
LONGEST_FILE = 64 * 1024
_HEADINGS = ("Version", "In force since", "People", "Begins")
_NEWEST = 40
"""Versions that are listed: an answer of the running server has to fit."""

Shown = dict[str, Any]


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> list[argparse.ArgumentParser]:
    """Adds `consent` and its acts; returns the parsers that work on a data folder."""
    top = commands.add_parser("consent", help="the text that people agree to: show, set")
    acts = top.add_subparsers(dest="act", metavar="ACT", required=True)
    showing = acts.add_parser("show", help="what is in force, and how many agreed to which version")
    showing.add_argument("--json", action="store_true", help="one JSON object")
    setting = acts.add_parser("set", help="put another text in force, at every checkpoint at once")
    setting.add_argument("file", type=Path, metavar="FILE", help="UTF-8; - for standard input")
    return [showing, setting]


def run(
    chosen: argparse.Namespace,
    folder: DataFolder,
    *,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Does one act, through the server that runs on these data or without one.

    Returns:
        0 when done, 1 with a sentence when not.
    """
    # Late: they bring numpy along, and `python -m server` has to set its threads before that.
    from server.gallery_files import GalleryFileError
    from server.unlocking import CannotOpen
    from server.vault import VaultProblem

    out, err = out or sys.stdout, err or sys.stderr
    try:
        if chosen.act == "show":
            _show(_done(folder, "consent"), out, as_json=chosen.json)
        else:
            made = _done(folder, "set consent", text=_read(chosen.file))
            out.write(f"Version {made['version']} is in force: every checkpoint shows it now.\n")
    except (
        AuditProblem,
        CannotOpen,
        ConsentTextRefused,
        ConsentTextsBroken,
        DataInUse,
        GalleryFileError,
        VaultProblem,
        ValueError,
        OSError,
    ) as error:
        err.write(f"{error}\n")
        return EXIT_PROBLEM
    return EXIT_OK


def answer(consents: Any, action: str, words: Mapping[str, Any]) -> Shown:
    """What is asked for, done by the one who asks.

    Args:
        consents: The texts for them (`server.acting_consents.ActingConsents`).
        action: `consent` or `set consent`.
        words: Of the request.

    Raises:
        ValueError: It cannot be done; the text is a sentence.
    """
    try:
        state = consents.state()
        if action == "set consent":
            text = str(words.get("text", ""))
            return asdict(consents.put_in_force(text, instead_of=state.in_force.version))
    except (AuditProblem, ConsentTextsBroken, NotAllowed, OSError) as error:
        raise ValueError(str(error)) from error
    return {
        "in_force": asdict(state.in_force),
        "versions": [_row(one, state.people) for one in state.texts[:_NEWEST]],
        "stated": state.stated,
        "nothing": state.nothing,
        "own": state.own,
    }


def _row(one: ConsentText, people: Mapping[int, int]) -> Shown:
    first = one.text.replace("\n", " ")
    return {
        "version": one.version,
        "since_ms": one.since_ms,
        "people": people.get(one.version, 0),
        "begins": first if len(first) <= 60 else f"{first[:59]}…",
    }


def _done(folder: DataFolder, action: str, **words: str) -> Shown:
    try:
        with _alone(folder) as consents:
            return answer(consents, action, words)
    except DataInUse as in_use:
        try:
            return ask(folder.requests, action, words, timeout_s=WAIT_S)
        except NoAnswer:
            raise in_use from None


@contextmanager
def _alone(folder: DataFolder) -> Iterator[Any]:
    """The texts while no server runs on these data.

    Raises:
        DataInUse: One does.
    """
    from server.acting_consents import ActingConsents
    from server.books import open_books
    from server.consents import Consents
    from server.gallery_files import GalleryFiles
    from server.key_tool import terminal
    from server.open_data import now_ms
    from server.unlocking import CannotOpen, unlock_data

    try:
        vault = unlock_data(folder, "python -m server consent", ask=terminal(), make=False)
    except CannotOpen as error:
        if isinstance(error.__cause__, DataInUse):
            raise error.__cause__ from None
        raise
    try:
        files = GalleryFiles(folder.known_faces, vault)
        noted = [one.consent for one in files.load().people]
        texts = ConsentTexts(
            folder.consent_texts, vault.key(PURPOSE), now_ms, lambda: agreed_to(noted)
        )
        books = open_books(folder, vault, _warn)
        yield ActingConsents(Consents(texts, lambda: noted), books.administration, command_line())
    finally:
        folder.unlock()


def _warn(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


def _read(path: Path) -> str:
    """The text in a file.

    Raises:
        ConsentTextRefused: It cannot be read, is no text, or far too long.
    """
    try:
        if str(path) == "-":
            data = sys.stdin.buffer.read(LONGEST_FILE + 1)
        else:
            with path.open("rb") as file:
                data = file.read(LONGEST_FILE + 1)
        if len(data) > LONGEST_FILE:
            raise ConsentTextRefused(f"{path} is far too long for a text that people read.")
        return data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConsentTextRefused(unreadable(path, error)) from error


def _show(found: Shown, out: TextIO, *, as_json: bool) -> None:
    if as_json:
        out.write(json.dumps(found) + "\n")
        return
    now = found["in_force"]
    out.write(f"Version {now['version']}, in force since {_since(now)}:\n\n{now['text']}\n\n")
    write_list(
        out, _HEADINGS, (_cells(row) for row in found["versions"]), numbers=("Version", "People")
    )
    out.write(f"{found['own']} agreed in other words, said at a checkpoint; ")
    out.write(f"{found['stated']} enrolled on a ground stated at the server; ")
    out.write(f"{found['nothing']} without a noted consent.\n")


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    begins = printable(row["begins"], 60)
    return str(row["version"]), _since(row), str(row["people"]), begins


def _since(text: Mapping[str, Any]) -> str:
    return local_time(text["since_ms"]) if text["since_ms"] else "the beginning"
