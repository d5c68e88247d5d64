"""Tests of the drawn tables."""

from pathlib import Path

import pytest

from client.diagram import drawing, main, page
from client.states import CHECKPOINT_START, CHECKPOINT_TABLE, CheckpointState

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "checkpoint-states.md"


def test_the_document_is_what_the_tables_say() -> None:
    """Run `python -m client.diagram --write docs/checkpoint-states.md` after a change."""
    assert DOCUMENT.read_text(encoding="utf-8") == page()


def test_every_state_is_drawn_and_nothing_that_changes_nothing() -> None:
    """From the start on."""
    text = drawing(CHECKPOINT_TABLE, CHECKPOINT_START)
    assert "[*] --> offline" in text
    for state in CheckpointState:
        assert f" : {state}" in text
        key = state.replace(" ", "_")
        assert f"{key} --> {key} " not in text


def test_it_is_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same either way."""
    assert main([]) == 0
    printed = capsys.readouterr().out
    assert main(["--write", str(tmp_path / "x.md")]) == 0
    assert (tmp_path / "x.md").read_text(encoding="utf-8") == printed == page()
