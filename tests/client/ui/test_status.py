"""The status bar's three texts."""

import ttkbootstrap

from client.ui.status import StatusLine
from client.view_model import StatusBar
from desktop.ui import theme
from desktop.ui.palette import PALETTES


def test_shows_all_three_texts(root: ttkbootstrap.App) -> None:
    """Camera, encoding, queue, each behind its icon."""
    line = StatusLine(root)
    line.show(StatusBar("Camera 0 · 640×480 · 30 fps", "Encode 118 ms", "Queue 0"))
    assert line.text == "Camera 0 · 640×480 · 30 fps   Encode 118 ms   Queue 0"
    assert all(label.cget("image") for label in line._labels.values())


def test_a_queue_that_fills_is_marked_in_both_themes(root: ttkbootstrap.App) -> None:
    """The colour follows a theme switch."""
    line = StatusLine(root)
    line.show(StatusBar("c", "e", "Queue 3", "warn"))
    queue = line._labels["queue"]
    assert str(queue.cget("foreground")) == PALETTES["light"].warn_text
    theme.switch(root, "dark")
    root.update()
    assert str(queue.cget("foreground")) == PALETTES["dark"].warn_text
