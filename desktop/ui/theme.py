"""Opens a window in the project's colours, light or dark, and switches them while it is open."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tkinter
from collections.abc import Callable
from tkinter import ttk
from typing import Any, cast

import ttkbootstrap
import ttkbootstrap.style
import ttkbootstrap.utils

from desktop.ui.palette import PALETTES, TONES, Palette, ThemeName

__all__ = ["Palette", "ThemeName", "icon", "on_change", "open_window", "palette", "px", "switch"]

# Its functions carry no types; what leaves this module does.
_untyped: Any = ttkbootstrap

# Tk's own figure for a display of 96 dots an inch: pixels in a point of 1/72 inch.
_PIXELS_A_POINT = 96 / 72
# Room the desktop's own bars take, in pixels, when a window would be larger than the screen.
_BARS_PX = 80
# The first family that is installed is used where Tk's default is plain (X11).
_FAMILIES = ("Noto Sans", "Inter", "Cantarell", "Ubuntu", "DejaVu Sans")
_FONTS = {
    "GridSmall": (9, "normal"),
    "GridBold": (10, "bold"),
    "GridTitle": (15, "bold"),
    "GridBig": (19, "bold"),
    "GridHuge": (24, "bold"),
}


def open_window(
    *,
    title: str,
    size: tuple[int, int],
    minsize: tuple[int, int],
    theme: ThemeName,
    withdrawn: bool = False,
) -> ttkbootstrap.App:
    """Opens a program's one root window. Several may follow each other in one process.

    Args:
        title: The text of the title bar.
        size: Width and height in logical pixels: at a scale of 2 the window has twice as many.
        minsize: The smallest size, in logical pixels.
        theme: Which palette to begin with.
        withdrawn: Builds the window without showing it.

    Raises:
        tkinter.TclError: There is no display.
    """
    cast("Any", _GridTheme()).register()
    scaling = _x11_scale() * _PIXELS_A_POINT if sys.platform.startswith("linux") else None
    root = ttkbootstrap.App(
        title=title, theme=_theme_name(theme), iconphoto=None, scaling=scaling, alpha=1.0
    )
    if withdrawn:
        root.withdraw()
    room = (root.winfo_screenwidth(), root.winfo_screenheight() - _BARS_PX)
    root.minsize(*_fitted(root, minsize, room))
    width, height = _fitted(root, size, room)
    root.geometry(_wanted_place() or f"{width}x{height}")
    # ttkbootstrap notes a window's size in order to centre it, which we do not, and is called for
    # that by every widget that appears or changes: 2,600 times until the server's window is open.
    for sequence in ("<Map>", "<Configure>"):
        root.unbind(sequence)
    _make_fonts(root)
    _apply_styles(PALETTES[theme])
    _style().on_theme_change(_restyle, call_now=False)
    return root


def palette(widget: tkinter.Misc) -> Palette:
    """The colours of the theme now, for any widget of the window."""
    return PALETTES[_mode(widget)]


def switch(widget: tkinter.Misc, theme: ThemeName) -> None:
    """Changes the whole window to the other theme, at once; unchanged when it has it already."""
    if _mode(widget) != theme:
        _style().theme_use(_theme_name(theme))


def on_change(widget: tkinter.Misc, callback: Callable[[Palette], None]) -> None:
    """Calls `callback` after every theme switch, as long as `widget` lives.

    For colours that do not follow a switch by themselves: those of a Canvas, Treeview tags,
    icons, labels with a colour of their own. It is not called now: paint once yourself.
    """
    style = _style()

    def changed(_style: object) -> None:
        callback(palette(widget))

    def forget(event: "tkinter.Event[tkinter.Misc]") -> None:
        if event.widget is widget:
            style.remove_theme_change_callback(changed)

    style.on_theme_change(changed, call_now=False)
    widget.bind("<Destroy>", forget, add="+")


def icon(name: str, colour: str, *, size: int = 16) -> str:
    """A Bootstrap icon as a Tk image name, for `image=`. Kept alive by the window's style.

    Args:
        name: The icon's name, such as "check-circle-fill".
        colour: Hex.
        size: Logical pixels, scaled with the display.

    Raises:
        ValueError: There is no icon of that name.
    """
    return str(_untyped.Icon(name, size=size, color=colour))


def px(widget: tkinter.Misc, logical: float) -> int:
    """Logical pixels as pixels of this display."""
    return int(_untyped.utils.scale_size(widget, logical))


class _GridTheme(ttkbootstrap.style.Theme):
    """Both palettes in the form ttkbootstrap takes them, so that its widgets match ours."""

    def __init__(self) -> None:
        blank = PALETTES["light"].accent
        super().__init__("facenetgrid", blank, blank, blank, blank, blank)

    def to_definitions(self) -> list[Any]:
        """One definition a palette."""
        return [
            _untyped.style.ThemeDefinition(_theme_name(name), _colours(colours), name)
            for name, colours in PALETTES.items()
        ]


def _colours(colours: Palette) -> Any:
    return _untyped.style.Colors(
        primary=colours.accent,
        secondary=colours.neutral,
        success=colours.good,
        info=colours.info,
        warning=colours.warn,
        danger=colours.bad,
        light=colours.neutral_soft,
        dark=colours.neutral,
        bg=colours.ground,
        fg=colours.text,
        selectbg=colours.neutral,
        selectfg=colours.on_neutral,
        border=colours.line,
        inputfg=colours.text,
        inputbg=colours.surface,
        active=colours.neutral_soft,
    )


def _style() -> Any:
    """The one style of the one live window."""
    return _untyped.Style.get_instance()


def _theme_name(theme: ThemeName) -> str:
    return f"facenetgrid-{theme}"


def _mode(widget: tkinter.Misc) -> ThemeName:
    name = str(widget.tk.call("ttk::style", "theme", "use"))
    return "dark" if name.endswith("-dark") else "light"


def _fitted(root: tkinter.Misc, size: tuple[int, int], room: tuple[int, int]) -> tuple[int, int]:
    return min(px(root, size[0]), room[0]), min(px(root, size[1]), room[1])


def _wanted_place() -> str:
    """`WxH+X+Y` in pixels, as the demo puts windows side by side; empty when not asked for."""
    place = os.environ.get("FACENETGRID_GEOMETRY", "")
    return place if re.fullmatch(r"\d{1,5}x\d{1,5}[+-]\d{1,5}[+-]\d{1,5}", place) else ""


def _x11_scale() -> float:
    """How many pixels make a logical one. Tk 8.6 asks X11 for millimetres, which are wrong."""
    for name in ("FACENETGRID_SCALE", "GDK_SCALE", "QT_SCALE_FACTOR"):
        with contextlib.suppress(ValueError):
            return min(4.0, max(1.0, float(os.environ.get(name, ""))))
    return _xft_scale()


def _xft_scale() -> float:
    """The scale a desktop wrote into the X resources as `Xft.dpi`, to a quarter; else 1."""
    xrdb = shutil.which("xrdb")
    if xrdb is None:
        return 1.0
    try:
        done = subprocess.run(
            [xrdb, "-query"], check=False, capture_output=True, text=True, timeout=1
        )
    except (OSError, subprocess.SubprocessError):
        return 1.0
    for line in done.stdout.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "Xft.dpi":
            with contextlib.suppress(ValueError):
                return min(4.0, max(1.0, round(float(value) / 96 * 4) / 4))
    return 1.0


def _make_fonts(root: tkinter.Misc) -> None:
    """Our sizes beside Tk's named fonts; made anew in every window, since each is its own Tcl."""
    family = str(root.tk.call("font", "actual", "TkDefaultFont", "-family"))
    if root.tk.call("tk", "windowingsystem") == "x11":
        installed = set(root.tk.splitlist(root.tk.call("font", "families")))
        family = next((name for name in _FAMILIES if name in installed), family)
        for name in ("TkDefaultFont", "TkTextFont", "TkMenuFont", "TkHeadingFont"):
            root.tk.call("font", "configure", name, "-family", family)
    root.tk.call("font", "configure", "TkHeadingFont", "-weight", "normal")
    for name, (points, weight) in _FONTS.items():
        root.tk.call("font", "create", name, "-family", family, "-size", points, "-weight", weight)


