"""Pairs the checkpoint with a server: the code is typed once, everything else happens by itself."""

import tkinter
import tkinter.font
from collections.abc import Callable, Sequence
from tkinter import ttk
from typing import Protocol

from client.discovery import Finder, installed
from client.events import ClientEvent, PairingAnswered
from client.pairing_form import PairingForm, grouped
from client.ui.controls import button, enable, field
from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, IconLabel, WrapLabel

WIDTH = 700
_POLL_MS = 500
# Eight groups of five and the dashes between them, with room for the caret.
_CODE_WIDTH = 49
_WHO = (
    "Ask the administrator for a code: in the server's window, Checkpoints, Add checkpoint. It is "
    "good for ten minutes and for one checkpoint."
)
_CHANGED = (
    "The server's identity is another one than before. Type a code only when the administrator "
    "has given it to you: then this checkpoint trusts the new one."
)
_ADDRESS = "From the code. Change it when the server is reached elsewhere, as through a gateway."
_LOOKING = "Looking for servers in this network…"
_NOT_INSTALLED = (
    "Servers are not looked for here: the extra for that is not installed. The code is enough."
)
_ASKING = "Asking {address}. The server shows who it is first; then the code is sent."


class FoundLike(Protocol):
    """A server that was found on the network (`client.discovery`)."""

    @property
    def name(self) -> str:
        """What it calls itself."""

    @property
    def address(self) -> str:
        """`host:port`."""


class FinderLike(Protocol):
    """Looks for servers on the network, in a thread of its own (`client.discovery`)."""

    @property
    def found(self) -> Sequence[FoundLike]:
        """Those that answered so far."""

    def close(self) -> None:
        """Stops looking."""


