"""The sealed head comes back or is missed, and a line without its end goes."""

import io
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from security.chain import Head
from server.audit import SYSTEM
from server.audit_files import SealedHead, append, cut_unfinished, ends_whole
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


@pytest.mark.parametrize("before", [b"", b"one\n", b"one"])
@pytest.mark.parametrize("refuses", ["write", "fsync", "also"])
def test_f5_a_line_that_does_not_fit_leaves_nothing(
    tmp_path: Path, before: bytes, refuses: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F5: a full disk takes a part of it; what is left of that would look like a changed log."""
    path = tmp_path / "log"
    if before:
        path.write_bytes(before)
    fsync_of_this_system = os.fsync

    class Full(io.FileIO):
        """Takes three bytes."""

        def write(self, data: Any, /) -> int:
            if self.tell() >= len(before) + 3:
                raise OSError(28, "No space left on device")
            return super().write(bytes(data)[:3])

    def no_room(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        if refuses == "write":
            patch.setattr(os, "fdopen", lambda handle, *_args, **_more: Full(handle, "r+b"))
        also = no_room if refuses == "also" else lambda: None
        if refuses == "fsync":
            first = iter([no_room])

            def fsync(handle: int) -> None:
                next(first, fsync_of_this_system)(handle)

            patch.setattr(os, "fsync", fsync)
        with pytest.raises(OSError, match="No space"):
            append(path, b"two", also=also)
    assert path.read_bytes() == before
    size = append(path, b"two", also=lambda: None)
    assert path.read_bytes() == (b"one\ntwo\n" if before else b"two\n")
    assert size == path.stat().st_size
