"""`python -m server audit accept`: what was changed in the history is taken as it is."""

from collections.abc import Callable
from typing import TextIO

from database.verifying import Progress, RowsLooked, look_at_rows
from server.administration import command_line
from server.books import Books
from server.command_asks import agreed
from server.data_proof import erased_of
from server.history_accepted import MOST_EVENTS, accept, beyond, why_not
from server.history_cipher import HistoryCipher
from server.history_proof import sentences_of
from server.permissions import Action

EXIT_OK = 0
EXIT_PROBLEM = 1
_QUESTION = "A backup of before brings back what was there. To take it as it is"


def run(
    books: Books,
    *,
    progress: Progress,
    looked: Callable[[], None],
    ask: Callable[[str], str] | None,
    out: TextIO,
) -> int:
    """Shows what is wrong with the history, asks, and writes into the audit log that it is known.

    Args:
        books: Of the data; a server may be running.
        progress: Called now and then with how many of how many events were looked at.
        looked: Called when all were.
        ask: Asks the person at the terminal; None where nobody is to be asked.
        out: Standard output.

    Returns:
        0 when nothing is wrong any more that is not accepted, 1 otherwise.

    Raises:
        DatabaseProblem: The history cannot be read.
        AuditProblem: It cannot be written into the log.
    """
    found = _look(books, progress)
    looked()
    sentences = sentences_of(found)
    if not sentences:
        out.write("Nothing is wrong with the history that is not accepted: nothing was done.\n")
        return EXIT_OK
    out.writelines(f"{sentence}\n" for sentence in sentences)
    if why := why_not(found):
        out.write(f"{why} Nothing was accepted.\n")
        return EXIT_PROBLEM
    if ask is not None and not agreed(ask, _QUESTION, "accept"):
        out.write("Nothing was accepted. Without a terminal add --yes.\n")
        return EXIT_PROBLEM

    def write(target: str, details: dict[str, str | int | bool]) -> None:
        books.administration.act(
            command_line(), Action.ACCEPT_HISTORY, lambda: None, target=target, details=details
        )

    count = accept(found, write)
    records = "1 record" if count == 1 else f"{count} records"
    out.write(f"Accepted, in {records} of the audit log. ")
    out.write("Events that were changed stay marked Changed: what they say counts no more.\n")
    return EXIT_OK


def _look(books: Books, progress: Progress) -> RowsLooked:
    """What is wrong with the rows, but for what is known."""
    folder, vault = books.folder, books.vault
    if not folder.database.exists():
        return RowsLooked()
    cipher = HistoryCipher(vault)
    looked = look_at_rows(folder.database, cipher, progress=progress, named=MOST_EVENTS)
    looked.nameless -= erased_of(folder, vault)
    return beyond(looked, books.accepted())
