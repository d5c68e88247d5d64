"""Tests of the settings page."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from desktop.ui import theme
from desktop.ui.palette import DARK, LIGHT
from protocol.liveness import MODES
from server.pictures import thumbnail
from server.ui.settings_page import SettingsPage
from server.ui.window import ServerWindow
from tests.biometrics.networks import face_network
from tests.server.galleries import people_service, sample
from tests.server.ui.conftest import made_up
from tests.support import tab_stops, wait_until


@pytest.fixture
def page(window: ServerWindow) -> SettingsPage:
    """The page on the screen."""
    window.go("Settings")
    window.root.update()
    return window.settings


def test_tab_stops_at_no_word(page: SettingsPage, window: ServerWindow) -> None:
    """Whatever gets the keyboard there can be changed or pressed."""
    stops = [one for one in tab_stops(window.root) if str(one).startswith(str(page))]
    assert page.name in stops
    assert {one.winfo_class() for one in stops} <= {
        "TEntry",
        "TCombobox",
        "TButton",
        "TCheckbutton",
    }


def _type(page: SettingsPage, field: str, text: str) -> None:
    entry = getattr(page, field)
    entry.delete(0, "end")
    entry.insert(0, text)
    page._edited()


def test_saved_settings_reach_the_grid(page: SettingsPage, window: ServerWindow) -> None:
    """Name, port, heartbeat and pictures are kept; the port counts from the next start."""
    assert page.save_button.instate(["disabled"])
    _type(page, "name", "  Main   hall ")
    _type(page, "port", "5060")
    _type(page, "heartbeat", "1,5")
    page.keep_switch.invoke()
    page.save_button.invoke()
    kept = made_up(window).settings
    assert (kept.name, kept.port, kept.heartbeat_s, kept.keep_pictures) == (
        "Main hall",
        5060,
        1.5,
        True,
    )
    assert "next start" in str(page.mistake.cget("text"))
    assert page.save_button.instate(["disabled"])


def test_where_it_listens_and_when_it_locks_are_kept(
    page: SettingsPage, window: ServerWindow
) -> None:
    """Both reach the grid; an address that was written into the file by hand stays a choice."""
    page.host.choose("0.0.0.0")
    _type(page, "idle", "12")
    page.save_button.invoke()
    kept = made_up(window).settings
    assert (kept.host, kept.idle_lock_minutes) == ("0.0.0.0", 12)
    assert "next start" in str(page.mistake.cget("text"))
    made_up(window).settings = replace(kept, host="192.0.2.7", idle_lock_minutes=0)
    page.shown()
    assert (page.host.value, page.idle.get()) == ("192.0.2.7", "0")
    assert page.save_button.instate(["disabled"])


def test_every_setting_can_be_seen_in_the_smallest_window(
    page: SettingsPage, window: ServerWindow
) -> None:
    """1280 x 640 leaves a panel's height of a 720 line screen; the last explanations fit in."""
    window.root.geometry("1280x640")
    window.root.update()
    for form in (page.server, page.faces):
        last = form.body.winfo_children()[-1]
        assert form.body.winfo_reqheight() <= form.body.winfo_height(), last


MISTAKES = (
    ("name", "   ", "name is empty"),
    ("name", "x" * 300, "300 characters"),
    ("port", "70000", "0 to 65535"),
    ("port", "-1", "0 to 65535"),
    ("port", "５０５０", "0 to 65535"),
    ("port", "9" * 5000, "0 to 65535"),
    ("heartbeat", "0", "0.2 to 60"),
    ("heartbeat", "nan", "0.2 to 60"),
    ("heartbeat", "soon", "0.2 to 60"),
    ("idle", "241", "1 to 240 minutes"),
    ("idle", "", "1 to 240 minutes"),
)


def test_a_mistake_is_a_sentence_and_nothing_is_saved(
    page: SettingsPage, window: ServerWindow
) -> None:
    """What is wrong is said beside the button; the settings stay."""
    before = made_up(window).settings
    for field, text, said in MISTAKES:
        _type(page, field, text)
        page.save_button.invoke()
        assert said in str(page.mistake.cget("text")), (field, text)
        assert made_up(window).settings == before, (field, text)
        page.undo.invoke()
        assert page.wanted() == before, (field, text)


