"""One record of the audit log, whole."""

import tkinter

from server.audit_names import KnownNames
from server.audit_records import Entry
from server.ui.record_dialog import RecordDialog

ID = "7f3a5b0c" * 4


def test_a_record_is_told_in_words_and_as_it_is_written(surface: tkinter.Misc) -> None:
    """Names where they are known; ids and digests are at the end, for who needs them."""
    entry = Entry(
        37,
        0,
        "account:a1",
        "enroller",
        "checkpoint:lobby",
        "erase person",
        "done",
        ID,
        {"digest": "ab"},
    )
    names = KnownNames({"a1": "Kim Lee"}, {"lobby": "Lobby gate"}, {ID: "Ada Lovelace"})
    dialog = RecordDialog(surface, entry, names)
    dialog.present(dialog.close_button)
    said = {name: str(label.cget("text")) for name, label in dialog.facts.items()}
    assert said == {
        "Who": "Kim Lee (role: enroller)",
        "From": "Lobby gate",
        "About": "Ada Lovelace",
        "Details": "–",
        "Outcome": "Done.",
        "Written as": f"erase person, account:a1, {ID}, digest=ab",
    }
    dialog.close_button.invoke()
    assert not dialog.winfo_exists()
