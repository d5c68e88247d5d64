"""The witness: heads only go forward, and one that does not is the proof of it."""

import io
import json
from pathlib import Path

import pytest

from client.witness import Witness, print_newest, witness_path
from security.chain import BEGINNING, Head, Signer, joints_text, read

SERVER, OTHER = Signer(b"s" * 32), Signer(b"o" * 32)


def heads(count: int, *, signer: Signer = SERVER, mark: str = "") -> list[str]:
    """The heads of a chain, from the first on."""
    found, before = [], BEGINNING
    for sequence in range(1, count + 1):
        _, head = signer.line({"mark": mark}, sequence=sequence, before=before)
        before = head.digest
        found.append(head.text())
    return found


def test_the_newest_head_is_kept_and_said_again(tmp_path: Path) -> None:
    """Also after a restart of the checkpoint, however often it comes."""
    path = tmp_path / "witness.json"
    witness = Witness(path)
    assert witness.newest is None
    chain = heads(4)
    assert witness.see(chain[0], SERVER.public_key) == ""
    assert witness.see(chain[2]) == ""
    assert witness.see(chain[2]) == ""
    again = Witness(path)
    assert again.newest == chain[2]
    assert again.see(chain[3], SERVER.public_key) == ""
    assert again.newest == chain[3]
    assert path.stat().st_mode & 0o077 == 0


def test_a_server_without_an_audit_log_says_nothing() -> None:
    """And nothing is made of it."""
    witness = Witness()
    assert witness.see(None, None) == ""
    assert witness.see(heads(1)[0]) == ""
    assert witness.newest is None


@pytest.mark.parametrize("later", [False, True])
def test_a_head_that_goes_back_is_refused_for_good(tmp_path: Path, later: bool) -> None:
    """The old one stays, as the proof; the sentence comes once, the server grows in vain."""
    path = tmp_path / "witness.json"
    witness = Witness(path)
    chain = heads(5)
    witness.see(chain[4], SERVER.public_key)
    if later:
        witness = Witness(path)
    told = witness.see(chain[2], SERVER.public_key)
    assert "went back from record 5 to 3" in told
    assert "administrator" in told
    assert witness.see(chain[2]) == ""
    longer = heads(9, mark="made again")
    assert witness.see(longer[8]) != ""
    assert witness.newest == chain[4]
    assert witness.conflict
    assert Witness(path).newest == chain[4]
    assert Witness(path).conflict


def test_a_fork_is_refused() -> None:
    """The same number, another record."""
    witness = Witness()
    witness.see(heads(3)[2], SERVER.public_key)
    assert "another one than before" in witness.see(heads(3, mark="fork")[2])


@pytest.mark.parametrize("text", ["", "rubbish", "1.aa.bb", "x" * 500])
def test_rubbish_is_refused_and_never_kept(text: str) -> None:
    """As it may come from the network."""
    witness = Witness()
    witness.see(heads(1)[0], SERVER.public_key)
    assert witness.see(text) != ""
    assert witness.newest == heads(1)[0]


def test_a_head_of_another_key_is_refused() -> None:
    """Signed by somebody else than who was said."""
    witness = Witness()
    assert "not signed" in witness.see(heads(2, signer=OTHER)[1], SERVER.public_key)
    assert witness.newest is None


def test_another_server_has_its_own_head(tmp_path: Path) -> None:
    """It is told once that the key is another; the first one's head stays."""
    path = tmp_path / "witness.json"
    witness = Witness(path)
    witness.see(heads(5)[4], SERVER.public_key)
    assert "another key" in witness.see(heads(2, signer=OTHER)[1], OTHER.public_key)
    assert Witness(path).newest == heads(2, signer=OTHER)[1]
    assert witness.see(heads(6)[5], SERVER.public_key) == ""
    assert Witness(path).newest == heads(6)[5]


@pytest.mark.parametrize("content", ["", "[]", '{"key": 1}', '{"key": "", "kept": {"a": {}}}'])
def test_a_damaged_file_is_set_aside(tmp_path: Path, content: str) -> None:
    """And begun anew."""
    path = tmp_path / "witness.json"
    path.write_text(content)
    witness = Witness(path)
    assert witness.newest is None
    assert path.with_name("witness.json.damaged").read_text() == content
    witness.see(heads(1)[0], SERVER.public_key)
    assert json.loads(path.read_text())["key"] == SERVER.public_key


def test_the_newest_head_is_printed_for_the_verifier(tmp_path: Path) -> None:
    """`python -m client witness`."""
    settings, out, err = tmp_path / "checkpoint.json", io.StringIO(), io.StringIO()
    assert print_newest(settings, out, err) == 1
    assert "yet" in err.getvalue()
    Witness(witness_path(settings)).see(heads(3)[2], SERVER.public_key)
    assert print_newest(settings, out, err) == 0
    assert Head.parse(out.getvalue().strip()).sequence == 3


def renewed(signers: tuple[Signer, ...]) -> tuple[list[str], list[str], list[str]]:
    """A chain of two records of each signer: its heads, keys, and the joints as they are then."""
    found: list[str] = []
    keys: list[str] = []
    told: list[str] = []
    lines: list[bytes] = []
    before, last = BEGINNING, None
    for signer in signers:
        for joins in (last, None):
            line, head = signer.line({}, sequence=len(lines) + 1, before=before, joins=joins)
            before = head.digest
            lines.append(line + b"\n")
            found.append(head.text())
            keys.append(signer.public_key)
            told.append(joints_text(read(lines, signer.public_key).joints))
        last = signer
    return found, keys, told


@pytest.mark.parametrize("seen", [0, 1])
def test_a_renewed_key_is_followed_without_a_word(tmp_path: Path, seen: int) -> None:
    """Also two at once, after a restart; a server that is put back to the key before is told."""
    path = tmp_path / "witness.json"
    found, keys, told = renewed((SERVER, OTHER, Signer(b"3" * 32)))
    assert Witness(path).see(found[seen], keys[seen]) == ""
    again = Witness(path)
    assert again.see(found[5], keys[5], told[5]) == ""
    assert Witness(path).newest == found[5]
    back = Witness(path)
    assert "before its key was renewed" in back.see(found[1], keys[1], told[1])
    assert back.conflict


def test_another_key_that_proves_nothing_is_told() -> None:
    """As before there were joints, and whatever stands in their place."""
    found, keys, told = renewed((SERVER, OTHER))
    for joints in (None, "", "x", told[3][:-1] + "g"):
        witness = Witness()
        witness.see(found[1], keys[1])
        assert "with another key" in witness.see(found[3], keys[3], joints)
