"""Facts under each other: what each is, and its value, which breaks its lines."""

import tkinter
from collections.abc import Iterable
from tkinter import ttk

from desktop.ui.theme import px
from desktop.ui.widgets import WrapLabel


class Facts(ttk.Frame):
    """Names on the left, values on the right.

    Args:
        parent: Where it goes.
        facts: Each name with its value.
        part_before: A thin line stands before the fact of this name, unless it is the first.

    Attributes:
        values: The labels of the values, by the name.
    """

    def __init__(
        self, parent: tkinter.Misc, facts: Iterable[tuple[str, str]], *, part_before: str = ""
    ) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self.columnconfigure(1, weight=1)
        self.values: dict[str, ttk.Label] = {}
        line = 0
        for name, value in facts:
            if name == part_before and line:
                ttk.Frame(self, style="Line.TFrame", height=1).grid(
                    row=line, column=0, columnspan=2, sticky="ew", pady=px(self, 3)
                )
                line += 1
            ttk.Label(self, text=name, style="Muted.TLabel").grid(
                row=line, column=0, sticky="nw", padx=(0, px(self, 18))
            )
            label = WrapLabel(self, text=value, width=480)
            label.grid(row=line, column=1, sticky="ew")
            self.values[name] = label
            line += 1
