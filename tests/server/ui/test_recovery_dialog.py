"""The dialog of a recovery key: written down first, kept then."""

import tkinter
from collections.abc import Callable, Iterator
from pathlib import Path
from tkinter import filedialog

import pytest
import ttkbootstrap

from desktop.ui import theme
from security.recovery import RecoveryKey
from server.recovery_paper import RecoveryPaper
from server.ui.recovery_dialog import RecoveryDialog

KEY = RecoveryKey(bytes(range(20)))
PAPER = RecoveryPaper(KEY, "5d1e 77a0", "Lobby", 1_790_000_000_000, "use-recovery")


class Keeping:
    """Keeps when it is told to."""

    def __init__(self) -> None:
        self.answers: list[Callable[[Exception | None], None]] = []

    def __call__(self, answered: Callable[[Exception | None], None]) -> None:
        self.answers.append(answered)


@pytest.fixture
def root(screen: str, tk_errors: list[BaseException]) -> Iterator[ttkbootstrap.App]:
    """A window to open it over."""
    opened = theme.open_window(title="Test", size=(800, 600), minsize=(400, 300), theme="light")
    opened.update()
    yield opened
    opened.update_idletasks()
    opened.destroy()


def test_it_counts_once_a_group_was_typed_back(root: ttkbootstrap.App, tmp_path: Path) -> None:
    """The key is covered meanwhile; a wrong group keeps nothing; an error leaves it open."""
    keep = Keeping()
    dialog = RecoveryDialog(root, PAPER, keep=keep, replaces=True, data_folder=tmp_path, place=3)
    dialog.present(dialog.written)
    assert [label.cget("text") for label in dialog._groups] == list(KEY.groups)
    dialog.written.invoke()
    assert {label.cget("text") for label in dialog._groups} == {"••••"}
    dialog.again.invoke()
    assert dialog._groups[3].cget("text") == KEY.groups[3]
    dialog.written.invoke()
    dialog.field.insert(0, KEY.groups[2])
    dialog.accept()
    assert keep.answers == []
    assert "not group 4" in dialog.note.cget("text")
    dialog.field.delete(0, "end")
    dialog.field.insert(0, KEY.groups[3].lower())
    dialog.accept()
    keep.answers[0](OSError("The folder keys cannot be written."))
    assert "cannot be written" in dialog.note.cget("text")
    assert not dialog.kept
    dialog.accept()
    keep.answers[1](None)
    assert dialog.kept
    assert not dialog.winfo_exists()


def test_copied_and_saved_but_not_beside_the_data(
    root: ttkbootstrap.App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For its owner alone; the clipboard is emptied again."""
    data = tmp_path / "data"
    dialog = RecoveryDialog(root, PAPER, keep=Keeping(), replaces=False, data_folder=data)
    dialog.copy()
    assert root.clipboard_get() == KEY.text
    answers = iter([str(data / "key.txt"), str(tmp_path / "key.html"), str(tmp_path / "key.txt")])
    monkeypatch.setattr(filedialog, "asksaveasfilename", lambda **_options: next(answers))
    dialog.ask_text()
    assert not (data / "key.txt").exists()
    assert "beside" in dialog.note.cget("text")
    dialog.ask_page()
    assert (tmp_path / "key.html").read_text() == PAPER.page
    dialog.ask_text()
    assert (tmp_path / "key.txt").read_text() == PAPER.text
    assert (tmp_path / "key.txt").stat().st_mode & 0o777 == 0o600
    (tmp_path / "file").touch()
    dialog.save(tmp_path / "file" / "key.txt", PAPER.text)
    assert "could not be written" in dialog.note.cget("text")
    dialog.cancel()
    with pytest.raises(tkinter.TclError):
        root.clipboard_get()