def _restyle(style: Any) -> None:
    _apply_styles(PALETTES["dark" if style.theme_use().endswith("-dark") else "light"])


def _apply_styles(colours: Palette) -> None:
    """Our own ttk styles: `Card...` on a surface, `Rail...` on the rail, the rest on the ground."""
    style = _style()

    def put(name: str, **options: object) -> None:
        # Past ttkbootstrap's parser of style names, which would take "Card" for a mistake.
        ttk.Style.configure(style, name, **options)

    # Between an icon and its text: ttk's own four pixels are none on a display of many.
    put(".", space=px(style.master, 4))
    for place, ground in (
        ("", colours.ground),
        ("Card", colours.surface),
        ("Rail", colours.rail),
    ):
        put(f"{place or 'Plain'}.TFrame", background=ground)
        put(f"{place or 'Plain'}.TLabel", background=ground, foreground=colours.text)
        put(f"{place}Muted.TLabel", background=ground, foreground=colours.muted)
        put(
            f"{place}Small.TLabel",
            background=ground,
            foreground=colours.muted,
            font="GridSmall",
        )
        put(f"{place}Bold.TLabel", background=ground, foreground=colours.text, font="GridBold")
        put(f"{place}Title.TLabel", background=ground, foreground=colours.text, font="GridTitle")
        put(f"{place}Big.TLabel", background=ground, foreground=colours.text, font="GridBig")
    put("Line.TFrame", background=colours.line)
    for tone in TONES:
        for name, fill, word in (
            (tone.title(), colours.fill(tone), colours.on(tone)),
            (f"{tone.title()}Soft", colours.soft(tone), colours.as_text(tone)),
        ):
            put(f"{name}.TFrame", background=fill)
            put(f"{name}.TLabel", background=fill, foreground=word)
            put(f"{name}Bold.TLabel", background=fill, foreground=word, font="GridBold")
            put(f"{name}Big.TLabel", background=fill, foreground=word, font="GridBig")
        put(
            f"{tone.title()}SoftPlain.TLabel",
            background=colours.soft(tone),
            foreground=colours.text,
        )
    _table_styles(style, colours)
    _field_styles(style, colours)


