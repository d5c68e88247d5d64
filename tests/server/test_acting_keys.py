"""The keys in somebody's hands: an administrator's act is written, nobody else's is done."""

from pathlib import Path

import pytest

from security.recovery import RecoveryKey
from server.acting_keys import ActingKeys
from server.permissions import Actor, NotAllowed, Role
from tests.server.office import administration_in
from tests.server.wire import served


def test_a_recovery_key_is_kept_by_administrators_alone(tmp_path: Path) -> None:
    """Asked of a real grid; the log has who, and nothing of the key."""
    administration, _accounts, audit = administration_in(tmp_path / "office")
    key = RecoveryKey.fresh()
    with served(tmp_path / "data") as running:
        for role in set(Role) - {Role.ADMINISTRATOR}:
            keys = ActingKeys(running.grid, administration, Actor("os:x", role))
            with pytest.raises(NotAllowed):
                keys.keep_recovery(key)
            with pytest.raises(NotAllowed):
                _ = keys.status
        boss = ActingKeys(running.grid, administration, Actor("os:ann", Role.ADMINISTRATOR))
        assert boss.status.recovery_at_ms is None
        boss.keep_recovery(key)
        assert boss.status.recovery_at_ms is not None
    last = audit.verify().entries[-1]
    assert (last.action, last.outcome, dict(last.details)) == (
        "manage keys",
        "allowed",
        {"what": "recovery"},
    )
    assert key.groups[0].encode() not in audit.path.read_bytes()
