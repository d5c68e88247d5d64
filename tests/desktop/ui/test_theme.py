"""Tests of the window, its two themes and its scale."""

import subprocess
import sys
import tkinter
from collections.abc import Iterator
from tkinter import ttk

import pytest
import ttkbootstrap

from desktop.ui import theme
from desktop.ui.palette import DARK, LIGHT, Palette


@pytest.fixture
def window(screen: str, tk_errors: list[BaseException]) -> Iterator[ttkbootstrap.App]:
    """A light window."""
    root = theme.open_window(title="Test", size=(600, 400), minsize=(400, 300), theme="light")
    root.update()
    yield root
    root.update_idletasks()
    root.destroy()


def test_window_has_its_title_size_and_smallest_size(window: ttkbootstrap.App) -> None:
    """What was asked for is what the window has, in pixels of the display."""
    assert window.title() == "Test"
    assert (window.winfo_width(), window.winfo_height()) == (
        theme.px(window, 600),
        theme.px(window, 400),
    )
    assert window.minsize() == (theme.px(window, 400), theme.px(window, 300))


def test_nothing_is_called_for_each_change_of_size_inside(window: ttkbootstrap.App) -> None:
    """What a root is bound to is called for every widget in it."""
    assert window.bind("<Configure>") == window.bind("<Map>") == ""


def test_switch_changes_palette_styles_and_calls_back(window: ttkbootstrap.App) -> None:
    """Going dark and back changes our own styles and tells who asked, once a switch."""
    seen: list[Palette] = []
    theme.on_change(window, seen.append)
    style = ttk.Style(window)
    assert style.lookup("Card.TLabel", "background") == LIGHT.surface
    theme.switch(window, "dark")
    window.update()
    assert theme.palette(window) is DARK
    assert style.lookup("Card.TLabel", "background") == DARK.surface
    assert style.lookup("Grid.Treeview", "fieldbackground") == DARK.surface
    theme.switch(window, "dark")
    theme.switch(window, "light")
    assert style.lookup("RailMuted.TLabel", "foreground") == LIGHT.muted
    assert seen == [DARK, LIGHT]


def test_a_destroyed_widget_is_told_nothing_more(window: ttkbootstrap.App) -> None:
    """The callback of a widget ends with the widget, not with the window."""
    seen: list[Palette] = []
    label = ttk.Label(window)
    theme.on_change(label, seen.append)
    child = ttk.Frame(window)
    theme.on_change(window, seen.append)
    child.destroy()
    label.destroy()
    theme.switch(window, "dark")
    assert seen == [DARK]


def test_five_windows_one_after_another(screen: str, tk_errors: list[BaseException]) -> None:
    """Each new window of a process has its own fonts, styles and icons."""
    for number in range(5):
        name: theme.ThemeName = "dark" if number % 2 else "light"
        root = theme.open_window(title="N", size=(300, 200), minsize=(200, 100), theme=name)
        image = theme.icon("check-circle-fill", "#146c43")
        ttk.Label(root, image=image, text="x", style="Title.TLabel").pack()
        root.update()
        assert theme.palette(root).name == name
        theme.switch(root, "light" if name == "dark" else "dark")
        root.update()
        root.destroy()


def test_scale_of_2_doubles_window_and_text(
    screen: str, tk_errors: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a display of twice the density everything has twice the pixels."""
    heights = {}
    for scale in ("1", "2"):
        monkeypatch.setenv("FACENETGRID_SCALE", scale)
        root = theme.open_window(title="S", size=(500, 300), minsize=(200, 100), theme="light")
        label = ttk.Label(root, text="Height", style="Title.TLabel")
        label.pack()
        root.update()
        heights[scale] = label.winfo_reqheight()
        assert root.winfo_width() == 500 * int(scale)
        root.destroy()
    assert heights["2"] == pytest.approx(2 * heights["1"], rel=0.1)


def test_a_window_larger_than_the_screen_is_fitted(
    screen: str, tk_errors: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At a scale of 2 a window for 1280x720 does not reach beyond a smaller screen."""
    monkeypatch.setenv("FACENETGRID_SCALE", "2")
    root = theme.open_window(title="S", size=(1280, 720), minsize=(1280, 720), theme="light")
    root.update()
    assert root.winfo_width() <= root.winfo_screenwidth()
    assert root.winfo_height() <= root.winfo_screenheight()
    root.destroy()


@pytest.mark.parametrize("value", ["", "none", "0.2", "99"])
def test_a_nonsense_scale_still_opens_a_window(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scale stays between 1 and 4 whatever the environment says."""
    for name in ("GDK_SCALE", "QT_SCALE_FACTOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FACENETGRID_SCALE", value)
    assert 1.0 <= theme._x11_scale() <= 4.0


@pytest.mark.parametrize(
    ("place", "expected"),
    [("700x450+30+40", "700x450+30+40"), ("rm -rf", "600x400"), ("", "600x400")],
)
def test_a_window_stands_where_the_demo_puts_it(
    screen: str,
    tk_errors: list[BaseException],
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    expected: str,
) -> None:
    """`FACENETGRID_GEOMETRY` is size and position; anything else in it is ignored."""
    monkeypatch.setenv("FACENETGRID_GEOMETRY", place)
    root = theme.open_window(title="Test", size=(600, 400), minsize=(400, 300), theme="light")
    root.update()
    assert root.geometry().startswith(expected)
    root.destroy()


def test_an_unknown_icon_is_an_error(window: ttkbootstrap.App) -> None:
    """A mistyped icon name does not become an empty picture."""
    with pytest.raises(ValueError, match="no-such-icon"):
        theme.icon("no-such-icon", "#000000")


def test_importing_the_looks_loads_no_model_and_no_numpy() -> None:
    """The window can be shown before anything heavy is imported."""
    code = "import sys, desktop.ui.widgets; print({'numpy', 'cv2', 'dlib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_there_is_a_clear_error_without_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a display Tk's own error comes through."""
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(tkinter.TclError, match="display"):
        theme.open_window(title="x", size=(10, 10), minsize=(10, 10), theme="light")
