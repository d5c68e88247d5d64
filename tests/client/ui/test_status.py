"""The status bar's four texts."""

import ttkbootstrap

from client.ui.status import StatusLine
from client.view_model import StatusBar
from desktop.ui import theme
from desktop.ui.palette import PALETTES


def test_shows_all_texts(root: ttkbootstrap.App) -> None:
    """Camera, pace, engine, queue, each behind its icon."""
    line = StatusLine(root, on_undelivered=lambda: None)
    line.show(StatusBar("Camera 0 · 30 frames/s", "10 looks/s", "ONNX Runtime", "Queue 0"))
    assert line.text == "Camera 0 · 30 frames/s   10 looks/s   ONNX Runtime   Queue 0"
    assert all(label.cget("image") for label in line._labels.values())
    assert line.tip == ""


def test_a_queue_that_fills_is_marked_in_both_themes(root: ttkbootstrap.App) -> None:
    """The colour follows a theme switch."""
    line = StatusLine(root, on_undelivered=lambda: None)
    line.show(StatusBar("c", "p", "e", "Queue 3", queue_tone="warn"))
    queue = line._labels["queue"]
    assert str(queue.cget("foreground")) == PALETTES["light"].warn_text
    theme.switch(root, "dark")
    root.update()
    assert str(queue.cget("foreground")) == PALETTES["dark"].warn_text


def test_an_engine_that_took_over_is_amber_and_the_pointer_is_told_why(
    root: ttkbootstrap.App,
) -> None:
    """Icon, word and sentence; all of it goes when the usual engine is back."""
    line = StatusLine(root, on_undelivered=lambda: None)
    line.show(StatusBar("c", "p", "ONNX Runtime", "q"))
    engine = line._labels["engine"]
    usual = str(engine.cget("image"))
    line.show(StatusBar("c", "p", "dlib, slower", "q", engine_note="It cannot be loaded."))
    assert str(engine.cget("foreground")) == PALETTES["light"].warn_text
    assert str(engine.cget("image")) != usual
    assert line.tip == "It cannot be loaded."
    line.show(StatusBar("c", "p", "ONNX Runtime", "q"))
    assert str(engine.cget("image")) == usual
    assert line.tip == ""


def test_events_not_delivered_have_a_button_while_there_are_some(root: ttkbootstrap.App) -> None:
    """The keyboard reaches it; it goes when the last one was discarded."""
    asked: list[bool] = []
    line = StatusLine(root, on_undelivered=lambda: asked.append(True))
    line.pack()
    line.show(StatusBar("c", "p", "e", "q", undelivered="2 not delivered"))
    assert line.text.endswith("2 not delivered   F7")
    assert line.undelivered.winfo_manager()
    line.undelivered.invoke()
    assert asked == [True]
    line.show(StatusBar("c", "p", "e", "q"))
    assert not line.undelivered.winfo_manager()
    assert "not delivered" not in line.text
