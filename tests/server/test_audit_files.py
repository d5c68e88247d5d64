"""The sealed head comes back or is missed, and a line without its end goes."""

import logging
from pathlib import Path

import pytest

from security.chain import Head
from server.audit import SYSTEM
from server.audit_files import SealedHead, cut_unfinished, ends_whole
from tests.server.office import MadeUpVault, audit_in


def test_the_head_is_read_again_with_its_key_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """None before the first; one of another key is none, and logged."""
    path, sealer = tmp_path / "head.sealed", MadeUpVault().sealer("audit")
    kept = SealedHead(path, sealer)
    assert kept.read() is None
    head: Head = audit_in(tmp_path / "log").record("test", SYSTEM)
    kept.write(head)
    assert kept.read() == head
    with caplog.at_level(logging.ERROR):
        assert SealedHead(path, MadeUpVault(b"x" * 32).sealer("audit")).read() is None
    assert "audit_anchor_unusable" in caplog.messages


@pytest.mark.parametrize(("before", "after"), [(b"a\nb", b"a\n"), (b"a", b""), (b"a\n", b"a\n")])
def test_a_line_without_its_end_is_cut_off(tmp_path: Path, before: bytes, after: bytes) -> None:
    """Whole lines stay."""
    path = tmp_path / "log"
    path.write_bytes(before)
    assert ends_whole(path) == (before == after)
    cut_unfinished(path)
    assert path.read_bytes() == after
