"""The settings' part about pairing: with whom, since when, and the ways out."""

import time
from collections.abc import Callable
from tkinter import ttk
from typing import Protocol

from client.ui.controls import button
from client.ui.form_column import TEXT_WIDTH, FormColumn
from desktop.ui.theme import px
from desktop.ui.widgets import WrapLabel, confirm
from protocol.text import printable

_NOT_PAIRED = (
    "Not paired with a server. On the server's own computer that happens by itself; elsewhere a "
    "code from the administrator is needed."
)
_FORGET = (
    "The key and the certificate of this checkpoint are deleted here. Nobody is identified until "
    "it is paired again with a new code. Events that wait are kept. Revoke it in the server's "
    "window, too, when the computer is given away."
)


class PairedLike(Protocol):
    """What is shown of a pairing (`client.identity.PairedWith`); times in ms, UTC."""

    @property
    def checkpoint_id(self) -> str:
        """By which the server knows this checkpoint."""

    @property
    def server_name(self) -> str:
        """What the server calls itself."""

    @property
    def paired_at_ms(self) -> int:
        """Since when."""

    @property
    def expires_at_ms(self) -> int:
        """The end of the certificate, which is renewed long before."""

    @property
    def fingerprint(self) -> str:
        """The server's identity in a few hex digits, as its window shows it."""


class PairingSection:
    """Two rows of a column.

    Args:
        column: Where they go.
        row: The first of them.
        paired: With whom, None for nobody.
        pair: Opens the dialog that pairs.
        forget: Forgets the pairing.
    """

    def __init__(
        self,
        column: FormColumn,
        row: int,
        *,
        paired: PairedLike | None,
        pair: Callable[[], object],
        forget: Callable[[], object],
    ) -> None:
        self._column = column
        self._forget_now = forget
        column.label(row, "Pairing", side="nw")
        self.text = WrapLabel(column, text=words(paired), width=TEXT_WIDTH)
        self.text.grid(row=row, column=1, columnspan=3, sticky="ew")
        buttons = ttk.Frame(column, style="Plain.TFrame")
        buttons.grid(
            row=row + 1, column=1, columnspan=3, sticky="w", pady=(px(column, 4), px(column, 10))
        )
        word = "Pair with a server…" if paired is None else "Pair again…"
        self.pair_button = button(buttons, word, pair, icon="link-45deg")
        self.pair_button.pack(side="left")
        self.forget_button = button(buttons, "Forget…", self._forget)
        if paired is not None:
            self.forget_button.pack(side="left", padx=px(column, 8))

    def _forget(self) -> None:
        agreed = confirm(
            self._column,
            title="Forget the pairing",
            question="Forget the server this checkpoint is paired with?",
            detail=_FORGET,
            agree="Forget it",
            danger=True,
        )
        if agreed:
            self._forget_now()
            self.text.configure(text=words(None))
            self.forget_button.pack_forget()


def words(paired: PairedLike | None) -> str:
    """Who the checkpoint is paired with, in two lines."""
    if paired is None:
        return _NOT_PAIRED
    since, until = (_day(at) for at in (paired.paired_at_ms, paired.expires_at_ms))
    return (
        f"With {printable(paired.server_name, 40)} as {paired.checkpoint_id} since {since}; "
        f"certificate until {until}.\nIdentity {paired.fingerprint}"
    )


def _day(time_ms: int) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(time_ms / 1000))
