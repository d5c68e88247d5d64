"""The vault's key seals the history's names."""

from pathlib import Path

import pytest

from database.cipher import PROOF_BYTES
from database.errors import SealWrong
from server.data_folder import DataFolder
from server.history_cipher import HistoryCipher
from server.vault import open_vault


def test_what_one_vault_sealed_no_other_opens(tmp_path: Path) -> None:
    """Nor does the right one open it as something else; the error is the database's own."""
    folder = DataFolder(tmp_path / "one")
    cipher = HistoryCipher(open_vault(folder))
    sealed = cipher.seal(b"Grace Hopper", b"a")
    assert b"Grace" not in sealed
    assert HistoryCipher(open_vault(folder)).unseal(sealed, b"a") == b"Grace Hopper"
    for other, about in (
        (cipher, b"b"),
        (HistoryCipher(open_vault(DataFolder(tmp_path / "two"))), b"a"),
    ):
        with pytest.raises(SealWrong):
            other.unseal(sealed, about)


def test_a_proof_is_made_by_the_key_of_one_vault(tmp_path: Path) -> None:
    """The same at every start, another one of other bytes and of another vault."""
    one = open_vault(DataFolder(tmp_path / "one"))
    two = open_vault(DataFolder(tmp_path / "two"))
    proof = HistoryCipher(one).prove(b"row")
    assert len(proof) == PROOF_BYTES
    assert HistoryCipher(one).prove(b"row") == proof
    assert len({proof, HistoryCipher(one).prove(b"Row"), HistoryCipher(two).prove(b"row")}) == 3