class PairingDialog(Dialog):
    """Asks for the code and follows the pairing.

    Args:
        parent: The checkpoint's window.
        pair: Begins a pairing with a code and, when it is another, an address; returns at once.
        server_changed: Whether the server that is paired shows another identity now.
        find: Begins to look for servers; None where that is not installed.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        pair: Callable[[str, str | None], None],
        *,
        server_changed: bool = False,
        find: Callable[[], FinderLike] | None = None,
    ) -> None:
        super().__init__(parent, title="Pair with a server", width=WIDTH)
        self._pair = pair
        self._finder = find() if find is not None else None
        self._poll: str | None = None
        self._regroup: str | None = None
        self._from_code = ""
        self.asking = False
        self.code = tkinter.StringVar(self)
        self.address = tkinter.StringVar(self)
        self._build(server_changed=server_changed)
        self.code.trace_add("write", lambda *_: self._code_typed())
        self.address.trace_add("write", lambda *_: self._show())
        self.bind("<Return>", self._return)
        self._look()
        self._show()

    @property
    def form(self) -> PairingForm:
        """The content as typed."""
        return PairingForm(self.code.get(), self.address.get())

    # ------------------------------------------------------------------ the parts

    def _build(self, *, server_changed: bool) -> None:
        gap = px(self, 12)
        if server_changed:
            warning = IconLabel(self.body, style="Bold.TLabel", size=16)
            warning.configure(wraplength=px(self, WIDTH - 40), justify="left")
            warning.show(_CHANGED, "bad", icon_name="shield-fill-exclamation")
            warning.pack(fill="x", pady=(0, gap))
        WrapLabel(self.body, text=_WHO, style="Muted.TLabel", width=WIDTH).pack(
            fill="x", pady=(0, gap)
        )
        grid = ttk.Frame(self.body, style="Plain.TFrame")
        grid.pack(fill="x")
        grid.columnconfigure(1, weight=1)
        ttk.Label(grid, text="Code", style="Bold.TLabel").grid(row=0, column=0, sticky="w")
        self.code_entry = field(grid, self.code)
        self.code_entry.configure(font=_fixed(self), width=_CODE_WIDTH)
        self.code_entry.grid(row=0, column=1, sticky="ew", padx=(gap, px(self, 8)))
        self.paste_button = button(grid, "Paste", self.paste, icon="clipboard")
        self.paste_button.grid(row=0, column=2)
        self.code_hint = self._hint(grid, 1)
        ttk.Label(grid, text="Server", style="Bold.TLabel").grid(row=2, column=0, sticky="w")
        self.address_entry = field(grid, self.address)
        self.address_entry.grid(row=2, column=1, columnspan=2, sticky="ew", padx=(gap, 0))
        self.address_hint = self._hint(grid, 3)
        self.found = ttk.Frame(grid, style="Plain.TFrame")
        self.found.grid(row=4, column=1, columnspan=2, sticky="ew", padx=(gap, 0))
        self.found_note = WrapLabel(self.found, style="Small.TLabel", width=WIDTH - 100)
        self.found_note.pack(fill="x")
        self._found_buttons: dict[str, ttk.Button] = {}
        self.told = IconLabel(self.body, style="Bold.TLabel", size=16)
        self.told.configure(wraplength=px(self, WIDTH - 40), justify="left")
        self.told.pack(fill="x", pady=(gap, 0))
        self.pair_button = button(self.buttons, "Pair", self.pair, icon="link-45deg", primary=True)
        self.away_button = button(self.buttons, "Cancel", self.cancel, key="Esc")
        self.pair_button.pack(side="right")
        self.away_button.pack(side="right", padx=px(self, 8))

    def _hint(self, grid: ttk.Frame, row: int) -> IconLabel:
        hint = IconLabel(grid, style="Small.TLabel", size=11)
        hint.configure(wraplength=px(self, WIDTH - 100), justify="left")
        hint.grid(
            row=row,
            column=1,
            columnspan=2,
            sticky="ew",
            padx=(px(self, 12), 0),
            pady=(px(self, 2), px(self, 10)),
        )
        return hint

    # ------------------------------------------------------------------ what the person does

    def paste(self) -> None:
        """Takes the code from the clipboard."""
        try:
            text = self.clipboard_get()
        except tkinter.TclError:
            self.code_hint.show("There is no text on the clipboard.", "warn")
            return
        self.code.set(text)
        self.code_entry.icursor("end")
        self.code_entry.focus_set()

    def pair(self) -> None:
        """Begins, when the code can be read."""
        form = self.form
        if self.asking or self.paired:
            return
        if not form.complete:
            self._show(all_of_it=True)
            (self.address_entry if form.address_problem else self.code_entry).focus_set()
            return
        self.asking = True
        address = form.other_address or form.address_of_code
        self.told.show(_ASKING.format(address=address), "info", icon_name="hourglass-split")
        self._show()
        self.centre()
        self._pair(form.code, form.other_address)

    paired = False
    """Whether the pairing has succeeded: nothing is left but to close."""

    def handle(self, event: ClientEvent) -> None:
        """Takes an event of the checkpoint: the answer."""
        if not isinstance(event, PairingAnswered) or not self.asking:
            return
        self.asking = False
        self.paired = event.ok
        self.told.show(event.sentence, "good" if event.ok else "bad")
        self._show()
        if event.ok:
            self.pair_button.pack_forget()
            self.away_button.configure(text="Done")
            self.away_button.focus_set()
        else:
            self.code_entry.focus_set()
            self.code_entry.selection_range(0, "end")
        self.centre()

    def destroy(self) -> None:
        """Closes; a pairing that is under way goes on and is shown in the window."""
        for timer in (self._poll, self._regroup):
            if timer is not None:
                self.after_cancel(timer)
        self._poll = self._regroup = None
        if self._finder is not None:
            self._finder.close()
            self._finder = None
        super().destroy()

    # ------------------------------------------------------------------ smaller things

    def _code_typed(self) -> None:
        # Tk moves the caret only after the text has changed: groups are made when it has.
        if self._regroup is None:
            self._regroup = self.after_idle(self._make_groups)
        address = self.form.address_of_code
        if address and self.address.get() in ("", self._from_code):
            self._from_code = address
            self.address.set(address)
        self._show()

    def _make_groups(self) -> None:
        self._regroup = None
        typed = self.code.get()
        shown, caret = grouped(typed, self.code_entry.index("insert"))
        if shown != typed:
            self.code.set(shown)
            self.code_entry.icursor(caret)

    def _show(self, *, all_of_it: bool = False) -> None:
        """Hints and buttons for what is typed now."""
        form = self.form
        problem = form.code_problem
        if all_of_it and not problem and form.read is None:
            problem = f"The code is not complete. {form.hint}"
        if problem:
            self.code_hint.show(problem, "bad")
        elif form.read is not None:
            self.code_hint.show("The code is complete.", "good")
        else:
            self.code_hint.plain(form.hint)
        if form.address_problem:
            self.address_hint.show(form.address_problem, "bad")
        else:
            self.address_hint.plain(_ADDRESS)
        busy = self.asking or self.paired
        for widget in (self.code_entry, self.address_entry, self.paste_button):
            enable(widget, on=not busy)
        enable(self.pair_button, on=form.complete and not busy)

    def _look(self) -> None:
        """Shows the servers that were found so far."""
        if self._finder is None:
            self.found_note.configure(text=_NOT_INSTALLED)
            return
        found = list(self._finder.found)
        self.found_note.configure(text="Found in this network:" if found else _LOOKING)
        for server in found:
            if server.address not in self._found_buttons:
                made = button(
                    self.found,
                    f"{server.name}   {server.address}",
                    lambda address=server.address: self._take_address(address),  # type: ignore[misc]
                    icon="hdd-network",
                )
                made.pack(anchor="w", pady=(px(self, 4), 0))
                self._found_buttons[server.address] = made
                self.centre()
        self._poll = self.after(_POLL_MS, self._look)

    def _take_address(self, address: str) -> None:
        self.address.set(address)
        self.code_entry.focus_set()

    def _return(self, event: "tkinter.Event[tkinter.Misc]") -> None:
        if event.widget.winfo_class() != "TButton":
            self.pair()


def _fixed(widget: tkinter.Misc) -> tkinter.font.Font:
    family = tkinter.font.nametofont("TkFixedFont", root=widget).actual("family")
    return tkinter.font.Font(root=widget, family=family, size=12)


def finder() -> Callable[[], FinderLike] | None:
    """What looks for servers, None where the extra for it is not installed."""
    return Finder if installed() else None
