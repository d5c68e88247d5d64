"""The card of the keys: where the master key is, whether there is a recovery key, makes another."""

import time
import tkinter
from collections.abc import Callable
from typing import TYPE_CHECKING

from desktop.ui.theme import px
from desktop.ui.widgets import Card, IconLabel, WrapLabel, button
from server.command_words import server_command
from server.ui.controls import enable
from server.ui.desk import Desk
from server.ui.recovery_dialog import RecoveryDialog
from server.ui.wording import clock

if TYPE_CHECKING:
    from server.key_acts import KeyStatus

_WIDTH = 440
_PLACES: tuple[tuple[str, str], ...] = (
    ("keyring", "The master key is in the system's keyring."),
    ("passphrase", "The master key is made of a passphrase, which is asked for at each start."),
    ("file", "The master key is in a file of the data folder, for its owner alone."),
)
_WHAT = (
    "The recovery key, on paper, opens the data, and every backup made since it was printed, "
    "when the computer's own key is lost. Without it a lost key is everybody lost."
)


class KeysCard(Card):
    """The keys, for those who manage them.

    Args:
        parent: Where it goes.
        desk: What pages share.
        changed: Called when there is another recovery key.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        desk: Desk,
        *,
        changed: Callable[[], None],
    ) -> None:
        super().__init__(parent, heading="Keys", padding=16)
        self._desk, self._changed = desk, changed
        self._status: KeyStatus | None = None
        self.state_label = IconLabel(self.body, style="CardBold.TLabel")
        self.state_label.pack(anchor="w")
        self.facts = WrapLabel(self.body, style="CardMuted.TLabel", width=_WIDTH)
        self.facts.pack(fill="x", pady=(px(self, 2), px(self, 10)))
        WrapLabel(self.body, text=_WHAT, style="Card.TLabel", width=_WIDTH).pack(fill="x")
        self.button = button(
            self.body, text="Make a recovery key…", command=self.open_dialog, icon_name="key"
        )
        self.button.pack(anchor="w", pady=px(self, 10))
        self.dialog: RecoveryDialog | None = None
        self.show(None)

    def show(self, status: "KeyStatus | None") -> None:
        """Shows what is known of the keys; None while the data are not open."""
        self._status = status
        enable(self.button, on=status is not None)
        if status is None:
            self.state_label.plain("The data are not open.")
            self.facts.configure(text="")
            return
        if status.recovery_at_ms is None:
            self.state_label.show("There is no recovery key", "warn")
            self.button.configure(text="Make a recovery key…")
        else:
            self.state_label.show(f"Recovery key of {clock(status.recovery_at_ms)}", "good")
            self.button.configure(text="Make a new recovery key…")
        self.facts.configure(
            text=f"{dict(_PLACES)[status.source]}\nFingerprint {status.fingerprint}"
        )

    def open_dialog(self) -> None:
        """Shows a new recovery key; it counts once it was written down."""
        grid, status = self._desk.ready, self._status
        if grid is None or status is None:
            return
        if self.dialog is not None and self.dialog.winfo_exists():
            return
        from security.recovery import RecoveryKey  # late: the window comes first
        from server.recovery_paper import RecoveryPaper

        key, keys = RecoveryKey.fresh(), grid.keys
        paper = RecoveryPaper(
            key=key,
            fingerprint=status.fingerprint,
            server=grid.settings.name,
            made_at_ms=time.time_ns() // 1_000_000,
            command=server_command("key", "use-recovery", folder=self._desk.data_folder),
        )

        def keep(answered: Callable[[Exception | None], None]) -> None:
            def kept(_none: object) -> None:
                answered(None)
                self._desk.toast.show("The recovery key counts from now on.", tone="good")
                self._changed()

            self._desk.ask("", lambda: keys.keep_recovery(key), kept, answered)

        dialog = RecoveryDialog(
            self,
            paper,
            keep=keep,
            replaces=status.recovery_at_ms is not None,
            data_folder=self._desk.data_folder,
        )
        self.dialog = dialog
        dialog.present(dialog.written)
