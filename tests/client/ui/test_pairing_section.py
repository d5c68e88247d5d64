"""The settings' part about pairing."""

import ttkbootstrap

from client.ui.form_column import FormColumn
from client.ui.pairing_section import PairingSection, words
from client.ui.showcase_parts import PAIRED
from desktop.ui.widgets import Confirmation


def test_who_since_when_until_when() -> None:
    """And by which id the server knows it, and what the server's identity looks like."""
    text = words(PAIRED)
    assert text.startswith("With lobby-server as lobby-gate since 2026-")
    assert "certificate until 2027-" in text
    assert PAIRED.fingerprint in text
    assert "code from the administrator" in words(None)


def test_forgetting_asks_first(root: ttkbootstrap.App) -> None:
    """The answer that changes nothing has the keyboard; then nobody is paired."""
    done: list[str] = []
    column = FormColumn(root)
    column.pack()
    section = PairingSection(
        column,
        0,
        paired=PAIRED,
        pair=lambda: done.append("pair"),
        forget=lambda: done.append("forget"),
    )
    root.update()

    def answer(*, yes: bool) -> None:
        (dialog,) = [one for one in root.winfo_children() if isinstance(one, Confirmation)]
        (dialog.agree if yes else dialog.decline).invoke()

    root.after(80, lambda: answer(yes=False))
    section.forget_button.invoke()
    assert done == []
    root.after(80, lambda: answer(yes=True))
    section.forget_button.invoke()
    assert done == ["forget"]
    assert "Not paired" in str(section.text.cget("text"))
    section.pair_button.invoke()
    assert done == ["forget", "pair"]


def test_without_a_pairing_there_is_nothing_to_forget(root: ttkbootstrap.App) -> None:
    """One button, with the other word."""
    column = FormColumn(root)
    column.pack()
    section = PairingSection(column, 0, paired=None, pair=lambda: None, forget=lambda: None)
    root.update()
    assert not section.forget_button.winfo_ismapped()
    assert "Pair with a server" in str(section.pair_button.cget("text"))
