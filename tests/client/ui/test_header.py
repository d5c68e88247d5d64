"""The head of the window: names, the link state in words, the two buttons."""

import ttkbootstrap

from client.ui.header import Header
from client.view_model import LinkBadge
from desktop.ui import theme


def _header(root: ttkbootstrap.App, pressed: list[str]) -> Header:
    made = Header(
        root,
        on_theme=lambda: pressed.append("theme"),
        on_settings=lambda: pressed.append("settings"),
    )
    made.pack(fill="x")
    root.update()
    return made


def test_link_state_is_a_word_beside_its_icon(root: ttkbootstrap.App) -> None:
    """Never colour alone."""
    header = _header(root, [])
    header.link(LinkBadge("good", "check-circle-fill", "Connected", "lobby-server · 3 ms"))
    assert header.text == "Connected lobby-server · 3 ms"
    assert header._link.cget("image")


def test_name_with_control_characters_is_shown_as_escapes(root: ttkbootstrap.App) -> None:
    """B16: nothing in a name moves the text about."""
    header = _header(root, [])
    header.name("Lobby\u202egate", "checkpoint-01")
    assert "\u202e" not in header._title.cget("text")
    assert header._id.cget("text") == "checkpoint-01"


def test_a_long_name_does_not_push_the_link_state_out(root: ttkbootstrap.App) -> None:
    """At the smallest width the name is cut, not what the operator has to know."""
    header = _header(root, [])
    header.name("W" * 100, "checkpoint-with-a-very-long-id-at-the-door")
    header.link(LinkBadge("warn", "cloud-slash-fill", "Unreachable", "retrying in 12 s"))
    header.pack_forget()
    header.place(x=0, y=0, width=960)
    root.update()
    right = header.settings_button.winfo_rootx() + header.settings_button.winfo_width()
    assert right <= header.winfo_rootx() + 960
    assert header._link.winfo_width() >= header._link.winfo_reqwidth()


def test_buttons_call_and_name_their_keys(root: ttkbootstrap.App) -> None:
    """The theme button offers the other theme, also after a switch."""
    pressed: list[str] = []
    header = _header(root, pressed)
    assert "Dark" in str(header.theme_button.cget("text"))
    header.theme_button.invoke()
    header.settings_button.invoke()
    assert pressed == ["theme", "settings"]
    assert "F10" in str(header.settings_button.cget("text"))
    theme.switch(root, "dark")
    root.update()
    assert "Light" in str(header.theme_button.cget("text"))
