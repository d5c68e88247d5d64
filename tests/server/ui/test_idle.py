"""Idle: the time since somebody touched the window, wherever in it."""

import tkinter

from desktop.ui.widgets import Dialog
from server.ui.idle import Idle
from server.ui.window import ServerWindow


def test_it_counts_down_and_starts_again_with_every_touch(window: ServerWindow) -> None:
    """A key, a click, a movement, the wheel; in a dialog as well."""
    now_s = [100.0]
    idle = Idle(window.root, lambda: 5, now_s=lambda: now_s[0])
    assert idle.left_s == 300
    now_s[0] += 48
    assert idle.left_s == 252
    dialog = Dialog(window.root, title="A dialog")
    touches: list[tuple[tkinter.Misc, str, dict[str, int]]] = [
        (window.root, "<KeyPress>", {}),
        (window.rail, "<Motion>", {"x": 3, "y": 3}),
        (window.rail.lock, "<Motion>", {"x": 3, "y": 3}),
        (dialog.body, "<Button-2>", {}),
        (window.root, "<MouseWheel>", {}),
    ]
    for widget, event, more in touches:
        now_s[0] += 100
        assert idle.left_s is not None
        assert idle.left_s < 300
        widget.event_generate(event, **more)  # type: ignore[arg-type]
        window.root.update()
        assert idle.left_s == 300, event
    now_s[0] += 1_000
    assert idle.left_s == 0


def test_zero_minutes_are_never(window: ServerWindow) -> None:
    """For a window in a locked room."""
    assert Idle(window.root, lambda: 0).left_s is None
