"""The file of accounts: sealed, read anew when another wrote it, never written over unread."""

import json
import threading
from pathlib import Path

import pytest

from security.sealing import Sealer
from server.accounts_file import AccountsFile, AccountsUnreadable
from server.permissions import Role
from tests.server.office import GOOD, OTHER, MadeUpVault, accounts_in


def test_the_file_shows_nothing(tmp_path: Path) -> None:
    """Neither names nor hashes are in it, and its owner alone can read it."""
    accounts = accounts_in(tmp_path)
    accounts.add("Grid Master", Role.ADMINISTRATOR, GOOD)
    path = tmp_path / "keys" / "accounts.sealed"
    content = path.read_bytes()
    for word in (b"Grid Master", b"argon2", b"administrator", GOOD.encode()):
        assert word not in content
    assert path.stat().st_mode & 0o077 == 0
    assert "argon2" not in repr(accounts.list())


def test_what_another_process_wrote_is_seen(tmp_path: Path) -> None:
    """`python -m server password` beside a running server."""
    one, other = accounts_in(tmp_path), accounts_in(tmp_path)
    made = one.add("administrator", Role.ADMINISTRATOR, GOOD)
    other.set_password(made.account_id, OTHER)
    other.add("second", Role.VIEWER, GOOD)
    one.sign_in("administrator", OTHER)
    assert [account.name for account in one.list()] == ["administrator", "second"]


def test_a_damaged_file_is_said_and_never_written_over(tmp_path: Path) -> None:
    """Changed, cut, empty, sealed by another key, or with another content."""
    accounts = accounts_in(tmp_path)
    accounts.add("administrator", Role.ADMINISTRATOR, GOOD)
    path = tmp_path / "keys" / "accounts.sealed"
    good = path.read_bytes()
    sealer = MadeUpVault().sealer("accounts")
    about = b"FaceNetGrid accounts 1"
    for bad in (
        good[:-1],
        b"",
        bytes([good[0] ^ 1]) + good[1:],
        Sealer(b"x" * 32).seal(sealer.unseal(good, about), about),
        sealer.seal(b"no json", about),
        sealer.seal(b"[]", about),
        sealer.seal(json.dumps({"accounts": [{}]}).encode(), about),
    ):
        path.write_bytes(bad)
        damaged = accounts_in(tmp_path)
        with pytest.raises(AccountsUnreadable, match="cannot be read"):
            damaged.list()
        with pytest.raises(AccountsUnreadable, match="cannot be read"):
            damaged.sign_in("administrator", GOOD)
        assert damaged.waiting_at() == {}
        with pytest.raises(AccountsUnreadable, match="cannot be read"):
            damaged.add("other", Role.ADMINISTRATOR, GOOD)
        assert path.read_bytes() == bad
    path.write_bytes(good)
    accounts_in(tmp_path).sign_in("administrator", GOOD)


def test_a_glance_waits_for_nobody(tmp_path: Path) -> None:
    """A window looks each second, and a password takes a tenth of one: it sees nothing then."""
    path, sealer = tmp_path / "accounts.sealed", MadeUpVault().sealer("accounts")
    file = AccountsFile(path, sealer, lambda: "")
    seen: list[bool] = []

    def look() -> None:
        with file.glance() as content:
            seen.append(content is not None)

    with file.changing():
        for _ in range(2):
            other = threading.Thread(target=look)
            other.start()
            other.join(timeout=10)
    look()
    assert seen == [False, False, True]
