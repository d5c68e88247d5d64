"""The question why a known face is another person."""

import pytest

from client.ui.reason_dialog import LONGEST, REASONS, ReasonDialog
from client.ui.window import CheckpointWindow


@pytest.fixture
def said() -> list[str]:
    """What was answered."""
    return []


@pytest.fixture
def dialog(window: CheckpointWindow, said: list[str]) -> ReasonDialog:
    """Open, over the window."""
    asked = ReasonDialog(window.root, known="Grace Hopper", chosen=said.append)
    asked.present(asked.field)
    asked.update()
    return asked


def test_nothing_is_no_reason(dialog: ReasonDialog, said: list[str]) -> None:
    """Nor are blanks: the button waits for an answer."""
    for text in ("", "   ", "ab"):
        dialog.text.set(text)
        dialog.accept()
        assert dialog.enrol_button.instate(["disabled"])
    assert not said
    dialog.cancel()


def test_a_reason_is_chosen_or_typed(dialog: ReasonDialog, said: list[str]) -> None:
    """Blanks in order, length bounded, what cannot be shown made visible."""
    assert list(dialog.field.cget("values")) == list(REASONS)
    dialog.text.set("  His   twin\x1b " + "x" * 500)
    assert dialog.enrol_button.instate(["!disabled"])
    dialog.accept()
    (reason,) = said
    assert reason.startswith("His twin\\x1b xxx")
    assert len(reason) <= LONGEST
    assert not dialog.winfo_exists()
