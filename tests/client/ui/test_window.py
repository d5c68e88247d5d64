"""The checkpoint's window, driven by keys and events; what is on the screen is checked."""

from pathlib import Path

import pytest
import ttkbootstrap

from client import settings as kept
from client.events import (
    CameraState,
    CameraStatus,
    LinkState,
    LinkStatus,
    Outcome,
    VerdictArrived,
    VisionPace,
)
from client.settings import ClientSettings
from client.ui.window import CheckpointWindow
from client.view_model import Action, Sound
from desktop.ui.palette import PALETTES
from tests.client.ui.conftest import SETTINGS, alive, wait_closed
from tests.client.ui.fakes import CONNECTED, OK, FakeEngine, picture
from tests.support import wait_until


def _verdict(outcome: Outcome, name: str | None = None, event_id: str = "e1") -> VerdictArrived:
    return VerdictArrived(event_id, outcome, name, 5_000, 250.0, automatic=False)


def _headline(window: CheckpointWindow) -> str:
    return str(window.banner._line.cget("text"))


def _wait_for_headline(window: CheckpointWindow, text: str) -> None:
    wait_until(lambda: _headline(window) == text, window=window.root, what=f"the line {text!r}")


def test_window_stands_before_anything_is_started(root: ttkbootstrap.App) -> None:
    """It is painted with a hint and a grey banner while nothing runs behind it."""
    window = CheckpointWindow(root, SETTINGS)
    root.update()
    assert root.winfo_viewable()
    assert _headline(window) == "Loading models…"
    assert window.video.hint == "Starting the camera…"
    assert window.identify_button.instate(["disabled"])
    window.close()
    wait_closed(root)


def test_identify_by_space(window: CheckpointWindow, engine: FakeEngine) -> None:
    """Space asks; the verdict is on the banner and in the list."""
    window.root.event_generate("<space>")
    window.root.update()
    assert engine.calls == ["identify_now"]
    engine.tell(_verdict(Outcome.IDENTIFIED, "Grace Hopper"))
    _wait_for_headline(window, "Welcome, Grace Hopper")
    assert [(row.who, row.result) for row in window.results.rows] == [
        ("Grace Hopper", "Identified")
    ]


def test_identify_by_button(window: CheckpointWindow, engine: FakeEngine) -> None:
    """The button does what Space does, once."""
    window.identify_button.invoke()
    assert engine.calls == ["identify_now"]


def test_space_on_the_automatic_switch_switches_it(
    window: CheckpointWindow, engine: FakeEngine
) -> None:
    """A widget's own use of Space comes first."""
    window.automatic_toggle.focus_force()
    window.root.update()
    window.automatic_toggle.event_generate("<space>")
    window.automatic_toggle.event_generate("<KeyRelease-space>")
    window.root.update()
    assert engine.calls == ["set_automatic(False)"]
    assert not window.settings.automatic
    assert _headline(window) == "Look at the camera, then press Space"


def test_automatic_by_f6(window: CheckpointWindow, engine: FakeEngine) -> None:
    """Off and on again."""
    window.root.event_generate("<F6>")
    window.root.event_generate("<F6>")
    window.root.update()
    assert engine.calls == ["set_automatic(False)", "set_automatic(True)"]


def test_switch_the_theme(window: CheckpointWindow) -> None:
    """F9: everything painted by hand follows, live."""
    window.root.event_generate("<F9>")
    window.root.update()
    assert window.settings.theme == "dark"
    assert str(window.banner._line.cget("background")) == PALETTES["dark"].neutral
    assert "Light" in str(window.header.theme_button.cget("text"))
    window.root.event_generate("<F9>")
    window.root.update()
    assert str(window.banner._line.cget("background")) == PALETTES["light"].neutral


def test_lose_the_server_and_get_it_back(window: CheckpointWindow, engine: FakeEngine) -> None:
    """Amber with countdown and kept events, the header too; then ready again."""
    engine.tell(LinkStatus(LinkState.UNREACHABLE, "", "lobby-server", retry_in_s=4.0, kept=3))
    _wait_for_headline(window, "Server unreachable")
    assert window.banner._reason.cget("text") == "Retrying in 4 s · 3 events kept"
    assert window.header.text == "Unreachable retrying in 4 s"
    assert "3 events kept" in window.status.text
    wait_until(
        lambda: "Retrying in 3 s" in str(window.banner._reason.cget("text")),
        window=window.root,
        what="the countdown",
    )
    engine.tell(CONNECTED)
    _wait_for_headline(window, "Look at the camera")
    assert window.header.text == "Connected lobby-server · TLS · 3 ms"


