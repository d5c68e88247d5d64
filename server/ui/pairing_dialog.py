"""Adds a checkpoint: asks what is needed, shows the code, follows what becomes of it."""

import tkinter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from desktop.ui.theme import px
from desktop.ui.widgets import Dialog, IconLabel, button
from protocol.sign_in import WHEN_ADDED
from protocol.text import printable
from server.addresses import EVERYWHERE, OwnAddress, own_address_towards, own_addresses
from server.checkpoint_rows import CheckpointRow
from server.events import PairingChanged, PairingWindow
from server.ui.controls import enable
from server.ui.desk import Desk, GridLike
from server.ui.pairing_code_view import PairingCodeView
from server.ui.pairing_question import PairingQuestion, Wanted

WIDTH = 680
_TICK_MS = 250
_STOPPED = "The server does not listen. Start it first."
_TIME_OVER = "The ten minutes are over. Nobody was paired; take a new code."


class PairingDialog(Dialog):
    """Closing it closes the pairing: nobody is let in behind a closed dialog.

    Args:
        parent: Where it goes.
        desk: What pages share.
        again: Which one, where it is one that was here before.
        copy: Puts a text on the clipboard.
        addresses: Where this computer can be reached; replaced by tests.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        desk: Desk,
        *,
        copy: Callable[[str], None],
        again: CheckpointRow | None = None,
        addresses: Callable[[], Sequence[OwnAddress]] = own_addresses,
    ) -> None:
        title = f"Pair {printable(again.name, 40)} again" if again else "Add checkpoint"
        super().__init__(parent, title=title, width=WIDTH)
        self._desk = desk
        self._copy = copy
        self._addresses = addresses
        self._again = again
        self._wanted = _first(again)
        self._timer: str | None = None
        self._open = False
        self.code: PairingCodeView | None = None
        self.question: PairingQuestion | None = None
        self.mistake = IconLabel(self.buttons, style="Plain.TLabel")
        self.mistake.configure(wraplength=px(self, 320), justify="left")
        self.next = button(self.buttons, text="", command=self._next, look="primary")
        self.away = button(self.buttons, text="Cancel", command=self.cancel)
        self.copy_button = button(
            self.buttons, text="Copy the code", command=self._copy_code, icon_name="clipboard"
        )
        self.next.pack(side="right")
        self.away.pack(side="right", padx=(0, px(self, 8)))
        self.bind("<Return>", self._return)
        self.ask()
        self._tick()

    # The two halves.

    def ask(self) -> None:
        """The questions; again after a code that led to nothing."""
        self._clear()
        status = self._desk.presenter.status
        self.question = PairingQuestion(
            self.body,
            host=status.host,
            port=status.port,
            listen=self.listen,
            name=self._wanted.name,
            who_enrols=self._wanted.who_enrols,
            came_by="" if self._again is None else own_address_towards(self._again.address),
            addresses=self._addresses,
        )
        self.question.pack(fill="both", expand=True)
        self._offer("Show the code", "Cancel", copy=False)
        if self.winfo_viewable():  # else `present` gives the keyboard
            self.question.name.focus_set()
        self._look_at_server()

    def show_code(self, window: PairingWindow) -> None:
        """The code, for as long as it is good."""
        self._clear()
        self._open = True
        self.code = PairingCodeView(self.body, window, who_enrols=self._wanted.who_enrols)
        self.code.pack(fill="both", expand=True)
        self._offer("", "Cancel pairing", copy=True)
        self.copy_button.focus_set()
        self.centre()

    # What happens.

    def take(self, event: PairingChanged) -> None:
        """Pairing was tried, closed, or has let somebody in."""
        if self.code is None or not self._open:
            return
        if event.window is not None:
            self.code.show(event.window, event.sentence)
            return
        self._open = False
        self.code.over()
        good = bool(event.checkpoint_id)
        if good:
            self._again = None
            self._wanted = replace(self._wanted, name="")  # the next one has a name of its own
        self.code.told.show(event.sentence, "good" if good else "bad")
        self._offer("Add another" if good else "New code", "Done" if good else "Close", copy=False)
        self.away.focus_set()
        self.centre()

    def listen(self) -> None:
        """Makes the server listen on every address of this computer, now and from now on."""
        grid = self._desk.grid
        if grid is None:
            return
        grid.change_settings(replace(grid.settings, host=EVERYWHERE))
        grid.stop()
        grid.start()

    def cancel(self) -> None:
        """Closes the dialog and, with it, an open pairing."""
        self._shut()
        self.destroy()

    def destroy(self) -> None:
        """Goes away."""
        if self._timer is not None:
            self.after_cancel(self._timer)
            self._timer = None
        super().destroy()

    # Smaller things.

    def _next(self) -> None:
        if self.question is None:
            self.ask()
            self.centre()
            return
        grid = self._desk.ready
        if grid is None or not self._desk.presenter.address:
            self.mistake.show(_STOPPED, "bad")
            return
        try:
            self._wanted = self.question.wanted()
        except ValueError as mistake:
            self.mistake.show(str(mistake), "bad")
            return
        enable(self.next, on=False)
        self._desk.ask("", partial(_open, grid, self._wanted), self._opened, self._refused)

    def _opened(self, window: PairingWindow) -> None:
        if self.winfo_exists():
            self.show_code(window)
        elif self._desk.ready is not None:
            self._desk.ready.pairing.close()

    def _refused(self, error: Exception) -> None:
        if not self.winfo_exists():
            self._desk.complain(error)
            return
        enable(self.next, on=True)
        self.mistake.show(str(error), "bad")

    def _copy_code(self) -> None:
        if self.code is not None:
            self._copy(self.code.text)

    def _return(self, event: "tkinter.Event[tkinter.Misc]") -> None:
        """Return does the next thing from a field; a button with the keyboard presses itself."""
        if self.question is not None and event.widget.winfo_class() != "TButton":
            self._next()

    def _offer(self, word: str, away: str, *, copy: bool) -> None:
        self.mistake.plain("")
        self.mistake.pack(side="left")
        self.away.configure(text=away)
        if word:
            self.next.configure(text=word)
            self.next.pack(side="right", before=self.away)
        else:
            self.next.pack_forget()
        if copy:
            self.copy_button.pack(side="left")
        else:
            self.copy_button.pack_forget()
        enable(self.next, on=True)

    def _clear(self) -> None:
        for half in (self.question, self.code):
            if half is not None:
                half.destroy()
        self.question = self.code = None

    def _shut(self) -> None:
        grid = self._desk.ready
        if self._open and grid is not None:
            self._open = False
            grid.pairing.close()

    def _tick(self) -> None:
        self._timer = self.after(_TICK_MS, self._tick)
        self._look_at_server()
        if self.code is None or not self._open:
            return
        if not self.code.tick():
            self._shut()
            self.code.told.show(_TIME_OVER, "warn")
            self.code.over()
            self._offer("New code", "Close", copy=False)
            self.centre()

    def _look_at_server(self) -> None:
        """Follows a server that was told to listen elsewhere, or that stopped."""
        if self.question is None:
            return
        status = self._desk.presenter.status
        if not status.state.serving:
            self.mistake.show(_STOPPED, "warn")
        elif str(self.mistake.cget("text")).strip() == _STOPPED:
            self.mistake.plain("")
        if status.state.serving:
            before = self.question.reachable
            self.question.listens_on(status.host, status.port)
            if self.question.reachable != before:
                self.centre()


def _first(again: CheckpointRow | None) -> Wanted:
    """What is filled in at first; no name for one that goes by what it calls itself."""
    device = None if again is None else again.device
    if device is None:
        return Wanted("", WHEN_ADDED, "")
    return Wanted(device.name if device.named else "", device.who_enrols, "")


def _open(grid: GridLike, wanted: Wanted) -> PairingWindow:
    """In the background: makes a code."""
    return grid.pairing.open(wanted.name, who_enrols=wanted.who_enrols, address=wanted.address)
