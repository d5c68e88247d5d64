"""Keys that act only while somebody is signed in, and timers that die with their widgets."""

from tkinter import ttk

from server.ui.shortcuts import bind_keys, drop_dead_timers
from server.ui.window import ServerWindow


def test_keys_act_while_they_are_active(window: ServerWindow) -> None:
    """And are used up in any case."""
    pressed: list[str] = []
    active = [True]
    bind_keys(window.root, {"<F9>": lambda: pressed.append("F9")}, active=lambda: active[0])
    window.root.event_generate("<F9>")
    window.root.update()
    active[0] = False
    window.root.event_generate("<F9>")
    window.root.update()
    assert pressed == ["F9"]


def test_timers_of_widgets_that_are_gone_are_dropped(window: ServerWindow) -> None:
    """Those of the others stay."""
    rung: list[str] = []
    gone, stays = ttk.Frame(window.root), ttk.Frame(window.root)
    gone.after(1, lambda: rung.append("gone"))
    stays.after(1, lambda: rung.append("stays"))
    gone.destroy()
    before = len(window.root.tk.splitlist(window.root.tk.call("after", "info")))
    drop_dead_timers(window.root)
    assert len(window.root.tk.splitlist(window.root.tk.call("after", "info"))) == before - 1
    while not rung:
        window.root.update()
    assert rung == ["stays"]
