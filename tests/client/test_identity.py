"""The identity of a checkpoint: kept for its owner alone, whole or not at all."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from client.identity import Identity, IdentityProblem
from security.certificates import (
    fingerprint,
    new_key,
    read_authority,
    read_certificate,
    read_request,
)
from tests.grids import MadeUpGrid, grid


def test_who_was_never_paired_has_none(tmp_path: Path) -> None:
    """And nothing is made by looking."""
    assert Identity.beside(tmp_path / "checkpoint.json", "lobby-1").load() is None
    assert list(tmp_path.iterdir()) == []


def test_it_is_kept_beside_the_settings_for_its_owner_alone(tmp_path: Path) -> None:
    """Folders 0700, files 0600; one folder an id, so that two checkpoints may share settings."""
    settings = tmp_path / "checkpoint.json"
    for name in ("lobby-1", "desk"):
        identity = Identity.beside(settings, name)
        key = new_key()
        identity.keep(key, grid().certificate(key, name), grid().pem)
        known = Identity.beside(settings, name).load()
        assert known is not None
        assert known.checkpoint_id == name
        assert known.server_name == grid().server_name
    folder = tmp_path / "identity" / "lobby-1"
    assert {path.name for path in folder.iterdir()} == {
        "device.key",
        "device.pem",
        "ca.pem",
        "grid.json",
    }
    assert folder.stat().st_mode & 0o777 == folder.parent.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir())


def test_the_servers_id_counts_and_not_the_one_that_was_asked_for(tmp_path: Path) -> None:
    """The server gave another one, because it was taken."""
    identity = Identity(tmp_path, "lobby-1")
    key = new_key()
    identity.keep(key, grid().certificate(key, "lobby-1-2"), grid().pem)
    known = identity.load()
    assert known is not None
    assert known.checkpoint_id == "lobby-1-2"


@pytest.mark.parametrize("name", ["device.key", "device.pem", "ca.pem"])
@pytest.mark.parametrize("damage", ["gone", "cut", "another"])
def test_files_that_do_not_belong_together_are_said(tmp_path: Path, name: str, damage: str) -> None:
    """A sentence about what to do, and no traceback."""
    identity = grid().identity(tmp_path, "lobby-1")
    path = tmp_path / "lobby-1" / name
    if damage == "gone":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:40])
    else:
        MadeUpGrid().identity(tmp_path / "other", "lobby-1")
        path.write_bytes((tmp_path / "other" / "lobby-1" / name).read_bytes())
    with pytest.raises(IdentityProblem, match="Pair it again"):
        identity.load()


def test_a_certificate_for_somebody_else_is_not_kept(tmp_path: Path) -> None:
    """The one that was there stays."""
    identity = grid().identity(tmp_path, "lobby-1")
    wrong = grid().certificate(new_key(), "lobby-1")
    with pytest.raises(IdentityProblem, match="wrong certificate"):
        identity.keep(new_key(), wrong, grid().pem)
    with pytest.raises(IdentityProblem, match="wrong certificate"):
        identity.renewed(wrong)
    with pytest.raises(IdentityProblem, match="wrong certificate"):
        identity.renewed("PEM")
    assert identity.load() is not None


def test_it_is_whole_or_none_when_the_disk_fills_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off in the middle of a pairing it is not paired, and can be paired again."""
    identity = grid().identity(tmp_path, "lobby-1")
    from desktop.files import write_atomically

    def full(path: Path, data: bytes) -> None:
        if path.name == "ca.pem":
            raise OSError(28, "No space left on device")
        write_atomically(path, data)

    monkeypatch.setattr("client.identity.write_atomically", full)
    key = new_key()
    with pytest.raises(IdentityProblem, match="No space"):
        identity.keep(key, grid().certificate(key, "lobby-1"), grid().pem)
    assert identity.load() is None


def test_renewal_keeps_the_key_and_changes_the_certificate(tmp_path: Path) -> None:
    """Due when a third is left; ended when nothing is."""
    identity = grid().identity(tmp_path, "lobby-1")
    known = identity.load()
    assert known is not None
    now = datetime.now(UTC)
    assert not known.renewal_due(now)
    assert known.renewal_due(now + timedelta(days=20))
    assert not known.ended(now + timedelta(days=20))
    assert known.ended(now + timedelta(days=31))
    request = read_request(identity.renewal_request())
    assert request.public_key() == known.certificate.public_key()
    from security.certificates import issue_device, moment

    made = grid()
    issued = issue_device(
        made.authority, made.key, request, "lobby-1", moment(round(now.timestamp() * 1000))
    )
    identity.renewed(issued.pem)
    after = identity.load()
    assert after is not None
    assert after.certificate == read_certificate(issued.pem)
    assert after.certificate != known.certificate


def test_with_whom_it_is_paired_is_told_and_forgotten(tmp_path: Path) -> None:
    """For the settings: the server's own name, since when, and what it is known by."""
    identity = Identity(tmp_path, "lobby-1")
    assert identity.shown() is None
    key = new_key()
    identity.keep(key, grid().certificate(key, "lobby-1-2"), grid().pem, called="Main hall")
    shown = identity.shown()
    assert shown is not None
    now_ms = datetime.now(UTC).timestamp() * 1000
    assert shown.server_name == "Main hall"
    assert shown.checkpoint_id == "lobby-1-2"
    assert abs(shown.paired_at_ms - now_ms) < 60_000
    assert shown.expires_at_ms > now_ms
    assert shown.fingerprint == fingerprint(read_authority(grid().pem))
    identity.forget()
    assert identity.shown() is None
    assert identity.load() is None
    assert list((tmp_path / "lobby-1").iterdir()) == []
    identity.forget()
