"""The commands export-person, erase-person and accept-people, without a running server."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TextIO

from biometrics.encode import EncoderFailed
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
from server.fault_words import count
from server.gallery_files import GalleryFileError
from server.key_tool import terminal
from server.open_data import OpenData, now_ms
from server.permissions import Action
from server.person_export import export_person
from server.receipts import Receipt, ReceiptBroken
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


@dataclass(frozen=True, slots=True)
class _Found:
    """Whom somebody means: a name to be shown, and the ids of all that is kept under it."""

    name: str
    subject_ids: tuple[str, ...]


def _kept(data: OpenData, said: str) -> _Found | None:
    """Somebody of whom templates are kept, by name or id; with this face model first."""
    people = data.people
    person = people.find(said) or people.gallery.get(said)
    if person is not None:
        return _Found(person.display_name, (person.subject_id,))
    others = [
        one
        for one in people.kept()
        if said == one.subject_id or people.same_name(said, one.display_name)
    ]
    if not others:
        return None
    return _Found(others[0].display_name, tuple(one.subject_id for one in others))


def _in_history(data: OpenData, said: str) -> tuple[str, ...]:
    """Ids of people whom the history names so, or the one id that was said."""
    if said in data.history.people(lambda _name: True):
        return (said,)
    return data.history.people(lambda name: data.people.same_name(name, said))


def _nobody(said: str) -> _NotDone:
    return _NotDone(f"Nobody named {printable(said, 60)} is enrolled.")


def _export(opened: _Opened, chosen: argparse.Namespace, by: str, _ask: object, out: TextIO) -> int:
    data = opened.data
    found = _kept(data, chosen.name)
    if found is None:
        if _in_history(data, chosen.name):
            raise _NotDone(
                f"{printable(chosen.name, 60)} is not enrolled any more: of them the history alone "
                "is kept. erase-person takes them out of it."
            )
        raise _nobody(chosen.name)
    several = len(found.subject_ids) > 1
    for subject_id in found.subject_ids:
        folder = chosen.path / subject_id if several else chosen.path
        paths = opened.books.administration.act(
            command_line(),
            Action.EXPORT_PERSON,
            partial(
                export_person,
                data.people,
                data.history,
                subject_id,
                folder,
                by=by,
                names=opened.books.accounts.names(),
                now_ms=now_ms(),
            ),
            target=subject_id,
        )
        out.writelines(f"{printable(str(path), 300)}\n" for path in paths)
    out.write("These files are not sealed: they are the person's.\n")
    return EXIT_OK


def _to_erase(data: OpenData, said: str) -> _Found:
    """Who is to be erased: enrolled, enrolled with another face model, or named in the history."""
    found = _kept(data, said)
    if found is not None:
        return found
    named = _in_history(data, said)
    if len(named) > 1:
        raise _NotDone(
            f"The history has {len(named)} people named {printable(said, 60)} who are not enrolled "
            f"({', '.join(named)}): name the one who is meant by this id."
        )
    if not named:
        raise _nobody(said)
    return _Found(said, named)


def _erase(
    opened: _Opened, chosen: argparse.Namespace, by: str, ask: Callable[[str], str], out: TextIO
) -> int:
    data = opened.data
    found = _to_erase(data, chosen.name)
    if not chosen.yes:
        name = printable(found.name, 60)
        question = f"{name} is erased for good, also from the history. Type the name to go on: "
        try:
            typed = ask(question)
        except EOFError as error:
            raise _NotDone(
                "Nobody typed the name: nobody was erased. Without a terminal add --yes."
            ) from error
        if not data.people.same_name(typed.strip(), found.name):
            raise _NotDone("That is not the name: nobody was erased.")
    receipts = [_erased(opened, subject_id, by) for subject_id in found.subject_ids]
    problems = data.erasure.clean_copies()
    text = "\n".join(
        (data.erasure.receipts.read(one.subject_id) or one).text(data.folder.root)
        for one in receipts
    )
    if chosen.receipt is not None:
        write_atomically(chosen.receipt, text.encode("utf-8"))
    out.write(text)
    out.writelines(f"{printable(problem, 600)}\n" for problem in problems)
    for left in _in_history(data, found.name):
        command = server_command("erase-person", left, folder=data.folder.root)
        out.write(
            f"The history names somebody else {printable(found.name, 60)}, who was deleted. If it "
            f"is the same person: {command}\n"
        )
    return EXIT_PROBLEM if problems else EXIT_OK


def _erased(opened: _Opened, subject_id: str, by: str) -> Receipt:
    erasure = opened.data.erasure
    return opened.books.administration.act(
        command_line(),
        Action.ERASE_PERSON,
        lambda: erasure.erase(opened.data.people, subject_id, by=by),
        target=subject_id,
        done=lambda receipt: (subject_id, {"digest": receipt.digest}),
    )


def _accept(
    opened: _Opened, _chosen: argparse.Namespace, by: str, _ask: object, out: TextIO
) -> int:
    stands = opened.books.stands
    alarms = (*opened.data.people.alarms, *stands.put_back)
    about_log = opened.books.audit.standing
    for sentence in about_log:
        opened.books.administration.act(
            command_line(), Action.DISMISS_ALARM, lambda: None, details={"what": sentence}
        )
        out.write(f"Put away: {sentence} audit verify goes on telling it.\n")
    if about_log and not alarms:
        return EXIT_OK
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
    people = count(len(missing), "person whose file is", "people whose files are")
    out.write(f"{people} gone: deleted from now on.\n")
    return EXIT_OK
