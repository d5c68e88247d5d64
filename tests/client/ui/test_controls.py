"""Buttons and switches work by keyboard."""

import tkinter

import pytest
import ttkbootstrap

from client.ui import controls


@pytest.mark.parametrize("key", ["<space>", "<Return>"])
def test_a_focused_button_is_pressed_once(root: ttkbootstrap.App, key: str) -> None:
    """The toolkit takes Space away from buttons; ours have it back, and press once."""
    pressed: list[str] = []
    button = controls.button(root, "Save", lambda: pressed.append("save"), icon="check-lg")
    button.pack()
    button.focus_force()
    root.update()
    button.event_generate(key)
    assert pressed == ["save"]


def test_a_disabled_button_is_not_pressed(root: ttkbootstrap.App) -> None:
    """Neither by Space nor by a click."""
    pressed: list[str] = []
    button = controls.button(root, "Save", lambda: pressed.append("save"))
    controls.enable(button, on=False)
    button.event_generate("<space>")
    button.invoke()
    assert pressed == []


def test_the_key_stands_behind_the_word(root: ttkbootstrap.App) -> None:
    """So that it is learnt by looking."""
    button = controls.button(root, "Enrol…", lambda: None, key="F2")
    assert str(button.cget("text")).split() == ["Enrol…", "F2"]


def test_switch_choice_and_list_change_their_variables(root: ttkbootstrap.App) -> None:
    """What is shown is what is stored."""
    on = tkinter.BooleanVar(root, value=False)
    text = tkinter.StringVar(root, "a")
    controls.switch(root, "Sound", on).invoke()
    controls.choice(root, "B", "b", text).invoke()
    assert on.get() is True
    assert text.get() == "b"
    box = controls.drop_down(root, text, ["x", "y"])
    assert str(box.cget("state")) == "readonly"
    field = controls.field(root, text)
    field.delete(0, "end")
    field.insert(0, "typed")
    assert text.get() == "typed"
