"""Tests of the table of checkpoints."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from desktop.ui import theme
from server.checkpoint_rows import rows
from server.devices import Device
from server.events import CheckpointStatus
from server.ui.checkpoint_table import CheckpointTable, version_of


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
    devices = [Device(iid, iid, now_ms, now_ms * 2) for iid in "abc"]

    def show(*statuses: CheckpointStatus) -> None:
        shown = {status.checkpoint_id for status in statuses}
        paired = [device for device in devices if device.checkpoint_id in shown]
        table.show(rows(statuses, paired, now_ms=now_ms))

    show(here, away, other)
    assert [table.cells(iid)[1] for iid in "abc"] == [
        "● connected",
        "○ not connected",
        "≠ other model",
    ]
    assert table.cells("a")[0] == "[exit] {"
    assert [table.cells(iid)[2] for iid in "ab"] == ["now", "14 min ago"]
    show(replace(here, connected=False), away, other)
    assert table.cells("a")[1] == "○ not connected"
    show(away)
    assert table.get_children() == ("b",)


def test_the_version_is_a_number() -> None:
    """What a checkpoint says of itself is cut to what the column has room for."""
    assert version_of("FaceNetGrid checkpoint 0.1.0") == "0.1.0"
    assert version_of("Something else 7") == "Something else 7"
    assert version_of("") == "–"
