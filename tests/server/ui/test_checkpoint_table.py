"""Tests of the table of checkpoints."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from desktop.ui import theme
from server.events import CheckpointStatus
from server.ui.checkpoint_table import CheckpointTable


@pytest.fixture
def table(screen: str, tk_errors: list[BaseException]) -> Iterator[CheckpointTable]:
    """The whole table in a window."""
    root = theme.open_window(title="T", size=(900, 200), minsize=(300, 100), theme="light")
    made = CheckpointTable(root, whole=True)
    made.pack()
    yield made
    root.update_idletasks()
    root.destroy()


def test_states_are_words_with_signs(table: CheckpointTable) -> None:
    """Connected, not connected and another face model are told apart without colour."""
    now_ms = time.time_ns() // 1_000_000
    here = CheckpointStatus("a", "[exit] {", True, now_ms, "0.1.0", "dlib:1", "127.0.0.1:9")
    away = replace(here, checkpoint_id="b", connected=False, last_seen_ms=now_ms - 840_000)
    other = replace(away, checkpoint_id="c", mismatch=True)
    table.show((here, away, other))
    assert [table.cells(iid)[2] for iid in "abc"] == [
        "● connected",
        "○ not connected",
        "≠ other model",
    ]
    assert table.cells("a")[0] == "[exit] {"
    assert [table.cells(iid)[3] for iid in "ab"] == ["now", "14 min ago"]
    table.show((replace(here, connected=False), away, other))
    assert table.cells("a")[2] == "○ not connected"
    table.show((away,))
    assert table.get_children() == ("b",)
