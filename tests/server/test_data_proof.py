"""The data held against the log: only read, beside a running server too."""

from pathlib import Path

from server.administration import command_line
from server.audit import DONE
from server.data_folder import DataFolder
from server.data_proof import with_data
from server.permissions import Action
from tests.server.office import audit_in
from tests.server.vaults import a_vault
from tests.server.wire import enrol, face, identify, served

DAY_MS = 86_400_000


def test_a_running_server_is_no_finding(tmp_path: Path) -> None:
    """Its data are newer than what was noted, and nothing is written by looking."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        gate.ask(enrol("Grace Hopper", face(1)))
        gate.ask(identify(face(1)))
        books = running.grid.books
        assert books is not None
        before = books.audit.head
        verified = books.audit.verify()
        assert with_data(verified, DataFolder(tmp_path), books.vault, now_ms=0).findings == ()
        assert books.audit.head == before


def test_a_receipt_is_expected_for_a_year(tmp_path: Path) -> None:
    """Later the settings may have deleted it."""
    audit, folder = audit_in(tmp_path), DataFolder(tmp_path)
    audit.record(Action.ERASE_PERSON, command_line(), "a" * 32, outcome=DONE)
    verified = audit.verify()
    at_ms = verified.entries[0].at_ms
    for days, found in ((0, 1), (364, 1), (366, 0)):
        looked = with_data(verified, folder, a_vault(), now_ms=at_ms + days * DAY_MS)
        assert len(looked.findings) == found, days


def test_a_history_that_cannot_be_read_is_no_finding(tmp_path: Path) -> None:
    """The server says what is wrong with it."""
    audit, folder = audit_in(tmp_path), DataFolder(tmp_path)
    audit.record("data as they stand", command_line(), details={"history": "7 "})
    folder.database.parent.mkdir()
    folder.database.write_bytes(b"no database" * 100)
    assert with_data(audit.verify(), folder, a_vault(), now_ms=0).findings == ()
    folder.database.unlink()
    (found,) = with_data(audit.verify(), folder, a_vault(), now_ms=0).findings
    assert "history" in found.sentence
