"""The view model is plain and comparable, and every action can be drawn."""

import dataclasses
import json
from importlib.resources import files

import pytest

from client.view_model import ACTION_ICONS, Action, Banner, Sound


def test_equal_banners_are_equal_so_that_nothing_is_redrawn() -> None:
    """The window compares view models to find out what changed."""
    first = Banner("good", "check-circle-fill", "Welcome, Ada")
    assert first == Banner("good", "check-circle-fill", "Welcome, Ada")
    assert first != dataclasses.replace(first, headline="Welcome, Alan")


def test_banner_cannot_be_changed_in_place() -> None:
    """What is on the screen changes only by showing another value."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Banner("good", "x", "y").headline = "z"  # type: ignore[misc]


def test_every_action_has_a_word_and_an_icon_that_exists() -> None:
    """A button without a word or with a wrong icon name would fail on the screen only."""
    icons = json.loads(
        (files("ttkbootstrap") / "assets" / "icons" / "glyphmap.json").read_text("utf-8")
    )
    for action in Action:
        assert action.value
        assert ACTION_ICONS[action] in icons


def test_sounds_are_told_apart_by_their_files() -> None:
    """Each sound is another file."""
    assert len({sound.value for sound in Sound}) == len(Sound)
