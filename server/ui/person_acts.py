"""Erasing a person and handing out what is kept about them: questions, then receipts."""

import tkinter
from collections.abc import Callable
from pathlib import Path
from tkinter import filedialog

from desktop.files import write_atomically
from desktop.ui.widgets import Confirmation
from protocol.text import printable
from server.deleted_people import DeletedPerson
from server.fault_words import count
from server.receipts import Receipt
from server.ui.desk import Desk, NamedLike, PersonLike
from server.ui.receipt_dialog import ReceiptDialog
from server.ui.wording import clock

_AGAIN_MS = 1000


def ask_erase(
    parent: tkinter.Misc,
    desk: Desk,
    person: NamedLike | None,
    *,
    erased: Callable[[], None],
    question: Callable[[], Confirmation] | None = None,
) -> None:
    """Asks, naming the person, erases them in the background, and shows the receipt.

    Args:
        parent: Over what it is asked.
        desk: What pages share.
        person: Who; None when nobody is chosen.
        erased: Called when it is done.
        question: Makes the question; that for somebody who is enrolled unless told otherwise.
    """
    grid = desk.ready
    if person is None or grid is None:
        return
    dialog = erase_question(parent, person) if question is None else question()
    dialog.wait_for_answer(dialog.decline)
    if not dialog.yes or desk.ready is None:
        return
    subject_id = person.subject_id

    def show(receipt: Receipt) -> None:
        erased()
        shown = ReceiptDialog(
            parent,
            receipt,
            save=lambda path, text: _save(desk, path, text),
            data_folder=desk.data_folder,
        )
        shown.present(shown.close_button)
        _follow(desk, shown, lambda: grid.receipt(subject_id))

    desk.ask("", lambda: grid.erase_person(subject_id), show)


def _follow(desk: Desk, shown: ReceiptDialog, read: Callable[[], Receipt | None]) -> None:
    """Reads the receipt again, while it is shown, until it says that the copies were cleaned."""

    def look() -> None:
        if shown.winfo_exists() and shown.receipt.copies_ended_at_ms is None:
            desk.ask("receipt", read, again)

    def again(receipt: Receipt | None) -> None:
        if receipt is not None and shown.winfo_exists():
            shown.show(receipt)
            shown.after(_AGAIN_MS, look)

    shown.after(_AGAIN_MS, look)


def erase_question(parent: tkinter.Misc, person: NamedLike) -> Confirmation:
    """The question before a person is erased: names them and says what is lost."""
    return Confirmation(
        parent,
        title="Erase a person",
        question=f"Erase {printable(person.display_name)} for good?",
        detail=(
            "Templates with their key, the picture, and the name in every row of the history are "
            "destroyed. The rows stay, and say no more who it was. Then the backups that the "
            "server knows follow. Nobody can undo this; you get a receipt."
        ),
        agree=f"Erase {printable(person.display_name, 40)}",
        danger=True,
    )


def erase_deleted_question(parent: tkinter.Misc, person: DeletedPerson) -> Confirmation:
    """The question before somebody is erased who was deleted before: what is still left of them."""
    name = printable(person.display_name)
    when = "" if person.deleted_at_ms is None else f" of {clock(person.deleted_at_ms)}"
    return Confirmation(
        parent,
        title="Erase a deleted person",
        question=f"Erase {name or f'the person of the deletion{when}'} for good?",
        detail=(
            "Templates and picture went when they were deleted. Now the name goes from every row "
            "of the history; the rows stay, and say no more who it was. Then the backups that the "
            "server knows follow, which hold all of it. Nobody can undo this; you get a receipt."
        ),
        agree=f"Erase {printable(person.display_name, 40)}".strip(),
        danger=True,
    )


def ask_person_export(parent: tkinter.Misc, desk: Desk, person: PersonLike | None) -> None:
    """Asks for a folder and writes everything about the person there."""
    if person is None or desk.ready is None:
        return
    where = filedialog.askdirectory(
        parent=parent, title=f"Folder for the data of {printable(person.display_name, 60)}"
    )
    if where:
        export_to(desk, person, Path(where))


def export_to(desk: Desk, person: PersonLike, folder: Path) -> None:
    """Writes everything about the person into a folder, in the background."""
    grid, subject_id = desk.ready, person.subject_id
    if grid is None:
        return
    desk.ask(
        "",
        lambda: grid.export_person(subject_id, folder),
        lambda files: desk.toast.show(
            f"{count(len(files), 'file')} written to {folder.name}. They are not sealed: they "
            "are this person's.",
            tone="good",
        ),
    )


def _save(desk: Desk, path: Path, text: str) -> None:
    desk.ask(
        "",
        lambda: write_atomically(path, text.encode("utf-8")),
        lambda _none: desk.toast.show(f"{path.name} was written.", tone="good"),
    )
