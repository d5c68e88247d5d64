"""The window's head: which checkpoint this is, whether the server is there, theme and settings."""

import tkinter
from collections.abc import Callable
from tkinter import ttk
from typing import Any

from client.ui.controls import button
from client.view_model import LinkBadge
from desktop.ui.palette import Palette
from desktop.ui.theme import on_change, palette, px
from desktop.ui.widgets import IconLabel
from protocol.text import printable


class Header(ttk.Frame):
    """Name and id on the left; link state, theme and settings on the right.

    Args:
        parent: Where it goes.
        on_theme: Switches the theme.
        on_settings: Opens the settings.
    """

    def __init__(
        self,
        parent: tkinter.Misc,
        *,
        on_theme: Callable[[], None],
        on_settings: Callable[[], None],
    ) -> None:
        super().__init__(parent, style="Plain.TFrame")
        self._title = ttk.Label(self, style="Title.TLabel")
        self._id = ttk.Label(self, style="Muted.TLabel")
        self._link = IconLabel(self, style="Bold.TLabel", size=16)
        self._detail = ttk.Label(self, style="Muted.TLabel")
        self.theme_button = button(self, "", on_theme)
        self.settings_button = button(self, "Settings", on_settings, icon="gear", key="F10")
        self.settings_button.pack(side="right")
        self.theme_button.pack(side="right", padx=px(self, 8))
        self._detail.pack(side="right", padx=(px(self, 8), px(self, 12)))
        self._link.pack(side="right")
        # Packed last: where room is short a long name is cut, not the state of the link.
        self._title.pack(side="left")
        self._id.pack(side="left", padx=(px(self, 10), 0), pady=(px(self, 5), 0))
        self._badge: LinkBadge | None = None
        on_change(self, self._paint)
        self._paint(palette(self))

    def name(self, name: str, checkpoint_id: str) -> None:
        """Changes the name and the id."""
        self._title.configure(text=printable(name, 40))
        self._id.configure(text=checkpoint_id)

    def link(self, badge: LinkBadge) -> None:
        """Changes the link state."""
        self._badge = badge
        self._link.show(badge.word, badge.tone, icon_name=badge.icon)
        self._detail.configure(text=badge.detail)

    @property
    def text(self) -> str:
        """The link state as it stands on the screen."""
        return f"{self._link.cget('text').strip()} {self._detail.cget('text')}".strip()

    def _paint(self, colours: Palette) -> None:
        dark = colours.name == "dark"
        offer: dict[str, Any] = {
            "text": " Light   F9" if dark else " Dark   F9",
            "icon": "sun" if dark else "moon",  # ttkbootstrap's own option
        }
        self.theme_button.configure(**offer)
