"""A card of settings."""

import tkinter
from tkinter import ttk

from server.ui.settings_form import SettingsForm
from server.ui.window import ServerWindow


def test_rows_stand_below_each_other(window: ServerWindow) -> None:
    """Word and field in a line, the explanation below both; it may be changed."""
    form = SettingsForm(window.root, title="Things", width=300)
    form.pack()
    fields = [ttk.Entry(form.body) for _ in range(2)]
    notes = [form.add(f"Word {n}", field, f"Means {n}.") for n, field in enumerate(fields)]
    window.root.update()
    tops = [widget.winfo_y() for pair in zip(fields, notes, strict=True) for widget in pair]
    assert tops == sorted(tops)
    assert len(set(tops)) == 4
    notes[0].configure(text="Another meaning.")
    assert notes[0].cget("text") == "Another meaning."
    assert isinstance(form, tkinter.Misc)
    form.destroy()
