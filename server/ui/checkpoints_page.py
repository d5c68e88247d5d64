"""The checkpoints: which are paired and connected; adds, names, lets enrol, opens, shuts out."""

import tkinter
from collections.abc import Callable, Sequence
from functools import partial
from tkinter import ttk

from desktop.ui.theme import px
from desktop.ui.widgets import Card, Confirmation, WrapLabel, button
from protocol.sign_in import WhoEnrols
from protocol.text import printable
from server.addresses import OwnAddress, own_addresses
from server.checkpoint_rows import CheckpointRow, Standing, counted, day
from server.enrol_words import NO_ACCOUNT, WORDS
from server.events import DevicesChanged, PairingChanged
from server.held_up import held_up_words, sign_ins_words
from server.permissions import Action
from server.ui.checkpoint_table import CheckpointTable
from server.ui.controls import Choice, PageTitle, enable, scrolled
from server.ui.desk import Desk, GridLike
from server.ui.held_up_line import HeldUpLine
from server.ui.let_try_again import let_sign_in_again, let_try_again
from server.ui.pairing_dialog import PairingDialog
from server.ui.rename_dialog import RenameDialog

_MISMATCH = (
    "It uses another face model and is refused: its numbers cannot be compared with ours. Install "
    "the same version of FaceNetGrid there."
)
_NOTES = {
    Standing.OTHER_MODEL: _MISMATCH,
    Standing.EXPIRED: "It was away for longer than its certificate is good for. Pair it again.",
    Standing.NOT_PAIRED: "It was here before checkpoints were paired. Add it with a code.",
    Standing.REVOKED: "It was shut out on {revoked}. A new code lets it in again.",
}
_ENROLS = [(f"Enrols: {words.short}", who) for who, words in WORDS.items()]
_LONG_MS = 20_000  # of what has to be read to the end
_HINT = "Checkpoints on this computer pair by themselves; Add checkpoint is for other computers."
_RENAMED = (
    "It stays, whatever the checkpoint calls itself: in lists at once, at events from its next "
    "connection on."
)
_REVOKE = (
    "It is disconnected within two seconds and refused from then on. What it recorded in between "
    "stays there until it is paired again. People and history are not touched."
)


