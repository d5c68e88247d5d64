"""Tests of opening what a checkpoint keeps."""

import sys
from functools import partial
from pathlib import Path

import pytest

from client.keeping import key_of, look_into, open_all, open_kept, open_outbox, outbox_path
from client.outbox import OutboxProblem
from client.storage_key import storage_key
from security.keyring_store import KeyringStore
from security.sealing import new_key
from tests.client.test_errands import probe
from tests.security.keyrings import MemoryKeyring
from tests.support import open_to_all


def test_two_checkpoints_with_one_settings_file_are_refused(tmp_path: Path) -> None:
    """The second one is told what to do; with settings of its own it has an outbox of its own."""
    settings = tmp_path / "checkpoint.json"
    first = open_kept(settings)
    with pytest.raises(OutboxProblem, match="Another checkpoint runs with the same settings"):
        open_kept(settings)
    second = open_kept(tmp_path / "other.json")
    second.put(probe(1))
    assert (len(first), len(second)) == (0, 1)
    first.close()
    second.close()
    open_kept(settings).close()


def test_it_can_be_looked_into_while_a_checkpoint_uses_it(tmp_path: Path) -> None:
    """Reading alone: nothing is changed or held."""
    settings = tmp_path / "checkpoint.json"
    with pytest.raises(OutboxProblem, match="No checkpoint has kept events"):
        look_into(settings)
    outbox = open_kept(settings)
    outbox.put(probe(1))
    looking = look_into(settings)
    assert looking.oldest(9) == (probe(1),)
    outbox.put(probe(2))
    assert looking.oldest(9) == (probe(1), probe(2))
    looking.remove(probe(1).event_id)
    assert looking.trouble
    looking.close()
    assert outbox.oldest(9) == (probe(1), probe(2))
    outbox.close()


def test_looking_with_another_key_says_so_and_changes_nothing(tmp_path: Path) -> None:
    """Nor does looking into a damaged one set it aside."""
    settings = tmp_path / "checkpoint.json"
    open_kept(settings).close()
    path = outbox_path(settings)
    settings.with_name("checkpoint-storage.key").write_bytes(new_key())
    with pytest.raises(OutboxProblem, match="another key"):
        look_into(settings)
    path.write_bytes(b"garbage" * 999)
    with pytest.raises(OutboxProblem, match="damaged"):
        look_into(settings)
    assert path.read_bytes() == b"garbage" * 999


def test_a_key_that_cannot_be_had_keeps_the_outbox_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A locked keyring at the next start: said plainly, nothing set aside; later all is there."""
    settings, backend = tmp_path / "checkpoint.json", MemoryKeyring()
    found = partial(storage_key, keyring=lambda: KeyringStore(backend, patience_s=0.1))
    monkeypatch.setattr("client.keeping.storage_key", found)
    kept = open_all(settings)
    assert kept.key_place == "in the system's keyring"
    kept.outbox.put(probe(1))
    kept.outbox.close()
    kept.offline.close()
    backend.refuses = True
    with pytest.raises(OutboxProblem, match="kept in the system's keyring"):
        open_all(settings)
    with pytest.raises(OutboxProblem, match="kept in the system's keyring"):
        look_into(settings)
    assert not list(tmp_path.glob("*unusable*"))
    backend.refuses = False
    outbox = open_kept(settings)
    assert outbox.oldest(9) == (probe(1),)
    assert not outbox.take_notice()
    outbox.close()


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    """For the key and for the file."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OutboxProblem, match="The key of what is kept cannot be used"):
        key_of(tmp_path / "file" / "checkpoint.json")
    with pytest.raises(OutboxProblem, match="Events cannot be kept in"):
        open_outbox(tmp_path / "file" / "outbox.db", new_key())
    (tmp_path / "outbox.db").mkdir()
    with pytest.raises(OutboxProblem, match="Events cannot be kept in"):
        open_outbox(tmp_path / "outbox.db", new_key())


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are of POSIX")
def test_what_is_kept_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Key, events, journals, locks and the folder, whatever the umask."""
    settings = tmp_path / "gate" / "checkpoint.json"
    with open_to_all():
        outbox = open_kept(settings)
        outbox.put(probe(1))
    made = (settings.parent, *settings.parent.iterdir())
    names = {path.name for path in made}
    assert names >= {outbox_path(settings).name, "checkpoint-outbox.db.lock",
                     "checkpoint-outbox.db-wal", "checkpoint-storage.key"}  # fmt: skip
    assert [path.name for path in made if path.stat().st_mode & 0o077] == []
    outbox.close()
