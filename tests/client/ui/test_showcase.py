"""Every state can be shown, in both themes, and shows what its name says."""

import pytest

from client.ui.showcase import STATES
from client.ui.window import CheckpointWindow
from desktop.ui import theme
from tests.support import wait_until

HEADLINES = {
    "loading-models": ("neutral", "Loading models…"),
    "ready": ("neutral", "Look at the camera"),
    "checking": ("info", "Checking…"),
    "identified": ("good", "Welcome, Grace Hopper"),
    "not-enrolled": ("bad", "Not recognised"),
    "ambiguous": ("warn", "Please see the desk"),
    "poor-quality": ("warn", "Come closer: 54 px, 70 needed"),
    "several-faces": ("warn", "One at a time, please"),
    "no-face": ("neutral", "No face in view"),
    "server-unreachable": ("warn", "Server unreachable"),
    "server-wrong-address": ("warn", "Server unreachable"),
    "server-back": ("neutral", "Look at the camera"),
    "server-refused": ("bad", "Refused by the server"),
    "not-paired": ("warn", "Not paired"),
    "revoked": ("bad", "This checkpoint was revoked"),
    "server-changed": ("bad", "This is not the server it was paired with"),
    "outbox-full": ("bad", "No more events can be kept"),
    "disk-full": ("bad", "No more events can be kept"),
    "camera-missing": ("bad", "No camera"),
    "camera-busy": ("bad", "Camera in use"),
    "camera-lost": ("bad", "Camera lost"),
    "camera-frozen": ("bad", "Camera frozen"),
    "camera-dark": ("warn", "The picture is dark"),
    "vision-failed": ("bad", "Faces cannot be read"),
}


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_state_can_be_shown_after_any_other(window: CheckpointWindow, mode: str) -> None:
    """In a row, in one window, without an error in a Tk callback."""
    theme.switch(window.root, mode)  # type: ignore[arg-type]
    for name, show in STATES.items():
        show(window)
        window.root.update()
        if name in HEADLINES:
            shown = window.banner.shown
            assert (shown.tone, shown.headline) == HEADLINES[name]
    window.dialogs.close()


def test_every_row_of_the_state_table_is_there() -> None:
    """The screenshots show every state that the screen can have."""
    assert set(HEADLINES) <= set(STATES)
    assert len([name for name in STATES if name.startswith("enrol-")]) >= 8


def test_time_stands_still(window: CheckpointWindow) -> None:
    """A welcome that passes after three seconds can be photographed whenever."""
    STATES["identified"](window)
    ticks: list[int] = []
    window.root.after(250, lambda: ticks.append(1))
    wait_until(lambda: bool(ticks), window=window.root)
    assert window.banner.shown.headline == "Welcome, Grace Hopper"
