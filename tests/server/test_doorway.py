"""The doorway: opened with the data, offered to this computer while the server listens."""

import json
from pathlib import Path

import pytest

from protocol.messages import Pair, Welcome
from server.data_folder import DataFolder
from server.doorway import DoorwayProblem, open_doorway
from server.events import GridState
from server.refusals import Refused
from server.vault import open_vault
from tests.grids import paired_here
from tests.server.wire import Peer, Served, served


def test_the_offer_is_there_while_the_server_listens(tmp_path: Path) -> None:
    """For the folder's owner alone; gone when it is stopped; a new secret at the next start."""
    offer = tmp_path / "local-pairing.json"
    secrets = set()
    running = Served(tmp_path)
    for _ in range(2):
        running.start()
        assert offer.stat().st_mode & 0o777 == 0o600
        found = json.loads(offer.read_text())
        assert (found["host"], found["port"]) == ("127.0.0.1", running.port)
        assert found["authority"] == running.grid._opened.doorway.authority.pem
        secrets.add(found["secret"])
        running.grid.stop().result(timeout=10)
        assert not offer.exists()
    running.close()
    again = Served(tmp_path).start()
    secrets.add(json.loads(offer.read_text())["secret"])
    again.close()
    assert len(secrets) == 2


def test_a_checkpoint_of_this_computer_pairs_itself(tmp_path: Path) -> None:
    """By the file alone; then it is welcome, and listed as local."""
    with served(tmp_path) as running:
        access = paired_here(tmp_path, f"127.0.0.1:{running.port}", "gate-1")
        with Peer(running.port, access) as peer:
            assert isinstance(peer.hello(), Welcome)
        (device,) = running.grid.devices.list()
        assert (device.checkpoint_id, device.name, device.local) == ("gate-1", "Gate gate-1", True)


def test_n3_what_happens_in_pairing_stands_in_the_audit_log(tmp_path: Path) -> None:
    """N3: who came in, how, and who was refused; no names, no codes."""
    with served(tmp_path) as running:
        code = running.grid.pairing.open("Main entrance").code
        running.grid.pairing.close()
        guess = Pair(
            id="p",
            secret="00" * 5,
            checkpoint_id="lobby-1",
            checkpoint_name="Lobby",
            request="PEM",
        )
        with pytest.raises(Refused):
            running.grid.pairing.pair(guess, address="192.0.2.7")
        books = running.grid.books
        assert books is not None
        entries = books.audit.verify().entries
    told = [(entry.action, entry.outcome, entry.target) for entry in entries]
    assert ("pairing opened", "done", "") in told
    assert ("pairing closed", "done", "") in told
    assert ("pairing refused", "refused", "lobby-1") in told
    assert "Main entrance" not in str(entries)
    assert code not in str(entries)


@pytest.mark.parametrize("name", ["authority", "devices"])
def test_a_damaged_file_keeps_the_server_from_starting(tmp_path: Path, name: str) -> None:
    """It says which, and writes nothing over."""
    with served(tmp_path) as running:
        running.access("gate-1")
    path = getattr(DataFolder(tmp_path), name)
    path.write_bytes(b"damaged")
    broken = Served(tmp_path)
    status = broken.grid.start().result(timeout=10)
    assert status.state is GridState.KEY_UNUSABLE
    assert str(path) in status.sentence
    broken.close()
    assert path.read_bytes() == b"damaged"


def test_the_problem_is_a_sentence(tmp_path: Path) -> None:
    """Whatever is wrong with it."""
    folder = DataFolder(tmp_path)
    vault = open_vault(folder)
    folder.authority.write_bytes(b"x")
    with pytest.raises(DoorwayProblem, match=r"authority\.sealed .*\.$"):
        open_doorway(
            folder,
            vault,
            server_name=lambda: "x",
            where=lambda: ("127.0.0.1", 1),
            post=lambda _event: None,
            cut_off=lambda _id: None,
        )
