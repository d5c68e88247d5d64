"""The dialogs of the checkpoint's window: one at a time, each told what it has to hear."""

import tkinter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from client.events import ClientEvent
from client.settings import ClientSettings
from desktop.ui.widgets import Dialog

if TYPE_CHECKING:
    from client.ui.enrol_dialog import EnrolDialog
    from client.ui.kept_dialog import KeptDialog
    from client.ui.pairing_dialog import FinderLike, PairingDialog
    from client.ui.settings_dialog import SettingsDialog
    from client.ui.sign_in_dialog import SignInDialog
    from client.ui.sounds import SoundPlayer
    from client.ui.starter import Engine

Listener = Callable[[ClientEvent], None]


class Dialogs:
    """Opens dialogs and gives the keyboard back when they are gone. Imports each when it is needed.

    Args:
        root: The window.
        listeners: Who hears the checkpoint's events; dialogs come and go there.
        closed: Called after a dialog is gone.

    Attributes:
        enrol: The enrolment, while it is open.
        settings: The settings.
        pairing: The pairing.
        kept: The events that the server will never take.
        sign_in: The question who enrols.
    """

    def __init__(
        self, root: tkinter.Tk, listeners: list[Listener], closed: Callable[[], None]
    ) -> None:
        self._root = root
        self._listeners = listeners
        self._closed = closed
        self.enrol: EnrolDialog | None = None
        self.settings: SettingsDialog | None = None
        self.pairing: PairingDialog | None = None
        self.kept: KeptDialog | None = None
        self.sign_in: SignInDialog | None = None

    @property
    def all(self) -> list[Dialog]:
        """Those that are open: one, or none."""
        found = (self.enrol, self.settings, self.pairing, self.kept, self.sign_in)
        return [one for one in found if one is not None]

    def open_enrolment(
        self, engine: "Engine", *, mirror: bool, server: str, signed_in: str
    ) -> None:
        """Opens the guided enrolment."""
        from client.ui.enrol_dialog import EnrolDialog

        if self.all:
            return
        self.enrol = dialog = EnrolDialog(self._root, engine, mirror=mirror, server=server)
        dialog.signed_in.show(signed_in)
        self._present(dialog, dialog.page.name_entry, dialog.handle)

    def open_sign_in(self, engine: "Engine", *, server: str, done: Callable[[], None]) -> None:
        """Asks who enrols; `done` follows when they are signed in."""
        from client.ui.sign_in_dialog import SignInDialog

        if self.all:
            return
        self.sign_in = dialog = SignInDialog(self._root, engine.sign_in, server=server, done=done)
        self._present(dialog, dialog.name_entry, dialog.handle)

    def open_settings(
        self,
        settings: ClientSettings,
        *,
        field: str,
        sounds: "SoundPlayer",
        engine: "Engine | None",
        on_save: Callable[[ClientSettings], None],
        on_pair: Callable[[], None],
    ) -> None:
        """Opens the settings; `field` gets the keyboard."""
        from client.ui.settings_dialog import SettingsDialog

        if self.all:
            return
        self.settings = dialog = SettingsDialog(
            self._root, settings, sounds=sounds, engine=engine, on_save=on_save, on_pair=on_pair
        )
        self._present(dialog, dialog.first_field(field), None)

    def open_pairing(
        self, engine: "Engine", *, server_changed: bool, find: "Callable[[], FinderLike] | None"
    ) -> None:
        """Opens the pairing with a server."""
        from client.ui.pairing_dialog import PairingDialog, finder

        if self.all:
            return
        self.pairing = dialog = PairingDialog(
            self._root, engine.pair, server_changed=server_changed, find=find or finder()
        )
        self._present(dialog, dialog.code_entry, dialog.handle)

    def open_kept(self, engine: "Engine") -> None:
        """Opens the list of events that the server will never take."""
        from client.ui.kept_dialog import KeptDialog

        if self.all:
            return
        self.kept = dialog = KeptDialog(self._root, engine)
        self._present(dialog, dialog.close_button, dialog.handle)

    def close(self) -> None:
        """Closes what is open."""
        for dialog in self.all:
            dialog.destroy()

    def _present(self, dialog: Dialog, first: tkinter.Misc, hears: Listener | None) -> None:
        """Shows a dialog. A checkpoint may run where no window manager hands the keyboard on."""
        if hears is not None:
            self._listeners.append(hears)
        dialog.bind("<Destroy>", partial(self._gone, dialog, hears), add="+")
        dialog.present(first)
        first.focus_force()

    def _gone(
        self, dialog: Dialog, hears: Listener | None, event: "tkinter.Event[tkinter.Misc]"
    ) -> None:
        if event.widget is not dialog:
            return
        if hears is not None:
            self._listeners.remove(hears)
        self.enrol = None if self.enrol is dialog else self.enrol
        self.settings = None if self.settings is dialog else self.settings
        self.pairing = None if self.pairing is dialog else self.pairing
        self.kept = None if self.kept is dialog else self.kept
        self.sign_in = None if self.sign_in is dialog else self.sign_in
        self._closed()
