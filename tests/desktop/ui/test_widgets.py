"""Tests of the shared widgets on a real window."""

import tkinter
from collections.abc import Iterator
from tkinter import ttk

import pytest
import ttkbootstrap

from desktop.ui import theme
from desktop.ui.palette import DARK, LIGHT, TONES, Tone
from desktop.ui.widgets import (
    Confirmation,
    Dialog,
    IconLabel,
    StateBanner,
    Tile,
    WrapLabel,
    button,
    confirm,
)
from tests.support import wait_until


@pytest.fixture
def window(screen: str, tk_errors: list[BaseException]) -> Iterator[ttkbootstrap.App]:
    """A light window."""
    root = theme.open_window(title="Test", size=(700, 400), minsize=(400, 300), theme="light")
    root.update()
    yield root
    root.update_idletasks()
    root.destroy()


@pytest.mark.parametrize("strong", [True, False])
@pytest.mark.parametrize("tone", TONES)
def test_banner_shows_words_and_colour(
    window: ttkbootstrap.App, tone: Tone, *, strong: bool
) -> None:
    """The banner has the line, the reason and the tone's fill, in both themes."""
    banner = StateBanner(window, strong=strong)
    banner.pack(fill="x")
    banner.show(tone=tone, line="Come closer", reason="54 px, 80 needed")
    window.update()
    assert banner.text == "Come closer\n54 px, 80 needed"
    assert banner.tone == tone
    style = ttk.Style(window)
    for name, colours in (("light", LIGHT), ("dark", DARK)):
        theme.switch(window, name)  # type: ignore[arg-type]
        window.update()
        fill = style.lookup(str(banner.cget("style")), "background")
        assert fill == (colours.fill(tone) if strong else colours.soft(tone))


def test_banner_button_does_what_was_asked_last(window: ttkbootstrap.App) -> None:
    """A button is there when it is offered, does the newest command, and goes away again."""
    pressed: list[str] = []
    banner = StateBanner(window)
    banner.pack(fill="x")
    banner.show(tone="bad", line="x", button=("Old", lambda: pressed.append("old")))
    banner.show(
        tone="bad",
        line="x",
        button=("Use port 5051", lambda: pressed.append("new")),
        second=("Try again", lambda: pressed.append("again")),
    )
    window.update()
    assert banner.button.winfo_ismapped()
    banner.button.invoke()
    banner.second.invoke()
    assert pressed == ["new", "again"]
    banner.show(tone="good", line="y")
    window.update()
    assert not banner.button.winfo_ismapped()
    assert not banner.second.winfo_ismapped()


def test_tile_shows_number_and_note(window: ttkbootstrap.App) -> None:
    """A tile changes its number and note, with and without a tone."""
    tile = Tile(window, caption="Checkpoints")
    tile.pack()
    tile.show("3 / 4", "1 not connected", tone="warn")
    assert "3 / 4" in tile.text
    assert "1 not connected" in tile.text
    tile.show("0", "no events")
    theme.switch(window, "dark")
    assert tile.text == "0 no events"


def test_icon_label_follows_the_theme(window: ttkbootstrap.App) -> None:
    """The colour of a toned word is the theme's own, before and after a switch."""
    label = IconLabel(window)
    label.pack()
    label.show("Connected", "good")
    assert str(label.cget("foreground")) == LIGHT.good_text
    theme.switch(window, "dark")
    assert str(label.cget("foreground")) == DARK.good_text


def test_long_text_breaks_at_the_width_it_has(window: ttkbootstrap.App) -> None:
    """A sentence gets more lines, not a wider window."""
    label = WrapLabel(window, text="a sentence that goes on " * 20)
    label.pack(fill="x")
    window.update()
    wait_until(lambda: int(str(label.cget("wraplength"))) > 100, window=window)
    window.update()
    assert label.winfo_reqwidth() <= window.winfo_width()
    assert label.winfo_reqheight() > 40


@pytest.mark.parametrize("agree", [True, False])
def test_confirm_waits_for_the_answer(window: ttkbootstrap.App, *, agree: bool) -> None:
    """The dialog names what it is about; its buttons give yes and no."""

    def answer() -> None:
        dialog = next(w for w in window.winfo_children() if isinstance(w, Confirmation))
        assert str(dialog.agree.cget("text")) == "Delete Grace Hopper"
        (dialog.agree if agree else dialog.decline).invoke()

    window.after(100, answer)
    assert agree is confirm(
        window, title="Delete", question="Delete?", agree="Delete Grace Hopper", danger=True
    )


def test_escape_and_closing_decline(window: ttkbootstrap.App) -> None:
    """Escape is a no."""

    def escape() -> None:
        dialog = next(w for w in window.winfo_children() if isinstance(w, Confirmation))
        dialog.decline.focus_force()
        window.update()
        dialog.event_generate("<Escape>")

    window.after(100, escape)
    assert not confirm(window, title="Delete", question="Delete?", agree="Delete", danger=True)


def test_names_are_never_read_as_tcl(window: ttkbootstrap.App) -> None:
    """B16: text with Tcl's own signs is shown as it is."""
    for text in ("[exit]", "{", "}", "$x", "a\\", '"', "%s", "; destroy ."):
        label = WrapLabel(window, text=text)
        assert str(label.cget("text")) == text
    assert isinstance(window, tkinter.Tk)


def test_a_dialog_that_grows_keeps_its_buttons_on_the_screen(window: ttkbootstrap.App) -> None:
    """It moves up by as much as it needs; one that has room stays where it is."""
    dialog = Dialog(window, title="x")
    button(dialog.buttons, text="Save", command=dialog.destroy).pack()
    dialog.present()
    window.update()
    before = dialog.winfo_rooty()
    dialog.stay_on_screen()
    window.update()
    assert dialog.winfo_rooty() == before
    room = dialog.winfo_screenheight() - dialog.winfo_reqheight()
    ttk.Frame(dialog.body, height=room - 60, width=10).pack()
    dialog.stay_on_screen()
    window.update()
    assert dialog.winfo_rooty() < before
    assert dialog.winfo_rooty() + dialog.winfo_height() <= dialog.winfo_screenheight()
    dialog.destroy()