class CheckpointsPage(ttk.Frame):
    """Every checkpoint that was ever paired or connected.

    Args:
        parent: Where it goes.
        desk: What pages share.
        copy: Puts a text on the clipboard.

    Attributes:
        dialog: The dialog that adds one, while it is open.
    """

    def __init__(self, parent: tkinter.Misc, desk: Desk, *, copy: Callable[[str], None]) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._desk = desk
        self._copy = copy
        self._rows: dict[str, CheckpointRow] = {}
        self.dialog: PairingDialog | None = None
        self.title = PageTitle(self, title="Checkpoints", note="")
        self.title.pack(fill="x", pady=(0, px(self, 10)))
        self.add = button(
            self.title.right,
            text="Add checkpoint…   Ctrl+N",
            command=self.open_dialog,
            look="primary",
            icon_name="plus-lg",
        )
        self.add.pack(side="right", padx=(px(self, 8), 0))
        command = button(
            self.title.right,
            text="Copy the command that starts one",
            command=lambda: copy(desk.start_command()),
            icon_name="clipboard",
        )
        command.pack(side="right")
        self.add.tkraise()  # Tab goes by the stacking order, which is made that of the eye
        card = Card(self)
        card.pack(fill="both", expand=True)
        self._build_foot(card.body).pack(side="bottom", fill="x", pady=(px(self, 10), 0))
        frame = ttk.Frame(card.body, style="Card.TFrame")
        frame.pack(fill="both", expand=True)
        self.table = CheckpointTable(frame, whole=True, rows=10)
        scrolled(frame, self.table)
        frame.lower()  # before the foot for Tab
        self._nobody = ttk.Label(self.table, text="", style="CardMuted.TLabel")
        self.table.bind("<<TreeviewSelect>>", lambda _event: self._show_chosen())
        self.table.bind("<Delete>", lambda _event: self.revoke())
        self.table.bind("<F2>", lambda _event: self.rename())
        self.refresh()

    def shown(self) -> None:
        """The page came to the front; where somebody is held up that one is chosen."""
        grid = self._desk.ready
        if grid is not None:
            self._desk.read_checkpoints(grid)
        self.refresh()
        first = next((row for row in self._rows.values() if row.waits_for_somebody), None)
        if first is not None and self.table.chosen is None:
            self.table.selection_set(first.checkpoint_id)
            self.table.focus(first.checkpoint_id)
            self.table.see(first.checkpoint_id)

    def refresh(self) -> None:
        """Shows what the presenter has now."""
        found = self._desk.presenter.rows
        self._rows = {row.checkpoint_id: row for row in found}
        self.table.show(found)
        connected, known = counted(found)
        grid = self._desk.ready
        identity = f" · this server is {grid.pairing.fingerprint}" if grid is not None else ""
        self.title.say(f"{connected} of {known} connected{identity}")
        enable(self.add, on=self._desk.may(Action.ADD_CHECKPOINT))
        self._show_chosen()
        if found:
            self._nobody.place_forget()
        else:
            self._nobody.configure(text="No checkpoint is paired yet. Add one, or start one here.")
            self._nobody.place(relx=0.5, rely=0.45, anchor="center")

    # Events.

    def take_pairing(self, event: PairingChanged) -> None:
        """Pairing went on."""
        if self.dialog is not None and self.dialog.winfo_exists():
            self.dialog.take(event)

    def take_devices(self, _event: DevicesChanged) -> None:
        """The paired ones changed."""
        grid = self._desk.ready
        if grid is not None:
            self._desk.read_checkpoints(grid)
            self.refresh()

    # What the buttons and keys do.

    def open_dialog(
        self,
        *,
        again: CheckpointRow | None = None,
        addresses: Callable[[], Sequence[OwnAddress]] = own_addresses,
    ) -> None:
        """Opens the dialog that adds a checkpoint, or lets one in again; once."""
        shown = self.dialog is not None and self.dialog.winfo_exists()
        if self._desk.ready is None or shown or not self._desk.may(Action.ADD_CHECKPOINT):
            return
        dialog = PairingDialog(
            self,
            self._desk,
            copy=self._copy,
            again=again,
            addresses=addresses,
        )
        self.dialog = dialog
        if dialog.question is not None:
            dialog.present(dialog.question.name)

    def pair_again(self) -> None:
        """Opens the dialog for the chosen one."""
        if self.chosen is not None:
            self.open_dialog(again=self.chosen)

    def revoke(self) -> None:
        """Asks, and shuts the chosen one out."""
        row, grid = self.chosen, self._desk.ready
        if row is None or grid is None or not row.paired:
            return
        if not self._desk.may(Action.REVOKE_CHECKPOINT):
            return
        dialog = revoke_question(self, row)
        dialog.wait_for_answer(dialog.decline)
        if dialog.yes:
            work = partial(grid.devices.revoke, row.checkpoint_id)
            self._desk.ask("", work, partial(self._revoked, printable(row.name, 60)))

    def _revoked(self, name: str, unwritten: str) -> None:
        if unwritten:
            self._desk.toast.show(unwritten, tone="bad", for_ms=_LONG_MS)
        else:
            self._desk.toast.show(f"{name} is revoked.", tone="good")

    def rename(self) -> None:
        """Asks for a name of the chosen one that stays."""
        row, grid = self.chosen, self._desk.ready
        if row is None or row.device is None or grid is None:
            return
        if not self._desk.may(Action.RENAME_CHECKPOINT):
            return
        dialog = RenameDialog(
            self,
            self._desk,
            name=row.device.name if row.device.named else row.name,
            rename=partial(grid.devices.rename, row.checkpoint_id),
            renamed=self.shown,
            note=_RENAMED,
        )
        dialog.present(dialog.field)

    def let_enrol(self) -> None:
        """Says who may enrol at the chosen one."""
        row, grid = self.chosen, self._desk.ready
        if row is None or grid is None:
            return
        who = WhoEnrols(str(self.enrols.value))
        self._desk.ask("", partial(_let_enrol, grid, row.checkpoint_id, who), self._let)

    def _let(self, nobody_can: bool) -> None:  # noqa: FBT001 - what the work in the background gave
        if nobody_can:
            self._desk.toast.show(NO_ACCOUNT, tone="warn")

    def let_try_again(self) -> None:
        """Opens what is held up at the chosen one."""
        row = self.chosen
        if row is not None:
            let_try_again(self._desk, row.checkpoint_id, row.name, self.shown)

    def let_sign_in_again(self) -> None:
        """Ends the wait after wrong passwords at the chosen one."""
        row = self.chosen
        if row is not None:
            let_sign_in_again(self._desk, row.checkpoint_id, row.name, self.shown)

    @property
    def chosen(self) -> CheckpointRow | None:
        """The selected line."""
        return self._rows.get(self.table.chosen or "")

    # Smaller things.

    def _build_foot(self, parent: tkinter.Misc) -> ttk.Frame:
        """What is known of the chosen one, and what can be done with it."""
        foot = ttk.Frame(parent, style="Card.TFrame")
        self.held_faces = HeldUpLine(foot, word="Let them try again", command=self.let_try_again)
        self.held_sign_ins = HeldUpLine(
            foot, word="Let them sign in again", command=self.let_sign_in_again
        )
        below = ttk.Frame(foot, style="Card.TFrame")
        below.pack(side="bottom", fill="x")
        row = ttk.Frame(below, style="Card.TFrame")
        row.pack(side="right", anchor="n")
        self.enrols = Choice(row, _ENROLS, changed=self.let_enrol, width=16)
        self.rename_button = button(row, text="Rename…   F2", command=self.rename)
        self.again_button = button(row, text="Pair again…", command=self.pair_again)
        self.revoke_button = button(
            row, text="Revoke…   Del", command=self.revoke, icon_name="slash-circle"
        )
        buttons = (self.rename_button, self.again_button, self.revoke_button)
        for widget in (self.enrols.widget, *buttons):
            widget.pack(side="left", padx=(px(self, 10), 0))
        text = ttk.Frame(below, style="Card.TFrame")
        text.pack(side="left", fill="x", expand=True)
        self.about = WrapLabel(text, style="CardBold.TLabel", width=420)
        self.about.pack(fill="x")
        self.note = WrapLabel(text, style="CardMuted.TLabel", width=420)
        self.note.pack(fill="x")
        return foot

    def _show_chosen(self) -> None:
        row = self.chosen
        on = row is not None and row.paired and self._desk.ready is not None
        may_add = self._desk.may(Action.ADD_CHECKPOINT)
        enable(self.enrols.widget, on=on and may_add)
        known = row is not None and row.device is not None
        enable(self.rename_button, on=known and self._desk.may(Action.RENAME_CHECKPOINT))
        enable(self.revoke_button, on=on and self._desk.may(Action.REVOKE_CHECKPOINT))
        # One of this computer pairs by itself, unless it was shut out.
        local = row is not None and row.paired and row.device is not None and row.device.local
        enable(self.again_button, on=row is not None and not local and may_add)
        self._show_held_up(row)
        if row is not None and row.device is not None:
            self.enrols.choose(row.device.who_enrols)
        if row is None:
            self.about.configure(text="")
            self.note.configure(text=_HINT)
            return
        about = [printable(row.checkpoint_id, 40)]
        if row.status is not None:
            about += [row.status.encoder, row.status.address]
        self.about.configure(text=" · ".join(printable(one, 60) for one in about if one))
        revoked = row.device.revoked_at_ms if row.device is not None else None
        note = _NOTES.get(row.standing, _HINT)
        self.note.configure(text=note.format(revoked="" if revoked is None else day(revoked)))

    def _show_held_up(self, row: CheckpointRow | None) -> None:
        """Who is held up there, and what lets them go on."""
        grid = self._desk.ready
        faces = sign_ins = ""
        if row is not None and grid is not None and row.paired:
            faces = held_up_words(grid.devices.held_up(row.checkpoint_id))
            sign_ins = sign_ins_words(row.sign_ins_until_ms)
        self.held_faces.show(faces, may=self._desk.may(Action.LET_TRY_AGAIN))
        self.held_sign_ins.show(sign_ins, may=self._desk.may(Action.LET_SIGN_IN_AGAIN))


def _let_enrol(grid: GridLike, checkpoint_id: str, who: WhoEnrols) -> bool:
    """In the background: keeps it; True when somebody has to sign in and nobody could."""
    grid.devices.let_enrol(checkpoint_id, who)
    return who is WhoEnrols.SIGNED_IN and not grid.devices.enrollers()


def revoke_question(parent: tkinter.Misc, row: CheckpointRow) -> Confirmation:
    """The question before a checkpoint is shut out."""
    return Confirmation(
        parent,
        title="Revoke checkpoint",
        question=f"Revoke {printable(row.name, 60)}?",
        detail=_REVOKE,
        agree="Revoke",
        danger=True,
    )