def test_theme_is_shown_at_once_and_undone(page: SettingsPage, window: ServerWindow) -> None:
    """Choosing a theme shows it; undoing the changes brings the kept one back."""
    page.theme.choose("dark")
    page.theme.widget.event_generate("<<ComboboxSelected>>")
    window.root.update()
    assert theme.palette(window.root) is DARK
    page.undo.invoke()
    assert theme.palette(window.root) is LIGHT


def test_switching_pictures_off_deletes_them(
    page: SettingsPage, window: ServerWindow, tmp_path: Path
) -> None:
    """It is said before saving; then the folder is empty, and how many went is told."""
    grid = made_up(window)
    grid.settings = replace(grid.settings, keep_pictures=True)
    page.shown()
    people = people_service(tmp_path, keep_pictures=lambda: grid.settings.keep_pictures)
    chip = np.full((150, 150, 3), 99, dtype=np.uint8)
    people.add("Ann", [sample(1)], picture=thumbnail(chip))
    folder = tmp_path / "pictures"
    assert len(list(folder.iterdir())) == 1
    grid.people = people  # type: ignore[assignment]
    page.keep_switch.invoke()
    assert "deletes every kept picture" in str(page.mistake.cget("text"))
    assert len(list(folder.iterdir())) == 1
    page.save_button.invoke()
    wait_until(lambda: not list(folder.iterdir()), window=window.root)
    wait_until(
        lambda: "1 kept picture was deleted" in str(window.desk.toast.text), window=window.root
    )


def test_pictures_are_not_switched_off_where_they_could_not_be_deleted(
    page: SettingsPage, window: ServerWindow
) -> None:
    """While the data are not open the setting stays, and why is said."""
    grid = made_up(window)
    grid.settings = replace(grid.settings, keep_pictures=True)
    page.shown()
    grid.ready = False
    page.keep_switch.invoke()
    page.save_button.invoke()
    assert "could not be deleted" in str(page.mistake.cget("text"))
    assert grid.settings.keep_pictures


def test_the_target_is_chosen_and_what_it_leads_to_is_said(
    page: SettingsPage, window: ServerWindow
) -> None:
    """1, 3 or 10 of 1000; the line follows the grid, and waits for it."""
    grid = made_up(window)
    assert [value for _, value in page.named.options] == [10, 3, 1]
    assert page.named.value == 3
    assert "about 3.0 of 1000 strangers named" in str(page.expected.cget("text"))
    page.named.choose(1)
    page._edited()
    page.save_button.invoke()
    assert grid.settings.strangers_named_per_1000 == 1
    grid.expectation = ""
    wait_until(lambda: "Being measured." in str(page.expected.cget("text")), window=window.root)


def test_liveness_is_chosen_and_said_to_be_no_proof(
    page: SettingsPage, window: ServerWindow
) -> None:
    """Off until somebody chooses; the sentence promises no more than there is."""
    grid = made_up(window)
    assert [value for _, value in page.liveness.options] == list(MODES)
    assert page.liveness.value == "off"
    assert "a deterrent, not proof" in str(page.told_liveness.cget("text"))
    page.liveness.choose("active")
    page._edited()
    page.save_button.invoke()
    assert grid.settings.liveness == "active"


def test_a_face_model_is_looked_at_before_it_is_kept(
    page: SettingsPage, window: ServerWindow, tmp_path: Path
) -> None:
    """A picture is none: said in the line and beside Save; what was kept stays."""
    before = made_up(window).settings
    path = tmp_path / "picture.onnx"
    path.write_bytes(b"\xff\xd8\xff")
    page.network.text.set(str(path))
    page.save()
    assert "Wait a moment" in str(page.mistake.cget("text"))
    said = "picture.onnx is no ONNX file."
    wait_until(lambda: page.network.sentence == said, window=window.root, timeout_s=20)
    page.save()
    assert str(page.mistake.cget("text")).strip() == said
    assert made_up(window).settings == before
    path.write_bytes(face_network(dimensions=512))
    page.network.text.set("")
    page.network.text.set(str(path))
    wait_until(lambda: "512 numbers" in page.network.sentence, window=window.root, timeout_s=20)
    page.save_button.invoke()
    assert made_up(window).settings.network == str(path)
    assert "started again" in str(page.mistake.cget("text"))
    page.network.text.set("")
    wait_until(lambda: page.network.problem == "", window=window.root)
    page.save_button.invoke()
    assert made_up(window).settings.network == ""