def test_f12_camera_trouble_takes_picture_and_buttons_away(
    window: CheckpointWindow, engine: FakeEngine
) -> None:
    """F12: no identification from a picture that is not live; back when it is."""
    engine.show(picture())
    wait_until(lambda: window.video.frames == 1, window=window.root)
    engine.tell(CameraStatus(CameraState.LOST, "", "camera:0"))
    _wait_for_headline(window, "Camera lost")
    assert window.video.hint == "No live picture"
    window.root.event_generate("<space>")
    window.root.event_generate("<F2>")
    window.root.update()
    assert engine.calls == []
    assert window.dialogs.enrol is None
    assert "must be ready" in window.toast.text
    window.banner.button.invoke()
    assert engine.calls == ["retry_now"]
    engine.tell(OK)
    _wait_for_headline(window, "Look at the camera")
    assert window.video.hint == ""


@pytest.mark.parametrize("action", [Action.OPEN_SETTINGS, Action.CHOOSE_CAMERA])
def test_the_banners_button_opens_the_settings(window: CheckpointWindow, action: Action) -> None:
    """At the field that mends it; a second press opens no second dialog."""
    window.act(action)
    window.act(action)
    dialog = window.dialogs.settings
    assert dialog is not None
    window.root.update()
    wanted = dialog.camera.kind_box if action is Action.CHOOSE_CAMERA else dialog.server_entry
    wait_until(lambda: dialog.focus_get() is wanted, window=window.root)
    dialog.cancel()
    assert window.dialogs.settings is None


def test_f10_opens_the_settings_and_they_are_passed_on(
    root: ttkbootstrap.App, engine: FakeEngine, tmp_path: Path
) -> None:
    """A changed server, camera and name reach the checkpoint and the file."""
    file = tmp_path / "checkpoint.json"
    window = CheckpointWindow(root, SETTINGS, start=engine.start, settings_file=file)
    wait_until(lambda: window.engine is not None, window=root)
    root.focus_force()
    root.event_generate("<F10>")
    root.update()
    dialog = window.dialogs.settings
    assert dialog is not None
    dialog.server.set("10.0.0.9:6000")
    dialog.name.set("Back door")
    dialog.camera.kind.set("Camera of this computer")
    dialog.camera._kind_chosen()
    dialog.camera.value.set("1")
    dialog.save()
    assert engine.calls == [
        "change_server(10.0.0.9, 6000)",
        "change_name(Back door)",
        "change_source(camera:1)",
    ]
    assert kept.load(file).settings.source == "camera:1"
    assert str(window.header._title.cget("text")) == "Back door"
    assert root.title().startswith("Back door")
    window.close()
    wait_closed(root)


def test_settings_that_cannot_be_written_are_said(root: ttkbootstrap.App, tmp_path: Path) -> None:
    """A folder in the file's place: the window goes on with the new settings."""
    window = CheckpointWindow(root, SETTINGS, settings_file=tmp_path)
    window.switch_theme()
    assert "could not be kept" in window.toast.text
    assert window.settings.theme == "dark"
    window.close()
    wait_closed(root)


def test_settings_changed_before_the_start_are_not_lost(
    root: ttkbootstrap.App, engine: FakeEngine
) -> None:
    """The checkpoint was started with the old ones and is told the new ones."""
    window = CheckpointWindow(root, SETTINGS, start=engine.start)
    window.set_automatic(on=False)
    wait_until(lambda: window.engine is not None, window=root)
    assert engine.calls == ["set_automatic(False)"]
    window.close()
    wait_closed(root)


def test_a_checkpoint_that_cannot_start_is_said(root: ttkbootstrap.App) -> None:
    """The window stays, with the reason on it."""

    def broken(_settings: ClientSettings, _post: object) -> FakeEngine:
        raise ImportError("OpenCV is not installed")

    window = CheckpointWindow(root, SETTINGS, start=broken)
    _wait_for_headline(window, "Something went wrong")
    assert "OpenCV is not installed" in str(window.banner._reason.cget("text"))
    window.close()
    wait_closed(root)


def test_frames_go_to_the_picture(window: CheckpointWindow, engine: FakeEngine) -> None:
    """The newest one only; its label is remembered for the tour."""
    engine.show(picture(50))
    engine.show(picture(90), label="Grace Hopper")
    wait_until(lambda: window.video.frames > 0, window=window.root)
    assert window.video.frames == 1
    assert window.face_label == "Grace Hopper"


