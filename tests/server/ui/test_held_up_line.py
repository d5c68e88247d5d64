"""The line about who is held up: there while somebody is, its button for who may."""

from server.ui.held_up_line import HeldUpLine
from server.ui.window import ServerWindow


def test_it_is_there_while_there_is_something_to_say(window: ServerWindow) -> None:
    """And has its button for those alone who may press it."""
    pressed: list[bool] = []
    line = HeldUpLine(window.root, word="Let them go", command=lambda: pressed.append(True))
    line.show("Somebody waits.", may=False)
    assert line.winfo_manager() == "pack"
    assert line.told.cget("text") == "Somebody waits."
    assert not line.button.winfo_manager()
    line.show("Somebody waits.", may=True)
    assert line.button.winfo_manager()
    line.button.invoke()
    assert pressed == [True]
    line.show("", may=True)
    assert not line.winfo_manager()
    line.destroy()
