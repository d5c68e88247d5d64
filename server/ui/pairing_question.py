"""What is asked before a pairing code is shown: name, rights, and the address to come to."""

import tkinter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from tkinter import ttk

import ttkbootstrap as tb

from desktop.ui.theme import px
from desktop.ui.widgets import StateBanner, WrapLabel
from protocol.errors import NameInvalid
from protocol.sign_in import WHEN_ADDED, WhoEnrols
from protocol.text import clean_name
from server.addresses import EVERYWHERE, OwnAddress, own_addresses, reaches_others
from server.enrol_words import CHOICES, WORDS
from server.ui.controls import Choice, entry

_NAME = "Stays, whatever the checkpoint calls itself. Left empty: its earlier name, or its own."
_HERE_LINE = "This server listens on {host}: other computers cannot reach it"
_HERE = (
    "Checkpoints on this computer pair by themselves. For one on another computer, listen on the "
    "network: every computer there may then knock, and whoever is not paired is turned away. "
    "Checkpoints reconnect in a moment. The firewall of this computer has to let port {port} in."
)
_NO_NETWORK = "No network was found. Connect this computer, or write the address yourself."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was chosen."""

    name: str
    who_enrols: WhoEnrols
    address: str


class PairingQuestion(ttk.Frame):
    """The first half of the dialog.

    Args:
        parent: Where it goes.
        host: What the server listens on now.
        port: Its port now.
        listen: Makes the server listen on the network.
        name: Filled in where the checkpoint has one that was given it.
        who_enrols: Chosen at first.
        came_by: The address of this computer by which the checkpoint came before, if it did.
        addresses: Where this computer can be reached; replaced by tests.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        *,
        host: str,
        port: int,
        listen: Callable[[], None],
        name: str = "",
        who_enrols: WhoEnrols = WHEN_ADDED,
        came_by: str = "",
        addresses: Callable[[], Sequence[OwnAddress]] = own_addresses,
    ) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._addresses = addresses
        self._listen = listen
        self._came_by = came_by
        self._where = ("", 0)
        self.banner = StateBanner(self)
        form = ttk.Frame(self, style="Plain.TFrame")
        form.pack(side="bottom", fill="x")
        form.columnconfigure(1, weight=1)
        self._form = form
        self.name = entry(form, width=36)
        self.name.insert(0, name)
        self._row(0, "Name", self.name, _NAME)
        self.enrol = Choice(form, CHOICES, changed=self._say_who, width=36)
        self.enrol.choose(who_enrols)
        self.enrol_note = self._row(2, "Who enrols", self.enrol.widget, "")
        self._say_who()
        self.address: ttk.Combobox = tb.Combobox(form, width=36)
        self.note = self._row(4, "Address", self.address, "")
        self.listens_on(host, port)

    @property
    def reachable(self) -> bool:
        """Whether other computers can reach the server now."""
        return reaches_others(self._where[0])

    def listens_on(self, host: str, port: int) -> None:
        """Offers the addresses that lead to a server that listens there."""
        if (host, port) == self._where:
            return
        self._where = host, port
        if not self.reachable:
            self.banner.show(
                tone="warn",
                line=_HERE_LINE.format(host=host or "nothing"),
                reason=_HERE.format(port=port),
                button=("Listen on the network", self._listen),
            )
            self.banner.pack(fill="x", pady=(0, px(self, 14)))
        elif self.banner.winfo_manager():
            self.name.focus_set()  # the button that had the focus goes
            self.banner.pack_forget()
        found = [one.address for one in self._addresses()] if host == EVERYWHERE else [host]
        words = [f"[{one}]:{port}" if ":" in one else f"{one}:{port}" for one in found if one]
        self.address.tk.call(str(self.address), "configure", "-values", tuple(words))
        self.address.set(words[0] if words else "")
        several = "Choose the one of the network that the checkpoint is in." if words[1:] else ""
        if self._came_by in found:
            self.address.set(words[found.index(self._came_by)])
            several = "It came by this one before." if words[1:] else ""
        text = f"Where the checkpoint reaches this server. {several}" if words else _NO_NETWORK
        self.note.configure(text=text.strip())

    def wanted(self) -> Wanted:
        """What is filled in.

        Raises:
            ValueError: With a sentence that says what cannot be used.
        """
        typed = self.name.get().strip()
        try:
            name = clean_name(typed) if typed else ""
        except NameInvalid as error:
            raise ValueError(error.message) from error
        address = self.address.get().strip()
        if not address:
            raise ValueError("Write the address at which the checkpoint reaches this server.")
        return Wanted(name, WhoEnrols(str(self.enrol.value)), address)

    def _say_who(self) -> None:
        self.enrol_note.configure(text=WORDS[WhoEnrols(str(self.enrol.value))].note)

    def _row(self, row: int, word: str, widget: ttk.Widget, explanation: str) -> WrapLabel:
        label = ttk.Label(self._form, text=word, style="Bold.TLabel")
        label.grid(row=row, column=0, sticky="w", padx=(0, px(self, 18)))
        widget.grid(row=row, column=1, sticky="ew")
        note = WrapLabel(self._form, text=explanation, style="Muted.TLabel", width=420)
        note.grid(row=row + 1, column=1, sticky="ew", pady=(px(self, 2), px(self, 12)))
        return note
