"""The document's tables are those of the code."""

from pathlib import Path

import pytest

from protocol.diagram import inserted, main, sections, state_diagram, state_table
from protocol.errors import Code
from protocol.messages import KINDS
from protocol.states import CLIENT_TABLE, SERVER_TABLE

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "protocol.md"


def test_the_document_is_up_to_date() -> None:
    """`python -m protocol.diagram --write docs/protocol.md` brings it there."""
    document = DOCUMENT.read_text(encoding="utf-8")
    assert inserted(document) == document


@pytest.mark.parametrize("name", sections())
def test_every_part_is_printed_and_in_the_document(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the command prints is what the document holds."""
    main([])
    assert sections()[name] in capsys.readouterr().out
    assert f"<!-- begin {name} -->\n{sections()[name]}\n<!-- end {name} -->" in (
        DOCUMENT.read_text(encoding="utf-8")
    )


def test_every_message_and_every_code_is_documented() -> None:
    """With an arrow for the message's direction."""
    parts = sections()
    for kind in KINDS:
        assert f"### `{kind}` checkpoint <" in parts["messages"] or (
            f"### `{kind}` checkpoint --> server" in parts["messages"]
        )
    for code in Code:
        assert f"| `{code}` |" in parts["errors"]


def test_every_exchange_of_the_prose_has_its_arrow() -> None:
    """The prose names each message with the arrow of its direction."""
    document = DOCUMENT.read_text(encoding="utf-8")
    for kind in KINDS:
        assert f"checkpoint --> {kind}" in document or f"checkpoint <-- {kind}" in document


@pytest.mark.parametrize("table", [SERVER_TABLE, CLIENT_TABLE], ids=["server", "client"])
def test_a_table_has_every_step_and_no_other(table: dict) -> None:  # type: ignore[type-arg]
    """As many arrows and filled cells as the table has steps."""
    steps = [(state, target) for state, row in table.items() for target in row.values()]
    endless = [state for state, target in steps if state is target and state.name == "CLOSED"]
    assert state_diagram(table).count(" --> ") == len(steps) - len(endless) + 2
    cells = [line.split("|")[2:-1] for line in state_table(table).splitlines()[2:]]
    assert sum(bool(cell.strip()) for row in cells for cell in row) == len(steps)


def test_a_document_without_marks_is_refused(tmp_path: Path) -> None:
    """Nothing is written."""
    path = tmp_path / "x.md"
    path.write_text("# Empty\n")
    with pytest.raises(ValueError, match="no marks"):
        main(["--write", str(path)])
    assert path.read_text() == "# Empty\n"


def test_writing_fills_the_marks(tmp_path: Path) -> None:
    """What stands outside them stays."""
    path = tmp_path / "x.md"
    stale = "a\n<!-- begin {0} -->\nstale text\n<!-- end {0} -->\nz\n"
    path.write_text("".join(stale.format(name) for name in sections()))
    main(["--write", str(path)])
    text = path.read_text()
    assert "stale text" not in text
    assert text.count("a\n<!--") == len(sections())