def _field_styles(style: Any, colours: Palette) -> None:
    """What may not be changed here is still to be read; ttkbootstrap's own grey hardly can be."""
    for field in ("TEntry", "TCombobox"):
        ttk.Style.map(style, field, foreground=[("disabled", colours.muted)])


def _table_styles(style: Any, colours: Palette) -> None:
    ttk.Style.layout(style, "Grid.Treeview", [("Treeview.treearea", {"sticky": "nswe"})])
    line = int(style.tk.call("font", "metrics", "TkDefaultFont", "-linespace"))
    ttk.Style.configure(
        style,
        "Grid.Treeview",
        background=colours.surface,
        fieldbackground=colours.surface,
        foreground=colours.text,
        bordercolor=colours.surface,
        lightcolor=colours.surface,
        darkcolor=colours.surface,
        borderwidth=0,
        relief="flat",
        rowheight=round(line * 1.55),
    )
    ttk.Style.map(
        style,
        "Grid.Treeview",
        background=[("selected", colours.select)],
        foreground=[("selected", colours.text)],
    )
    ttk.Style.configure(
        style,
        "Grid.Treeview.Heading",
        background=colours.surface,
        foreground=colours.muted,
        bordercolor=colours.line,
        lightcolor=colours.surface,
        darkcolor=colours.line,
        relief="flat",
        padding=(2, line // 4),  # where the text of cells begins, on any display
        font="GridSmall",
    )
    ttk.Style.map(
        style,
        "Grid.Treeview.Heading",
        background=[("active", colours.stripe)],
        foreground=[("active", colours.text)],
    )
