"""The text that people agree to: as high as it is, and a long one scrolls."""

import tkinter
from collections.abc import Iterator

import pytest
import ttkbootstrap

from desktop.ui import theme
from desktop.ui.consent_view import FEW_LINES, MOST_LINES, ConsentView
from desktop.ui.palette import DARK


@pytest.fixture
def window(screen: str, tk_errors: list[BaseException]) -> Iterator[ttkbootstrap.App]:
    """A small window."""
    root = theme.open_window(title="Test", size=(400, 300), minsize=(200, 100), theme="light")
    root.update()
    yield root
    root.update_idletasks()
    root.destroy()


def test_it_is_as_high_as_its_text_and_scrolls_beyond(window: ttkbootstrap.App) -> None:
    """A short one has no bar; of a long one everything can be read; the colours follow."""
    agreed, changed = tkinter.BooleanVar(window), []
    view = ConsentView(window, text="Short.", agreed=agreed, changed=lambda: changed.append(1))
    view.pack(fill="x")
    window.update()
    low = view.winfo_reqheight()
    assert not view.scrolls
    view.show("\n".join(str(number) for number in range(30)))
    window.update()
    assert view.scrolls
    assert low < view.winfo_reqheight() < window.winfo_height()
    assert view._words.yview()[1] == pytest.approx(MOST_LINES / 30, abs=0.02)
    view.make_room(on=True)
    window.update()
    assert view._words.yview()[1] == pytest.approx(FEW_LINES / 30, abs=0.02)
    view.make_room(on=False)
    view.box.focus_force()
    window.update()
    for _page in range(6):
        view.box.event_generate("<Next>")
    window.update()
    assert view._words.yview()[1] == 1.0
    view.show("Short again.")
    window.update()
    assert not view.scrolls
    assert view.winfo_reqheight() == low
    view.box.invoke()
    assert (agreed.get(), len(changed)) == (True, 1)
    theme.switch(window, "dark")
    window.update()
    assert str(view._words.cget("background")) == DARK.ground
