"""After a renewal erased people are taken out of backups of before, and nothing else is opened."""

from dataclasses import replace
from pathlib import Path

import pytest

from database.verifying import look_at_rows
from server.backup_format import PURPOSE, BackupFile
from server.data_folder import DataFolder
from server.forgetting import NotForgotten, forget
from server.gallery_files import GalleryFiles
from server.history_cipher import HistoryCipher
from server.keys_of_then import OF_BACKUPS, KeysOfThen, keys_of
from server.purposes import Purpose
from server.receipts import Receipt, Receipts
from server.vault import Vault
from tests.server.lived_in import GRACE, Lived, lived_in, renewed
from tests.server.vaults import a_vault


def erased_since(lived: Lived, vault: Vault) -> str:
    """Grace was erased after the renewal; her id."""
    found = GalleryFiles(lived.folder.known_faces, vault).load().people
    (grace,) = (one.subject_id for one in found if one.display_name == GRACE)
    receipt = Receipt(subject_id=grace, begun_at_ms=1, by="os:ann", ended_at_ms=2)
    Receipts(lived.folder.erasures, vault.key(Purpose.RECEIPTS)).write(receipt)
    return grace


def test_a_backup_of_two_renewals_ago_forgets(tmp_path: Path) -> None:
    """It is proven by the key of then again, says so itself, and stays what that key opens."""
    lived = lived_in(tmp_path)
    then = lived.vault
    now = renewed(replace(lived, vault=renewed(lived)))
    grace = erased_since(lived, now)
    done = forget(lived.backup, lived.folder, now, frozenset({grace}))
    assert (done.files, done.rows > 0) == (2, True)
    other = DataFolder(tmp_path / "other")
    with BackupFile(lived.backup) as backup:
        members = backup.verify(then.key(PURPOSE))
        backup.unpack(members, other.root)
    assert not [one.path for one in members if grace in one.path and "erasures" not in one.path]
    assert GRACE.encode() not in b"".join(
        path.read_bytes() for path in other.root.rglob("*") if path.is_file()
    )
    receipts, broken = Receipts(other.erasures, then.key(Purpose.RECEIPTS)).all()
    assert (grace in {one.subject_id for one in receipts}, broken) == (True, ())
    assert look_at_rows(other.database, HistoryCipher(then)).changed_count == 0
    loaded = GalleryFiles(other.known_faces, then).load()
    assert (loaded.alarms, [one.display_name for one in loaded.people]) == ((), [])
    assert not forget(lived.backup, lived.folder, now, frozenset({grace})).changed


def test_no_face_and_no_secret_of_then_is_opened(tmp_path: Path) -> None:
    """What is carried are the keys that a backup is changed with, and no other one."""
    lived = lived_in(tmp_path)
    now = renewed(lived)
    keys = keys_of(now, lived.vault.fingerprint)
    assert isinstance(keys, KeysOfThen)
    assert {one: keys.key(one) for one in OF_BACKUPS} == {
        one: lived.vault.key(one) for one in OF_BACKUPS
    }
    for purpose in set(Purpose) - set(OF_BACKUPS):
        with pytest.raises(KeyError):
            keys.sealer(purpose)
    assert keys_of(now, now.fingerprint) is now
    _nothing_is_kept(lived, now)


def _nothing_is_kept(lived: Lived, now: Vault) -> None:
    """Of another server's key, or one that a version replaced that kept nothing: refused."""
    assert keys_of(now, a_vault().fingerprint) is None
    bare = Vault(
        bytes.fromhex(now.hand_over()),
        replace(now.file, carried=None).carrying(
            bytes.fromhex(now.hand_over()), {Purpose.REPLAYS: now.keys(Purpose.REPLAYS)[:-1]}
        ),
    )
    assert keys_of(bare, lived.vault.fingerprint) is None
    before = lived.backup.read_bytes()
    with pytest.raises(NotForgotten, match="made before the data were sealed anew"):
        forget(lived.backup, lived.folder, bare, frozenset({"a" * 32}))
    assert lived.backup.read_bytes() == before
