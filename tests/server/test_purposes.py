"""The purposes of the vault's keys: all of them are words of one list, and each has its own key."""

import re
from pathlib import Path

import server
from server.purposes import Purpose
from tests.server.vaults import a_vault

_DERIVED = re.compile(r"\bvault\.(?:key|keys|sealer)\(\s*(?P<what>[^)\s]+)")


def test_every_purpose_has_a_key_of_its_own() -> None:
    """No two are the same, nor is one the word of another."""
    keys = {a_vault().key(purpose) for purpose in Purpose}
    assert len(keys) == len(Purpose)


def test_keys_are_asked_for_by_purposes_alone() -> None:
    """A word that stands in the code by itself would be forgotten by a renewal."""
    folder = Path(server.__file__).parent
    asked = [
        (path.name, found["what"])
        for path in sorted(folder.rglob("*.py"))
        for found in _DERIVED.finditer(path.read_text(encoding="utf-8"))
    ]
    assert len(asked) > 20
    assert [one for one in asked if one[1][0] in "\"'bf"] == []
