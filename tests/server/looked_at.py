"""Data that are opened as a server does, and what a start and `audit verify` tell of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.administration import command_line
from server.books import Books, open_books
from server.data_folder import DataFolder
from server.data_proof import with_data
from server.encoders import InstalledEncoder
from server.events import Fault, GridEvent
from server.open_data import OpenData, now_ms
from server.settings import ServerSettings
from server.unlocking import CannotOpen, unlock_data
from server.vault import open_vault
from tests.server.office import CHEAP
from tests.server.wire import ENCODER


@dataclass(frozen=True)
class Opened:
    """The data and the books of a folder, and what was told when they were opened."""

    data: OpenData
    books: Books
    told: list[str]


@contextmanager
def opened(root: Path) -> Iterator[Opened]:
    """As a server opens them; CannotOpen is told too."""
    folder, told = DataFolder(root), list[str]()

    def post(happened: GridEvent) -> None:
        if isinstance(happened, Fault):
            told.append(happened.sentence)

    vault = unlock_data(folder, "the test")
    try:
        books = open_books(folder, vault, told.append, passwords=CHEAP)
        data = OpenData(
            folder,
            vault,
            encoder=InstalledEncoder(ENCODER),
            settings=lambda: ServerSettings(keep_pictures=True),
            post=post,
            on_log_state=lambda _state, _sentence: None,
            books=books,
        )
        data.open()
        try:
            yield Opened(data, books, told)
        finally:
            data.close()
    finally:
        folder.unlock()


def start(root: Path) -> str:
    """What a start tells."""
    try:
        with opened(root) as found:
            return "\n".join(found.told)
    except CannotOpen as refused:
        return str(refused)


def verify(root: Path) -> str:
    """What `audit verify` tells, before any start."""
    folder = DataFolder(root)
    books = open_books(folder, open_vault(folder), passwords=CHEAP)
    verified = books.administration.verified(command_line())
    whole = with_data(verified, folder, books.vault, now_ms=now_ms())
    return "\n".join([*(one.sentence for one in whole.findings), *filter(None, [whole.trouble])])
