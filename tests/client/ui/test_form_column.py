"""A column of a form."""

import tkinter

import ttkbootstrap

from client.ui.form_column import COLUMN_WIDTH, FormColumn
from desktop.ui.theme import px


def test_a_word_a_field_and_a_hint(root: ttkbootstrap.App) -> None:
    """As wide as it says, whatever is in it; the hint breaks its lines."""
    column = FormColumn(root)
    column.pack(side="left")
    name = tkinter.StringVar(root, "Lobby gate")
    entry = column.entry(0, "Name", name)
    column.hint(1).show("A sentence that is longer than the column is wide. " * 3, "bad")
    root.update()
    assert entry.get() == "Lobby gate"
    assert px(root, COLUMN_WIDTH) <= column.winfo_width() <= px(root, COLUMN_WIDTH) + 30
