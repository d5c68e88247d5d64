"""Tests of `python -m client key`."""

import io
from pathlib import Path

import pytest

from client.__main__ import main
from client.keeping import open_kept
from client.key_command import run
from security.keyring_store import KeyringStore
from tests.client.test_errands import probe
from tests.security.keyrings import MemoryKeyring


def test_it_says_where_the_key_is_and_moves_it_while_a_checkpoint_runs(tmp_path: Path) -> None:
    """What waits is opened by the same key afterwards."""
    settings, backend = tmp_path / "checkpoint.json", MemoryKeyring()
    store = KeyringStore(backend)
    outbox = open_kept(settings)
    outbox.put(probe(1))
    out, err = io.StringIO(), io.StringIO()
    assert run(settings, None, out, err, keyring=lambda: store) == 0
    assert run(settings, "keyring", out, err, keyring=lambda: store) == 0
    outbox.put(probe(2))
    outbox.close()
    assert run(settings, "file", out, err, keyring=lambda: store) == 0
    assert out.getvalue().splitlines() == [
        "The key of the events that wait here is in a file for its owner alone.",
        "The key of the events that wait here is in the system's keyring.",
        "The key of the events that wait here is in a file for its owner alone.",
    ]
    again = open_kept(settings)
    assert again.oldest(9) == (probe(1), probe(2))
    again.close()


def test_problems_are_sentences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing kept yet; no keyring; a folder in the key's place."""
    settings = tmp_path / "checkpoint.json"
    words = ["key", "--settings", str(settings)]
    assert main(words) == 1
    assert f"has kept anything beside {settings} yet" in capsys.readouterr().err
    open_kept(settings).close()
    assert main([*words, "--to", "keyring"]) == 1
    assert "no keyring of the system to use: FACENETGRID_KEYRING=off" in capsys.readouterr().err
    path = settings.with_name("checkpoint-storage.key")
    path.unlink()
    path.mkdir()
    assert main(words) == 1
    assert "The key cannot be used" in capsys.readouterr().err
