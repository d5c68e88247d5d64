"""The authority: made once, sealed, kept; the server's certificate renewed by itself."""

from pathlib import Path

import pytest

from security.certificates import (
    CertificateRefused,
    check_issued,
    new_key,
    new_request,
    read_authority,
    read_certificate,
)
from security.sealing import Sealer
from security.sealing import new_key as new_sealing_key
from server.authority import AuthorityProblem, open_authority

DAY_MS = 86_400_000
SEALER = Sealer(new_sealing_key())
NOW_MS = 1_790_000_000_000


def test_it_is_made_at_the_first_start_and_stays_the_same(tmp_path: Path) -> None:
    """A checkpoint that was paired once is known for ever."""
    path = tmp_path / "authority.sealed"
    first = open_authority(path, SEALER)
    again = open_authority(path, SEALER)
    assert again.pem == first.pem
    assert again.hash == first.hash
    key = new_key()
    issued = again.issue(new_request(key, "x"), "lobby-1")
    check_issued(read_certificate(issued.pem), read_authority(first.pem), key)


def test_its_key_is_sealed(tmp_path: Path) -> None:
    """Nothing of it can be read on the disk, and only its owner may try."""
    path = tmp_path / "authority.sealed"
    open_authority(path, SEALER)
    assert b"KEY" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", ["other key", "cut", "empty", "unreadable"])
def test_a_file_that_cannot_be_used_is_never_written_over(tmp_path: Path, damage: str) -> None:
    """Every checkpoint hangs on it: the sentence says so, and the file stays."""
    path = tmp_path / "authority.sealed"
    open_authority(path, SEALER)
    sealer = SEALER
    if damage == "other key":
        sealer = Sealer(new_sealing_key())
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-3])
    elif damage == "empty":
        path.write_bytes(b"")
    else:
        path.unlink()
        path.mkdir()
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(AuthorityProblem, match=r"authority\.sealed .*\.$"):
        open_authority(path, sealer)
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_sealed_nonsense_is_damage_too(tmp_path: Path) -> None:
    """The right key and the wrong content."""
    path = tmp_path / "authority.sealed"
    for content in (b"x", b"{}", b'{"certificate": "x", "key": "y"}', b"[]"):
        path.write_bytes(SEALER.seal(content, b"authority key"))
        with pytest.raises(AuthorityProblem, match="damaged"):
            open_authority(path, SEALER)


def test_the_servers_certificate_is_renewed_when_a_third_is_left(tmp_path: Path) -> None:
    """New connections get the new one; before that nothing changes."""
    now = [NOW_MS]
    authority = open_authority(tmp_path / "authority.sealed", SEALER, now_ms=lambda: now[0])
    before = authority.context
    now[0] += 240 * DAY_MS
    assert not authority.renew_if_due()
    assert authority.context is before
    now[0] += 5 * DAY_MS
    assert authority.renew_if_due()
    assert authority.context is not before
    assert authority._server.expires_at_ms == now[0] + 365 * DAY_MS
    assert not authority.renew_if_due()


def test_a_request_that_is_none_is_refused(tmp_path: Path) -> None:
    """As it came over the wire."""
    authority = open_authority(tmp_path / "authority.sealed", SEALER)
    with pytest.raises(CertificateRefused):
        authority.issue("PEM", "lobby-1")
