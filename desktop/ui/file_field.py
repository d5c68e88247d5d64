"""A field for a file's path: typed or chosen, looked at in a thread, with a line that says what.

Looking may take seconds, and Tk's thread must not wait: the answer is polled for.
"""

import threading
import tkinter
from collections.abc import Callable
from tkinter import ttk

import ttkbootstrap as tb

from desktop.mailbox import Slot
from desktop.ui.buttons import button
from desktop.ui.palette import Tone
from desktop.ui.theme import px
from desktop.ui.widgets import IconLabel, WrapLabel

Check = Callable[[str], tuple[bool, str]]
"""Says whether a path can be used, and a sentence about it; called in a thread."""

_PAUSE_MS = 300
_POLL_MS = 50
_LOOKING = "Looking at the file."


class FileField(ttk.Frame):
    """The field, its button, and the line below.

    Args:
        parent: Where it goes.
        check: Looks at a path.
        changed: Called when the path or what is known of it changed.
        title: Of the dialog that chooses a file.
        kinds: What it offers: words and patterns.
        empty: What the line says while there is no path, which is always good.
        style: A frame style of `desktop.ui.theme`: it gives the ground.
        text_style: The label style on the same ground.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        *,
        check: Check,
        changed: Callable[[], None],
        title: str,
        kinds: tuple[tuple[str, str], ...],
        empty: str,
        style: str = "Plain.TFrame",
        text_style: str = "Muted.TLabel",
    ) -> None:
        super().__init__(parent, style=style)
        self._check = check
        self._changed = changed
        self._title = title
        self._kinds = kinds
        self._empty = empty
        self._timer: str | None = None
        self._answer: Slot[tuple[str, bool, str]] = Slot()
        self._known: tuple[str, bool, str] | None = None
        self.text = tkinter.StringVar(self)
        self.columnconfigure(0, weight=1)
        entry: ttk.Entry = tb.Entry(self, textvariable=self.text)
        self.entry = entry
        self.entry.grid(row=0, column=0, sticky="ew")
        self.choose_button = button(self, text="Choose…", command=self._choose)
        self.choose_button.grid(row=0, column=1, padx=(px(self, 6), 0))
        line = ttk.Frame(self, style=style)
        line.grid(row=1, column=0, columnspan=2, sticky="ew", pady=(px(self, 2), 0))
        self.mark = IconLabel(line, style=text_style, size=12)
        self.line = WrapLabel(line, style=text_style)
        self.line.pack(side="left", fill="x", expand=True)
        self.text.trace_add("write", lambda *_: self._typed())

    @property
    def value(self) -> str:
        """The path as typed, without blanks around it."""
        return self.text.get().strip()

    @property
    def problem(self) -> str:
        """Why the path cannot be used now, in a sentence; empty when it can."""
        if self._known is None or self._known[0] != self.value:
            return f"{_LOOKING} Wait a moment."
        _, good, sentence = self._known
        return "" if good else sentence

    @property
    def sentence(self) -> str:
        """What the line below says."""
        return str(self.line.cget("text"))

    def fill(self, path: str) -> None:
        """Shows a path and looks at it."""
        self.text.set(path)
        self._look()

    def _typed(self) -> None:
        self._known = None  # also for the same path: the file may be another one by now
        self._say("neutral", _LOOKING)
        self._after(_PAUSE_MS, self._look)
        self._changed()

    def _look(self) -> None:
        path = self.value
        if not path:
            self._show((path, True, self._empty))
            return
        self._say("neutral", _LOOKING)
        answer, check = self._answer, self._check

        def run() -> None:
            try:
                good, sentence = check(path)
            except Exception as error:  # noqa: BLE001 - a thread's top; told in the line
                good, sentence = False, f"The file cannot be used: {error}"
            answer.put((path, good, sentence))

        threading.Thread(target=run, name="file-check", daemon=True).start()
        self._after(_POLL_MS, self._poll)

    def _poll(self) -> None:
        found = self._answer.take()
        if found is None or found[0] != self.value:
            self._after(_POLL_MS, self._poll)
            return
        self._show(found)
        self._changed()

    def _show(self, found: tuple[str, bool, str]) -> None:
        self._known = found
        self._after(0, None)
        path, good, sentence = found
        self._say("bad" if not good else "good" if path else "neutral", sentence)

    def _say(self, tone: Tone, sentence: str) -> None:
        if tone == "neutral":
            self.mark.pack_forget()
        else:
            self.mark.show("", tone)
            self.mark.pack(side="left", anchor="n", padx=(0, px(self, 4)), before=self.line)
        self.line.configure(text=sentence)

    def _after(self, delay_ms: int, call: Callable[[], None] | None) -> None:
        """One thing is waited for at a time."""
        if self._timer is not None:
            self.after_cancel(self._timer)
        self._timer = None if call is None else self.after(delay_ms, call)

    def _choose(self) -> None:
        from tkinter import filedialog

        chosen = filedialog.askopenfilename(
            parent=self, title=self._title, filetypes=[*self._kinds, ("All files", "*")]
        )
        if chosen:
            self.text.set(str(chosen))
            self._look()

    def destroy(self) -> None:
        """Goes; a look that runs answers nobody."""
        self._after(0, None)
        super().destroy()
