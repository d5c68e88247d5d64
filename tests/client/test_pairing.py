"""Pairing at the checkpoint: with a code, by the data folder, with somebody in between."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.dialling import Cancelled, DialFailed
from client.events import LinkState
from client.identity import Identity
from client.pairing import Pairing, PairingFailed, read_offer
from security.certificates import serial_text
from security.pairing_code import PairingCode, read_code
from server.pairing import WRONG_CODES
from tests.client.wiretaps import ManInTheMiddle, Wiretap
from tests.grids import MadeUpGrid
from tests.server.wire import Served, served


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Served]:
    """A server without checkpoints."""
    with served(tmp_path / "data") as made:
        yield made


def open_window(running: Served) -> str:
    """The code that the administrator reads out."""
    return running.grid.pairing.open("Main entrance").code


def fresh(folder: Path, checkpoint_id: str = "lobby-1") -> tuple[Identity, Pairing]:
    """A checkpoint that was never paired; the folder that it looks in has no server."""
    identity = Identity(folder / "identity", checkpoint_id)
    return identity, Pairing(identity, folder / "nothing")


def never() -> bool:
    """Nobody cancels."""
    return False


def test_a_code_pairs_and_the_server_knows_the_checkpoint(running: Served, tmp_path: Path) -> None:
    """The key is the checkpoint's own; the certificate names it."""
    identity, pairing = fresh(tmp_path)
    partner = pairing.with_code(open_window(running), None, "Lobby", cancelled=never)
    assert (partner.host, partner.port) == ("127.0.0.1", running.port)
    assert (partner.server_name, partner.checkpoint_id) == ("FaceNetGrid", "lobby-1")
    known = identity.load()
    assert known is not None
    assert running.grid.devices.allowed(serial_text(known.certificate.serial_number))
    (device,) = running.grid.devices.list()
    assert (device.name, device.local) == ("Main entrance", False)
    assert running.grid.pairing.now is None


def test_n3_a_slip_is_told_before_anything_is_sent(running: Served, tmp_path: Path) -> None:
    """N3: one wrong character; the server hears nothing of it."""
    code = open_window(running)
    wrong = ("2" if code[-1] != "2" else "3").join([code[:-1], ""])
    _, pairing = fresh(tmp_path)
    with Wiretap(running.port) as tap:
        with pytest.raises(PairingFailed, match="Compare the groups"):
            pairing.with_code(wrong, f"127.0.0.1:{tap.port}", "Lobby", cancelled=never)
        assert tap.connections == 0
    window = running.grid.pairing.now
    assert window is not None
    assert window.wrong == 0


def test_n3_a_code_that_was_used_is_refused_at_the_checkpoint(
    running: Served, tmp_path: Path
) -> None:
    """N3: with the server's sentence; what was there before stays."""
    code = open_window(running)
    fresh(tmp_path / "one")[1].with_code(code, None, "Lobby", cancelled=never)
    identity, pairing = fresh(tmp_path / "two")
    with pytest.raises(PairingFailed, match="Ask for a new one"):
        pairing.with_code(code, None, "Lobby", cancelled=never)
    assert identity.load() is None


def test_n3_five_wrong_codes_over_the_wire_close_the_window(
    running: Served, tmp_path: Path
) -> None:
    """N3: the right authority and a wrong secret, as a guesser would."""
    code = read_code(open_window(running))
    guess = PairingCode(code.host, code.port, code.authority, bytes(5))
    _, pairing = fresh(tmp_path)
    for _ in range(WRONG_CODES):
        with pytest.raises(PairingFailed):
            pairing.with_code(str(guess), None, "Lobby", cancelled=never)
    assert running.grid.pairing.now is None
    with pytest.raises(PairingFailed):
        pairing.with_code(str(code), None, "Lobby", cancelled=never)
    assert running.grid.devices.list() == ()


@pytest.mark.parametrize("own_authority", [True, False])
def test_n4_a_man_in_the_middle_gets_no_secret(
    running: Served, tmp_path: Path, own_authority: bool
) -> None:
    """N4: whether he shows his authority or the right one, it stops before the secret."""
    code = open_window(running)
    secret = read_code(code).secret.hex().encode()
    identity, pairing = fresh(tmp_path)
    with ManInTheMiddle(running.port, own_authority=own_authority) as man:
        with pytest.raises(PairingFailed, match="somebody may be in between"):
            pairing.with_code(code, f"127.0.0.1:{man.port}", "Lobby", cancelled=never)
        assert man.connections >= 1
        assert b"pair_ca" in man.recorded  # he did read what was said to him
        assert secret not in man.recorded
        assert b"REQUEST" not in man.recorded
    assert identity.load() is None
    assert running.grid.devices.list() == ()
    pairing.with_code(code, None, "Lobby", cancelled=never)  # the code is still good


