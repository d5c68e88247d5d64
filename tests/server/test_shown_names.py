"""A checkpoint is not shown as another one; honest renames are shown as they are."""

from collections.abc import Mapping
from pathlib import Path

from protocol.messages import Welcome
from server.devices import Device
from server.events import CheckpointStatus, Fault
from server.incidents import Incidents
from server.shown_names import ShownNames
from tests.server.wire import ENCODER, Peer, face, identify, served
from tests.support import wait_until


class Hall:
    """Two paired checkpoints, and what is told."""

    def __init__(self, *, own: str = "Yard", revoked: int | None = None) -> None:
        self.alarms: list[str] = []
        self.records: list[dict[str, str]] = []
        self.paired = [
            Device("lobby-1", "Lobby 1", 1, 2, revoked_at_ms=revoked),
            Device("yard", own, 1, 2),
        ]
        self.seen: list[CheckpointStatus] = []
        incidents = Incidents(self._take, lambda told, _at: self.alarms.append(told))
        self.names = ShownNames(lambda: self.paired, lambda: self.seen, incidents)

    def _take(self, _fact: str, details: Mapping[str, str], *, refused: bool) -> None:
        assert refused
        self.records.append(dict(details))


def test_a_stolen_name_is_shown_with_the_id_of_who_says_it_and_told_once() -> None:
    """Else a hostile door's people would stand in the history as if seen at another place."""
    hall = Hall()
    likely = ("Lobby 1", "LOBBY  1", "lobby-1", "Lobby l", "L\u043ebb\u0443 1", "Lo\u0301bby 1")
    for said in likely:
        assert hall.names.of("yard", said) == f"{said} (yard)"
    assert hall.records == [{"checkpoint": "yard", "name": "Lobby 1", "other": "lobby-1"}]
    assert len(hall.alarms) == 1
    assert "yard" in hall.alarms[0]
    assert "lobby-1" in hall.alarms[0]


def test_an_honest_rename_is_shown_as_it_is() -> None:
    """So is the name of one that was shut out, whose place somebody else has taken."""
    hall = Hall()
    assert hall.names.of("yard", "Back yard") == "Back yard"
    assert hall.names.of("lobby-1", "Lobby 1") == "Lobby 1"
    assert Hall(revoked=3).names.of("yard", "Lobby 1") == "Lobby 1"
    assert hall.alarms == []


def test_a_name_that_another_one_was_given_later_is_its_own() -> None:
    """What people read now counts beside what it was paired under."""
    hall = Hall()
    hall.seen.append(
        CheckpointStatus(
            "lobby-1", "Main door", connected=True, last_seen_ms=1, software="", encoder=""
        )
    )
    assert hall.names.of("yard", "Main door") == "Main door (yard)"
    assert hall.names.of("lobby-1", "Main door") == "Main door"


def test_a_given_name_stays_whatever_the_checkpoint_says() -> None:
    """Also when it says another one's: nobody is suspected for a name that is not shown."""
    hall = Hall()
    hall.paired[1] = Device("yard", "Back yard", 1, 2, named=True)
    assert hall.names.of("yard", "Yard 2") == "Back yard"
    assert hall.names.of("yard", "Lobby 1") == "Back yard"
    hall.paired[1] = Device("yard", "Lobby 1", 1, 2, named=True)
    assert hall.names.of("yard", "Yard") == "Lobby 1 (yard)", "two of one name are told apart"
    assert hall.alarms == []


def test_two_paired_under_one_name_are_told_apart_and_nobody_is_suspected() -> None:
    """The name a checkpoint has at first is the same for all."""
    hall = Hall(own="Lobby 1")
    assert hall.names.of("yard", "Lobby 1") == "Lobby 1 (yard)"
    assert hall.names.of("lobby-1", "Lobby 1") == "Lobby 1 (lobby-1)"
    assert hall.alarms == []


def test_the_id_is_seen_behind_the_longest_name() -> None:
    """A table cuts long names: what is cut off must not be the id."""
    hall = Hall()
    hall.paired[0] = Device("lobby-1", "L" * 100, 1, 2)
    shown = hall.names.of("yard", "L" * 100)
    assert shown.endswith("L (yard)")
    assert len(shown) == 60


def test_through_the_socket_neither_status_nor_history_have_the_stolen_name(tmp_path: Path) -> None:
    """The name said in hello goes to both, and the administrator is told."""
    with served(tmp_path) as running:
        running.access("gate-1")
        with running.peer("gate-2") as thief:
            _says(thief, "GATE GATE-1")
            thief.ask(identify(face(1)))
            wait_until(lambda: bool(running.stored), what="the event")
            assert running.stored[0].record.checkpoint_name == "GATE GATE-1 (gate-2)"
            told = [fault.sentence for fault in running.posted(Fault)]
            assert len(told) == 1
            assert "gate-2 calls itself" in told[0]


def test_through_the_socket_status_and_history_have_the_given_name(tmp_path: Path) -> None:
    """From the first hello on, and the new one from the next."""
    with served(tmp_path) as running:
        running.access("gate-1")
        for number, name in enumerate(("Main entrance", "Gate")):
            running.grid.devices.rename("gate-1", name)
            with running.peer("gate-1") as peer:
                _says(peer, "Checkpoint")
                peer.ask(identify(face(1)))
                wait_until(lambda seen=number: len(running.stored) > seen, what="the event")
                assert running.stored[number].record.checkpoint_name == name


def _says(peer: Peer, name: str) -> None:
    hello = peer.session.hello(
        checkpoint_id=peer.checkpoint_id, checkpoint_name=name, encoder=ENCODER, software="test 1"
    )
    peer.socket.sendall(hello)
    assert isinstance(peer.receive(), Welcome)
