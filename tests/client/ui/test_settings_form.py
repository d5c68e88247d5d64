"""What the settings accept, without a window."""

import dataclasses
from pathlib import Path

import pytest

from client.settings import ClientSettings
from client.ui.settings_form import (
    BY_KEY,
    KINDS,
    SettingsForm,
    join_source,
    name_problem,
    server_problem,
    source_problem,
    split_source,
)


@pytest.mark.parametrize(
    "source",
    [
        "camera:1",
        "rtsp://10.0.0.7/live",
        "rtsps://10.0.0.7/live",
        "http://cam/video",
        "https://cam/video",
        "file:clip.mp4",
        "folder:pictures",
        "demo:",
        "demo:grace-hopper",
    ],
)
def test_a_source_survives_the_dialog(source: str) -> None:
    """Splitting and joining gives the same source."""
    assert join_source(*split_source(source)) == source


def test_settings_survive_the_dialog_unchanged() -> None:
    """Opening and saving changes nothing."""
    settings = ClientSettings(checkpoint_name="Lobby gate", source="camera:2", theme="dark")
    assert SettingsForm.of(settings).apply(settings) == settings


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("192.168.1.20:5050", True),
        ("lobby-server", True),
        ("[::1]:5050", True),
        ("", False),
        ("   ", False),
        ("lobby server:5050", False),
        ("host:0", False),
        ("host:99999", False),
        ("http://host:5050", False),
    ],
)
def test_server_addresses(address: str, good: bool) -> None:
    """A wrong address gets a sentence before anything is tried."""
    problem = server_problem(address)
    assert (problem == "") is good
    assert good or problem.endswith(".")


@pytest.mark.parametrize(
    ("key", "value", "good"),
    [
        ("camera", "0", True),
        ("camera", "12", True),
        ("camera", "", False),
        ("camera", "-1", False),
        ("camera", "٣", False),
        ("camera", "first", False),
        ("rtsp", "rtsp://10.0.0.7:554/live", True),
        ("rtsp", "10.0.0.7", False),
        ("rtsp", "rtsp://", False),
        ("http", "http://cam/video", True),
        ("http", "https://cam/video", True),
        ("http", "ftp://cam", False),
        ("http", "", False),
        ("file", "no-such-clip.mp4", False),
        ("folder", "no-such-folder", False),
        ("folder", "", False),
        ("demo", "", True),
    ],
)
def test_camera_values(key: str, value: str, good: bool) -> None:
    """Each kind of camera says what it needs."""
    problem = source_problem(BY_KEY[key], value)
    assert (problem == "") is good
    assert good or problem.endswith(".")


def test_a_file_and_a_folder_that_exist_are_good(tmp_path: Path) -> None:
    """They are looked for on the disk."""
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"x")
    assert source_problem(BY_KEY["file"], str(clip)) == ""
    assert source_problem(BY_KEY["folder"], str(tmp_path)) == ""


@pytest.mark.parametrize("name", ["", "  ", "N" * 101, "a\x07b"])
def test_names_of_a_checkpoint_that_cannot_be_used(name: str) -> None:
    """Empty, too long, not printable."""
    assert name_problem(name).endswith(".")


def test_every_problem_is_found_at_once() -> None:
    """Three wrong fields, three sentences."""
    form = SettingsForm.of(ClientSettings())
    wrong = dataclasses.replace(form, server="", name="", value="x")
    assert set(wrong.problems) == {"server", "name", "source"}


def test_every_kind_has_help() -> None:
    """One sentence each."""
    assert all(kind.help.endswith(".") and kind.label for kind in KINDS)
