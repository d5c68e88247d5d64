"""The field for a file: looked at in a thread, told in a line, never waited for."""

import threading
from collections.abc import Iterator

import pytest
import ttkbootstrap

from desktop.ui import theme
from desktop.ui.file_field import FileField
from tests.support import wait_until


class Look:
    """Says what it is told, when it is allowed to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.go = threading.Event()
        self.go.set()

    def __call__(self, path: str) -> tuple[bool, str]:
        self.asked.append(path)
        self.go.wait(5)
        if path == "broken":
            raise ZeroDivisionError("injected")
        return (not path.startswith("bad"), f"About {path}.")


@pytest.fixture
def window(screen: str, tk_errors: list[BaseException]) -> Iterator[ttkbootstrap.App]:
    """A light window."""
    root = theme.open_window(title="Test", size=(700, 300), minsize=(400, 200), theme="light")
    root.update()
    yield root
    root.update_idletasks()
    root.destroy()


def made(window: ttkbootstrap.App, look: Look, changes: list[int]) -> FileField:
    """A field on the window."""
    field = FileField(
        window,
        check=look,
        changed=lambda: changes.append(1),
        title="File",
        kinds=(("Files", "*.bin"),),
        empty="About nothing.",
    )
    field.pack(fill="x")
    return field


def said(window: ttkbootstrap.App, field: FileField, sentence: str) -> None:
    """Runs the window until the line says it."""

    def there() -> bool:
        window.update()
        return field.sentence == sentence

    wait_until(there, what=sentence)


def test_what_is_shown_and_typed_is_looked_at(window: ttkbootstrap.App) -> None:
    """Good, bad and empty; what is not looked at yet is a problem."""
    look, changes = Look(), []  # type: ignore[var-annotated]
    field = made(window, look, changes)
    field.fill("")
    said(window, field, "About nothing.")
    assert field.problem == ""
    look.go.clear()
    field.text.set(" good.bin ")
    window.update()
    assert field.value == "good.bin"
    assert "Wait a moment" in field.problem
    look.go.set()
    said(window, field, "About good.bin.")
    assert field.problem == ""
    field.text.set("bad.bin")
    said(window, field, "About bad.bin.")
    assert field.problem == "About bad.bin."
    assert changes


def test_typing_on_asks_once_and_a_late_answer_counts_for_nothing(window: ttkbootstrap.App) -> None:
    """What was found about another path is not said about this one."""
    look, changes = Look(), []  # type: ignore[var-annotated]
    field = made(window, look, changes)
    look.go.clear()
    field.fill("bad.bin")
    wait_until(lambda: look.asked == ["bad.bin"])
    for text in ("g", "go", "good.bin"):
        field.text.set(text)
    look.go.set()
    said(window, field, "About good.bin.")
    assert look.asked == ["bad.bin", "good.bin"]
    assert field.problem == ""


def test_a_look_that_fails_is_told(window: ttkbootstrap.App) -> None:
    """Whatever went wrong, the window goes on."""
    field = made(window, Look(), [])
    field.fill("broken")
    said(window, field, "The file cannot be used: injected")
    assert field.problem


def test_gone_while_it_looks(window: ttkbootstrap.App) -> None:
    """A dialog that is closed meanwhile leaves nothing behind."""
    look = Look()
    look.go.clear()
    field = made(window, look, [])
    field.fill("good.bin")
    field.destroy()
    look.go.set()
    window.update()


def test_choosing_a_file_fills_it_in(
    window: ttkbootstrap.App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled, nothing changes."""
    from tkinter import filedialog

    field = made(window, Look(), [])
    answers = ["", "chosen.bin"]
    monkeypatch.setattr(filedialog, "askopenfilename", lambda **_options: answers.pop(0))
    field.choose_button.invoke()
    assert field.value == ""
    field.choose_button.invoke()
    said(window, field, "About chosen.bin.")
