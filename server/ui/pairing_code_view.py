"""The pairing code on the screen: large, as a picture, with what to do and what became of it."""

import time
import tkinter
import tkinter.font
from tkinter import ttk

from desktop.ui.palette import Palette
from desktop.ui.theme import on_change, palette, px
from desktop.ui.widgets import IconLabel, WrapLabel
from protocol.sign_in import WhoEnrols
from server.command_words import elsewhere_command
from server.enrol_words import WORDS
from server.events import PairingWindow
from server.ui.qr_picture import qr_picture

STEPS = (
    f"At the other computer start the checkpoint: {elsewhere_command('client')}",
    "Press Pair with a server… there.",
    "Type this code. Dashes and capitals do not matter.",
)
TRIES = 5
"""Wrong codes that close the window, as `server.pairing` has it."""
_POINTS = 19
_QR_SIDE = 216
_GROUPS_A_LINE = 4
# From here on the time left is shown in amber.
_SOON_S = 60


class PairingCodeView(ttk.Frame):
    """One open pairing.

    Args:
        parent: Where it goes.
        window: What is shown.
        who_enrols: For the line that says what the checkpoint may do.
    """

    def __init__(
        self, parent: tkinter.Misc, window: PairingWindow, *, who_enrols: WhoEnrols
    ) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._window = window
        self._picture = qr_picture(self, window.code, side_px=px(self, _QR_SIDE))
        ttk.Label(self, image=self._picture, style="Plain.TLabel").pack(
            side="right", anchor="n", padx=(px(self, 20), 0)
        )
        left = ttk.Frame(self, style="Plain.TFrame")
        left.pack(side="left", fill="both", expand=True)
        self.code = tkinter.Text(
            left,
            height=len(lines_of(window.code)),
            width=max(len(line) for line in lines_of(window.code)),
            font=large_fixed(self),
            relief="flat",
            borderwidth=0,
            padx=px(self, 14),
            pady=px(self, 10),
            spacing1=px(self, 4),
            spacing3=px(self, 4),
            cursor="arrow",
            takefocus=False,
        )
        self.code.insert("1.0", "\n".join(lines_of(window.code)))
        self.code.configure(state="disabled")
        self.code.pack(fill="x")
        self.left = IconLabel(left, style="Plain.TLabel")
        self.left.pack(anchor="w", pady=(px(self, 6), px(self, 10)))
        for number, text in enumerate(STEPS, start=1):
            row = ttk.Frame(left, style="Plain.TFrame")
            row.pack(fill="x", pady=(0, px(self, 4)))
            ttk.Label(row, text=f"{number}", style="Bold.TLabel", width=2).pack(
                side="left", anchor="n"
            )
            WrapLabel(row, text=text, width=380).pack(side="left", fill="x", expand=True)
        WrapLabel(
            left,
            text=f"It reaches this server at {window.address}. Who may enrol: "
            f"{WORDS[who_enrols].choice.lower()}.",
            style="Muted.TLabel",
            width=400,
        ).pack(fill="x", pady=(px(self, 4), 0))
        self.told = IconLabel(left, style="Bold.TLabel")
        self.told.configure(wraplength=px(self, 400), justify="left")
        self.told.pack(anchor="w", fill="x", pady=(px(self, 12), 0))
        self.told.show("Waiting for the checkpoint…", "info", icon_name="hourglass-split")
        on_change(self, self._paint)
        self._paint(palette(self))
        self.tick()

    @property
    def text(self) -> str:
        """The code as it is copied."""
        return self._window.code

    def show(self, window: PairingWindow, sentence: str) -> None:
        """A wrong code came: how many tries are left."""
        self._window = window
        if not window.wrong:
            return
        left = max(0, TRIES - window.wrong)
        tries = "1 try is" if left == 1 else f"{left} tries are"
        self.told.show(f"{sentence or 'A wrong code came.'} {tries} left.", "warn")

    def tick(self) -> bool:
        """Shows the time left; False when there is none."""
        left_s = max(0, -(-(self._window.expires_at_ms - now_ms()) // 1000))
        text = f"Valid for {left_s // 60}:{left_s % 60:02d}, for one checkpoint"
        if left_s == 0:
            self.left.show("The ten minutes are over.", "warn")
        elif str(self.left.cget("text")).strip() != text:
            tone = "warn" if left_s <= _SOON_S else "neutral"
            self.left.show(text, tone, icon_name="clock")  # type: ignore[arg-type]
        return left_s > 0

    def over(self) -> None:
        """Greys the code: it opens nothing any more."""
        self.left.plain("This code opens nothing any more.")
        self.code.configure(foreground=palette(self).faint)
        self._over = True

    _over = False

    def _paint(self, colours: Palette) -> None:
        word = colours.faint if self._over else colours.text
        self.code.configure(background=colours.surface, foreground=word)
        self.code.configure(
            selectbackground=colours.select, inactiveselectbackground=colours.select
        )


def now_ms() -> int:
    """This computer's clock, ms since the epoch, UTC."""
    return time.time_ns() // 1_000_000


def lines_of(code: str) -> list[str]:
    """The code's groups, four a line."""
    groups = code.split("-")
    return [
        "-".join(groups[at : at + _GROUPS_A_LINE]) for at in range(0, len(groups), _GROUPS_A_LINE)
    ]


def large_fixed(widget: tkinter.Misc) -> tkinter.font.Font:
    """The type of what is copied by hand: large, every letter of one width."""
    family = tkinter.font.nametofont("TkFixedFont", root=widget).actual("family")
    return tkinter.font.Font(root=widget, family=family, size=_POINTS, weight="bold")