def test_a_sound_belongs_to_a_verdict(
    window: CheckpointWindow, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the presenter wants to be heard is played."""
    played: list[Sound] = []
    monkeypatch.setattr(window.sounds, "play", played.append)
    engine.tell(_verdict(Outcome.NOT_ENROLLED))
    _wait_for_headline(window, "Not recognised")
    assert played == [Sound.NOT_ENROLLED]


def test_nothing_is_clipped_at_1280_by_720(window: CheckpointWindow) -> None:
    """Every part of the window lies inside it, at its usual and at its smallest size."""
    root = window.root
    for width, height in ((1280, 720), (960, 600)):
        root.geometry(f"{width}x{height}")
        wait_until(
            lambda size=(width, height): (root.winfo_width(), root.winfo_height()) == size,
            window=root,
        )
        root.update()
        for part in (
            window.header,
            window.banner,
            window.video,
            window.results,
            window.identify_button,
            window.enrol_button,
            window.automatic_toggle,
            window.status,
        ):
            right = part.winfo_rootx() - root.winfo_rootx() + part.winfo_width()
            bottom = part.winfo_rooty() - root.winfo_rooty() + part.winfo_height()
            assert right <= width, part
            assert bottom <= height, part
            assert part.winfo_width() >= min(part.winfo_reqwidth(), 300), part


def test_the_longest_status_bar_is_not_cut(window: CheckpointWindow, engine: FakeEngine) -> None:
    """Every figure, and the slow engine's long name, at the usual and at the smallest size."""
    root = window.root
    note = "dlib (own process) instead of ONNX Runtime: slower. It cannot be loaded."
    engine.tell(
        CameraStatus(CameraState.OK, "", "rtsp://camera-07.front-lobby/1", 1920, 1080, 30.0)
    )
    engine.tell(VisionPace(30.0, 104.0, 12.0, 118.0, "dlib (own process)", note))
    wait_until(lambda: "slower" in window.status.text, window=root)
    assert window.toast.text == note
    for width, height in ((1280, 720), (960, 600)):
        root.geometry(f"{width}x{height}")
        wait_until(
            lambda size=(width, height): (root.winfo_width(), root.winfo_height()) == size,
            window=root,
        )
        root.update()
        shown = [each for each in window.status.winfo_children() if each.winfo_manager()]
        assert len(shown) == 4
        for label in shown:
            assert label.winfo_width() >= label.winfo_reqwidth(), (width, label.cget("text"))


def test_everything_is_reached_by_tab(window: CheckpointWindow) -> None:
    """The ring of Tab holds every button, the switch and the list."""
    root = window.root
    window.identify_button.focus_force()
    root.update()
    seen = []
    widget = window.identify_button.tk_focusNext()
    for _step in range(30):
        if widget is None or widget is window.identify_button:
            break
        seen.append(widget)
        widget = widget.tk_focusNext()
    for wanted in (
        window.enrol_button,
        window.automatic_toggle,
        window.header.settings_button,
        window.header.theme_button,
        window.results.table,
    ):
        assert wanted in seen


def test_closing_asks_the_checkpoint_and_waits_for_it(
    root: ttkbootstrap.App, engine: FakeEngine
) -> None:
    """The window says so at once and goes when the threads have ended; nothing is joined."""
    window = CheckpointWindow(root, SETTINGS, start=engine.start)
    wait_until(lambda: window.engine is not None, window=root)
    engine.ends = False
    window.close()
    window.close()
    root.update()
    assert engine.calls == ["close"]
    assert _headline(window) == "Closing…"
    assert alive(root)
    engine.alive = False
    wait_closed(root)


def test_closing_takes_an_open_dialog_along(
    root: ttkbootstrap.App, engine: FakeEngine, window: CheckpointWindow
) -> None:
    """SIGTERM comes whenever it likes; the pictures of an unfinished enrolment are forgotten."""
    window.open_enrolment()
    window.close()
    assert window.dialogs.enrol is None
    assert "cancel_enrolment" in engine.calls
    wait_closed(root)


def test_closing_does_not_wait_for_ever(
    root: ttkbootstrap.App, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that hangs in a driver cannot keep the window."""
    monkeypatch.setattr("client.ui.window.CLOSE_WITHIN_S", 0.1)
    window = CheckpointWindow(root, SETTINGS, start=engine.start)
    wait_until(lambda: window.engine is not None, window=root)
    engine.ends = False
    window.close()
    wait_closed(root, timeout_s=2.0)


@pytest.mark.parametrize("started", [False, True])
def test_closing_while_it_still_starts_closes_what_comes(
    root: ttkbootstrap.App, engine: FakeEngine, *, started: bool
) -> None:
    """The checkpoint that appears after the close is closed too, and one not yet heard of."""
    import threading

    go = threading.Event()

    def slow(settings: ClientSettings, post: object) -> FakeEngine:
        go.wait(5)
        return engine.start(settings, post)  # type: ignore[arg-type]

    window = CheckpointWindow(root, SETTINGS, start=slow)
    starter = window._starter
    assert starter is not None
    wait_until(lambda: starter.alive, window=root)
    if started:
        go.set()
        wait_until(lambda: not starter.alive)  # its word lies in the mailbox
    window.close()
    go.set()
    wait_closed(root)
    assert engine.calls == ["close"]


def test_a_window_destroyed_as_a_whole_takes_an_open_dialog_along(
    window: CheckpointWindow, engine: FakeEngine
) -> None:
    """Without an error in a callback: the button that would get the keyboard is gone already."""
    window.open_enrolment()
    window.root.update()
    window.pump.stop()
    window.root.destroy()
    assert window.dialogs.enrol is None
