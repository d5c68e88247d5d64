"""The commands export-person, erase-person and accept-people, without a running server."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from biometrics.encode import EncoderFailed
from biometrics.gallery import Person
from database.errors import DatabaseProblem
from desktop.files import write_atomically
from desktop.settings import SettingsError, load
from protocol.text import printable
from server.administration import command_line
from server.audit import AuditProblem
from server.books import Books, open_books
from server.command_words import server_command
from server.data_folder import DataFolder
from server.encoders import InstalledEncoder, installed_encoder
from server.gallery_files import GalleryFileError
from server.key_tool import terminal
from server.open_data import OpenData, now_ms
from server.permissions import Action
from server.person_export import export_person
from server.receipts import ReceiptBroken
from server.settings import ServerSettings
from server.stand_records import ACCEPT
from server.unlocking import CannotOpen, unlock_data

EXIT_OK = 0
EXIT_PROBLEM = 1

OpenEncoder = Callable[[str], InstalledEncoder]


def run(
    chosen: argparse.Namespace,
    folder: DataFolder,
    *,
    by: str,
    encoder: OpenEncoder = installed_encoder,
    ask: Callable[[str], str] = input,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Does one command; returns 0 when done, 1 with a sentence when not.

    Args:
        chosen: The command line.
        folder: Where the data are; no server may be running on them.
        by: Who asks, as the audit log names them.
        encoder: Opens the face model.
        ask: Asks the person at the terminal.
        out: Standard output.
        err: Standard error.
    """
    out, err = out or sys.stdout, err or sys.stderr
    acts = {"export-person": _export, "erase-person": _erase, "accept-people": _accept}
    try:
        with _opened(folder, encoder) as opened:
            return acts[chosen.command](opened, chosen, by, ask, out)
    except CannotOpen as error:
        err.write(f"{error.status.sentence}\n")
    except (
        EncoderFailed,
        GalleryFileError,
        SettingsError,
        DatabaseProblem,
        ReceiptBroken,
        AuditProblem,
        _NotDone,
        OSError,
    ) as error:
        err.write(f"{error}\n")
    return EXIT_PROBLEM


class _NotDone(Exception):  # noqa: N818 - a sentence for the person at the terminal
    pass


@dataclass(frozen=True, slots=True)
class _Opened:
    data: OpenData
    books: Books


@contextmanager
def _opened(folder: DataFolder, encoder: OpenEncoder) -> Iterator[_Opened]:
    settings = load(ServerSettings, folder.settings)
    vault = unlock_data(folder, "a command", ask=terminal())
    try:
        books = open_books(folder, vault)
        data = OpenData(
            folder,
            vault,
            books=books,
            encoder=encoder(settings.network),
            settings=lambda: settings,
            post=lambda _event: None,
            on_log_state=lambda _state, _sentence: None,
        )
        data.open()
        try:
            yield _Opened(data, books)
        finally:
            data.close()
    finally:
        folder.unlock()


def _person(data: OpenData, name: str) -> Person:
    person = data.people.find(name)
    if person is None:
        raise _NotDone(f"Nobody named {printable(name, 60)} is enrolled.")
    return person


def _export(opened: _Opened, chosen: argparse.Namespace, by: str, _ask: object, out: TextIO) -> int:
    data = opened.data
    person = _person(data, chosen.name)
    paths = opened.books.administration.act(
        command_line(),
        Action.EXPORT_PERSON,
        lambda: export_person(
            data.people,
            data.history,
            person.subject_id,
            chosen.path,
            by=by,
            names=opened.books.accounts.names(),
            now_ms=now_ms(),
        ),
        target=person.subject_id,
    )
    out.writelines(f"{printable(str(path), 300)}\n" for path in paths)
    out.write("These files are not sealed: they are the person's.\n")
    return EXIT_OK


def _erase(
    opened: _Opened, chosen: argparse.Namespace, by: str, ask: Callable[[str], str], out: TextIO
) -> int:
    data = opened.data
    person = _person(data, chosen.name)
    if not chosen.yes:
        name = printable(person.display_name, 60)
        question = f"{name} is erased for good, also from the history. Type the name to go on: "
        try:
            typed = ask(question)
        except EOFError as error:
            raise _NotDone(
                "Nobody typed the name: nobody was erased. Without a terminal add --yes."
            ) from error
        if not data.people.same_name(typed.strip(), person.display_name):
            raise _NotDone("That is not the name: nobody was erased.")
    receipt = opened.books.administration.act(
        command_line(),
        Action.ERASE_PERSON,
        lambda: data.erasure.erase(data.people, person.subject_id, by=by),
        target=person.subject_id,
        done=lambda receipt: (person.subject_id, {"digest": receipt.digest}),
    )
    problems = data.erasure.clean_copies()
    receipt = data.erasure.receipts.read(person.subject_id) or receipt
    text = receipt.text(data.folder.root)
    if chosen.receipt is not None:
        write_atomically(chosen.receipt, text.encode("utf-8"))
    out.write(text)
    out.writelines(f"{printable(problem, 600)}\n" for problem in problems)
    return EXIT_PROBLEM if problems else EXIT_OK


def _accept(
    opened: _Opened, _chosen: argparse.Namespace, by: str, _ask: object, out: TextIO
) -> int:
    stands = opened.books.stands
    alarms = (*opened.data.people.alarms, *stands.put_back)
    if not alarms:
        command = server_command("audit", "accept", folder=opened.data.folder.root)
        out.write(
            "There is no alarm about the people's files or the other files: nothing was done. "
            f"What was changed in the history is taken as it is by: {command}\n"
        )
        return EXIT_OK

    def accept() -> tuple[str, ...]:
        missing = opened.data.accept_people(by=by)
        stands.accepted()
        return missing

    missing = opened.books.administration.act(
        command_line(), Action.RESTORE, accept, details={"what": ACCEPT, "alarms": len(alarms)}
    )
    out.writelines(f"Accepted: {alarm}\n" for alarm in alarms)
    out.write(f"{len(missing)} people whose files are gone count as deleted now.\n")
    return EXIT_OK