def test_a_server_that_is_none_is_said(tmp_path: Path) -> None:
    """Nobody there, or somebody who speaks something else."""
    code = str(PairingCode("127.0.0.1", 9, bytes(10), bytes(5)))
    _, pairing = fresh(tmp_path)
    with pytest.raises(PairingFailed, match="No server answers"):
        pairing.with_code(code, None, "Lobby", cancelled=never)
    with pytest.raises(PairingFailed, match="not a server address"):
        pairing.with_code(code, "a b", "Lobby", cancelled=never)
    with pytest.raises(Cancelled):
        pairing.with_code(code, "192.0.2.1:9", "Lobby", cancelled=lambda: True)
    with pytest.raises(PairingFailed, match="no folder"):
        Pairing(None).with_code(code, None, "Lobby", cancelled=never)


def test_a_checkpoint_of_the_servers_computer_pairs_itself(running: Served, tmp_path: Path) -> None:
    """Nobody is asked; once."""
    identity = Identity(tmp_path / "identity", "lobby-1")
    pairing = Pairing(identity, running.folder.root)
    known = pairing.identity_for("127.0.0.1", running.port, "Lobby", cancelled=never)
    assert known.checkpoint_id == "lobby-1"
    again = pairing.identity_for("localhost", running.port, "Lobby", cancelled=never)
    assert again.certificate == known.certificate
    assert len(running.grid.devices.list()) == 1


def test_it_pairs_itself_with_the_server_of_its_settings_only(
    running: Served, tmp_path: Path
) -> None:
    """Another port or another computer: the file in the folder is not about it."""
    pairing = Pairing(Identity(tmp_path / "identity", "lobby-1"), running.folder.root)
    for host, port in (("127.0.0.1", running.port + 1), ("192.0.2.1", running.port)):
        with pytest.raises(DialFailed, match="Ask for a code") as caught:
            pairing.identity_for(host, port, "Lobby", cancelled=never)
        assert caught.value.state is LinkState.NOT_PAIRED


def test_another_grid_is_never_taken_silently(
    running: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only where whoever started the checkpoint named the folder; else what is known stays."""
    identity = MadeUpGrid().identity(tmp_path / "identity", "lobby-1")
    before = identity.load()
    assert before is not None
    monkeypatch.setattr("client.pairing.PROJECT", running.folder.root)
    found = Pairing(identity)
    found.refused()
    known = found.identity_for("127.0.0.1", running.port, "Lobby", cancelled=never)
    assert known.certificate == before.certificate
    named = Pairing(identity, running.folder.root)
    known = named.identity_for("127.0.0.1", running.port, "Lobby", cancelled=never)
    assert known.server_name == running.grid._opened.doorway.authority.server_name


def test_one_the_server_forgot_pairs_itself_again_here(running: Served, tmp_path: Path) -> None:
    """The same grid, restored from an older copy; not while nobody doubts the certificate."""
    identity = Identity(tmp_path / "identity", "lobby-1")
    pairing = Pairing(identity, running.folder.root)
    first = pairing.identity_for("127.0.0.1", running.port, "Lobby", cancelled=never)
    pairing.refused()
    second = pairing.identity_for("127.0.0.1", running.port, "Lobby", cancelled=never)
    assert second.certificate != first.certificate
    assert second.authority == first.authority


def test_n6_one_that_was_shut_out_does_not_pair_itself_again(
    running: Served, tmp_path: Path
) -> None:
    """N6: with its folder thrown away it is refused all the same."""
    first = Pairing(Identity(tmp_path / "one", "lobby-1"), running.folder.root)
    first.identity_for("127.0.0.1", running.port, "Lobby", cancelled=never)
    running.grid.devices.revoke("lobby-1")
    second = Pairing(Identity(tmp_path / "two", "lobby-1"), running.folder.root)
    with pytest.raises(DialFailed, match="shut out"):
        second.identity_for("127.0.0.1", running.port, "Lobby", cancelled=never)


def test_an_offer_that_others_could_have_written_is_not_trusted(
    running: Served, tmp_path: Path
) -> None:
    """Readable by others, damaged, or not there."""
    data = running.folder.root
    path = data / "local-pairing.json"
    assert read_offer(data) is not None
    path.chmod(0o644)
    assert read_offer(data) is None
    path.chmod(0o600)
    content = json.loads(path.read_text())
    for broken in ({}, [], {**content, "port": "x"}, {**content, "authority": "PEM"}):
        path.write_text(json.dumps(broken))
        assert read_offer(data) is None
    path.write_text(json.dumps(content))
    assert read_offer(data) is not None
    if os.getuid() == 0:
        os.chown(path, 12345, -1)
        assert read_offer(data) is None
    assert read_offer(tmp_path) is None


def test_a_damaged_identity_is_said_or_mended_here(running: Served, tmp_path: Path) -> None:
    """With a folder that was named it pairs itself again; else the sentence says what to do."""
    identity = Identity(tmp_path / "identity", "lobby-1")
    pairing = Pairing(identity, running.folder.root)
    pairing.identity_for("127.0.0.1", running.port, "Lobby", cancelled=never)
    (tmp_path / "identity" / "lobby-1" / "device.key").write_bytes(b"x")
    with pytest.raises(DialFailed, match="Pair it again"):
        Pairing(identity).identity_for("127.0.0.1", 1, "Lobby", cancelled=never)
    known = pairing.identity_for("127.0.0.1", running.port, "Lobby", cancelled=never)
    assert known.checkpoint_id == "lobby-1"
