"""Tests that every state can be shown, in both themes, and is fit to be looked at."""

import tkinter
from collections.abc import Iterator
from typing import Any

import pytest

from desktop.ui.palette import ThemeName
from server.events import GridState
from server.ui import showcase
from server.ui.window import ServerWindow
from tests.support import QUICK_MS


@pytest.fixture(scope="module", params=["light", "dark"])
def window(request: pytest.FixtureRequest, screen: str) -> Iterator[ServerWindow]:
    """One window that goes through all states, at rest sooner than for a picture."""
    theme: ThemeName = request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(showcase, "REST_S", 0.02)
        opened = showcase.open_window(theme)
        opened.pump._period_ms = QUICK_MS
        yield opened
        opened.destroy()


@pytest.mark.parametrize("state", showcase.STATES)
def test_every_state_can_be_shown(
    window: ServerWindow, tk_errors: list[BaseException], state: str
) -> None:
    """Each state comes up without an error, and its banner's words are not cut off."""
    showcase.put(window, state)
    if window.banner.winfo_ismapped():
        assert window.banner.text
        assert window.banner.winfo_height() >= window.banner.winfo_reqheight()
    assert [w for w in _labels(window.root) if _clipped(w)] == []


def test_every_state_of_the_grid_has_its_picture() -> None:
    """No state of the server is left out of the pictures, but for stopping, which is brief."""
    words = {name.replace("-", " ") for name in showcase.STATES}
    missing = {
        state.value.replace("-", " ") for state in GridState if state is not GridState.STOPPING
    } - words
    assert missing == set()


def _labels(widget: tkinter.Misc) -> list[Any]:
    found: list[Any] = []
    for child in widget.winfo_children():
        if child.winfo_class() in ("TLabel", "TButton") and child.winfo_ismapped():
            found.append(child)
        found += _labels(child)
    return found


def _clipped(widget: Any) -> bool:
    """A word that has less room than it needs."""
    return bool(widget.cget("text")) and widget.winfo_width() < widget.winfo_reqwidth() - 8
