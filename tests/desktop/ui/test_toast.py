"""Tests of the message over the corner of a window."""

from collections.abc import Iterator

import pytest
import ttkbootstrap

from desktop.ui import theme
from desktop.ui.toast import Toast
from tests.support import wait_until


@pytest.fixture
def window(screen: str, tk_errors: list[BaseException]) -> Iterator[ttkbootstrap.App]:
    """A light window."""
    root = theme.open_window(title="Test", size=(700, 400), minsize=(400, 300), theme="light")
    root.update()
    yield root
    root.update_idletasks()
    root.destroy()


def test_toast_comes_and_goes(window: ttkbootstrap.App) -> None:
    """A message is on the screen, replaced by a later one, and leaves by itself."""
    toast = Toast(window)
    toast.show("First", for_ms=60_000)
    toast.show("Exported 12 rows", tone="good", for_ms=50)
    window.update()
    assert toast.text == "Exported 12 rows"
    theme.switch(window, "dark")
    wait_until(lambda: not toast.text, window=window)


def test_what_is_below_stays_free(window: ttkbootstrap.App) -> None:
    """A status bar at the bottom is not covered."""
    toast = Toast(window, above=60)
    toast.show("Kept: 3 events", for_ms=60_000)
    window.update()
    frame = toast._frame
    assert frame.winfo_y() + frame.winfo_height() <= window.winfo_height() - theme.px(window, 60)
    toast.hide()
