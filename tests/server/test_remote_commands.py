"""Requests of the command line: done as the person who asks, written down, refused in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from protocol.sign_in import WhoEnrols
from server.accounts_file import AccountsProblem
from server.audit import AuditProblem
from server.devices import Device
from server.events import PairingWindow
from server.held_up import HeldUp
from server.permissions import Action
from server.remote_commands import RemoteCommands
from server.request_folder import NoAnswer, ask


@dataclass
class FakeDoors:
    """Pairing and devices that remember what was asked."""

    known: dict[str, Device] = field(default_factory=dict)
    opened: list[tuple[str, WhoEnrols, str]] = field(default_factory=list)

    @property
    def devices(self) -> Any:
        """Itself."""
        return self

    @property
    def pairing(self) -> Any:
        """Itself."""
        return self

    def list(self) -> tuple[Device, ...]:
        """Everybody."""
        return tuple(self.known.values())

    def find(self, checkpoint_id: str) -> Device | None:
        """One of them."""
        return self.known.get(checkpoint_id)

    def open(self, name_hint: str, *, who_enrols: WhoEnrols | None, address: str) -> PairingWindow:
        """A window, unless the address is a name."""
        if address == "lobby":
            raise ValueError("A pairing code needs an IP address.")
        self.opened.append((name_hint, who_enrols, address))
        return PairingWindow("ABCDE-FGHIJ", address, 1_000)


@dataclass
class FakeActor:
    """Does everything, and remembers what it was."""

    acts: list[tuple[Action, str]] = field(default_factory=list)
    held: dict[str, HeldUp] = field(default_factory=dict)
    sign_ins: dict[str, int] = field(default_factory=dict)
    unwritten: str = ""

    @property
    def devices(self) -> Any:
        """Itself."""
        return self

    def confirm_clock(self) -> None:
        """Noted."""
        self.acts.append((Action.CONFIRM_CLOCK, ""))

    def revoke(self, checkpoint_id: str) -> str:
        """Noted; perhaps not on a disk."""
        self.acts.append((Action.REVOKE_CHECKPOINT, checkpoint_id))
        return self.unwritten

    def held_up(self, checkpoint_id: str) -> HeldUp:
        """What is."""
        return self.held.get(checkpoint_id, HeldUp())

    def let_enrol(self, checkpoint_id: str, who: WhoEnrols) -> None:
        """Noted."""
        self.acts.append((Action.ADD_CHECKPOINT, f"{checkpoint_id} {who}"))

    def rename(self, checkpoint_id: str, name: str) -> None:
        """Noted."""
        self.acts.append((Action.RENAME_CHECKPOINT, f"{checkpoint_id} {name}"))

    def enrollers(self) -> int:
        """One account."""
        return 1

    def let_try_again(self, checkpoint_id: str) -> HeldUp:
        """Opens it."""
        self.acts.append((Action.LET_TRY_AGAIN, checkpoint_id))
        return self.held.pop(checkpoint_id, HeldUp())

    def sign_ins_wait(self) -> Mapping[str, int]:
        """Where somebody does."""
        return self.sign_ins

    def let_sign_in_again(self, checkpoint_id: str) -> int:
        """Ends it."""
        self.acts.append((Action.LET_SIGN_IN_AGAIN, checkpoint_id))
        return self.sign_ins.pop(checkpoint_id, 0)

    def act(
        self,
        action: Action,
        work: Callable[[], Any],
        *,
        target: str = "",
        details: Mapping[str, str | int | bool] | None = None,
    ) -> Any:
        """Notes, then does."""
        self.acts.append((action, target))
        return work()


@pytest.fixture
def doors() -> FakeDoors:
    """With one checkpoint."""
    return FakeDoors({"lobby-1": Device("lobby-1", "Lobby gate", 1, 2)})


def test_the_checkpoints_are_listed(tmp_path: Path, doors: FakeDoors) -> None:
    """With everything that the table of devices knows."""
    found = RemoteCommands(tmp_path, doors, FakeActor()).answer("checkpoints", {})
    assert [one["checkpoint_id"] for one in found["checkpoints"]] == ["lobby-1"]
    assert found["checkpoints"][0]["revoked_at_ms"] is None


def test_one_is_added_as_the_person_who_asks(tmp_path: Path, doors: FakeDoors) -> None:
    """The act goes through the table and into the audit log; who may enrol may stay as it was."""
    actor = FakeActor()
    commands = RemoteCommands(tmp_path, doors, actor)
    words = {"name": "Gate", "address": "10.0.0.1:5050", "who_enrols": "anybody"}
    found = commands.answer("add checkpoint", words)
    assert found["code"] == "ABCDE-FGHIJ"
    assert (found["who_enrols"], found["enrollers"]) == ("anybody", 1)
    commands.answer("add checkpoint", {"who_enrols": "nobody"})
    commands.answer("add checkpoint", {"who_enrols": None})
    assert doors.opened == [
        ("Gate", WhoEnrols.ANYBODY, "10.0.0.1:5050"),
        ("", WhoEnrols.NOBODY, ""),
        ("", None, ""),
    ]
    assert actor.acts == [(Action.ADD_CHECKPOINT, "")] * 3
    with pytest.raises(ValueError, match="IP address"):
        commands.answer("add checkpoint", {"address": "lobby", "who_enrols": "anybody"})
    with pytest.raises(ValueError, match="one of"):
        commands.answer("add checkpoint", {"who_enrols": "everybody"})


def test_one_is_given_a_name(tmp_path: Path, doors: FakeDoors) -> None:
    """As the person who asks; only one that there is."""
    actor = FakeActor()
    commands = RemoteCommands(tmp_path, doors, actor)
    commands.answer("rename checkpoint", {"checkpoint_id": "lobby-1", "name": "Gate"})
    assert actor.acts == [(Action.RENAME_CHECKPOINT, "lobby-1 Gate")]
    with pytest.raises(ValueError, match="paired as 'nobody'"):
        commands.answer("rename checkpoint", {"checkpoint_id": "nobody", "name": "Gate"})


def test_one_is_shut_out(tmp_path: Path, doors: FakeDoors) -> None:
    """Only one that there is; the others are named."""
    actor = FakeActor()
    commands = RemoteCommands(tmp_path, doors, actor)
    words = {"checkpoint_id": "lobby-1"}
    assert commands.answer("revoke checkpoint", words) == {"revoked": "lobby-1", "unwritten": ""}
    actor.unwritten = "No room."
    assert commands.answer("revoke checkpoint", words)["unwritten"] == "No room."
    assert actor.acts == [(Action.REVOKE_CHECKPOINT, "lobby-1")] * 2
    with pytest.raises(ValueError, match=r"paired as 'nobody'\. There are: lobby-1"):
        commands.answer("revoke checkpoint", {"checkpoint_id": "nobody"})
    with pytest.raises(ValueError, match="another version"):
        commands.answer("format the disk", {})


def test_the_clock_is_confirmed(tmp_path: Path, doors: FakeDoors) -> None:
    """As the person who asks."""
    actor = FakeActor()
    assert RemoteCommands(tmp_path, doors, actor).answer("confirm clock", {}) == {}
    assert actor.acts == [(Action.CONFIRM_CLOCK, "")]


def test_what_is_held_up_is_listed_and_opened(tmp_path: Path, doors: FakeDoors) -> None:
    """As the person who asks; only at a checkpoint that there is."""
    actor = FakeActor(held={"lobby-1": HeldUp(2, 1200.0, 0)})
    commands = RemoteCommands(tmp_path, doors, actor)
    (listed,) = commands.answer("checkpoints", {})["checkpoints"]
    assert listed["held_up"] == {"places": 2, "wait_s": 1200.0, "opened": 0}
    assert commands.answer("let try again", {"checkpoint_id": "lobby-1"})["places"] == 2
    assert commands.answer("let try again", {"checkpoint_id": "lobby-1"})["places"] == 0
    assert actor.acts == [(Action.LET_TRY_AGAIN, "lobby-1")] * 2
    with pytest.raises(ValueError, match="No checkpoint is paired"):
        commands.answer("let try again", {"checkpoint_id": "lobby"})


def test_sign_ins_that_wait_are_listed_and_let_go_on(tmp_path: Path, doors: FakeDoors) -> None:
    """As the person who asks; only at a checkpoint that there is."""
    actor = FakeActor(sign_ins={"lobby-1": 1_800_000_000_000})
    commands = RemoteCommands(tmp_path, doors, actor)
    (listed,) = commands.answer("checkpoints", {})["checkpoints"]
    assert listed["sign_ins_until_ms"] == 1_800_000_000_000
    words = {"checkpoint_id": "lobby-1"}
    assert commands.answer("let sign in again", words) == {"until_ms": 1_800_000_000_000}
    assert commands.answer("let sign in again", words) == {"until_ms": 0}
    assert actor.acts == [(Action.LET_SIGN_IN_AGAIN, "lobby-1")] * 2
    with pytest.raises(ValueError, match="paired as"):
        commands.answer("let sign in again", {"checkpoint_id": "lobby"})


def test_who_enrols_is_said_of_one_that_there_is(tmp_path: Path, doors: FakeDoors) -> None:
    """As the person who asks; the answer says how many accounts could sign in there."""
    actor = FakeActor()
    commands = RemoteCommands(tmp_path, doors, actor)
    words = {"checkpoint_id": "lobby-1", "who": "signed-in"}
    assert commands.answer("who enrols", words) == {"who_enrols": "signed_in", "enrollers": 1}
    assert actor.acts == [(Action.ADD_CHECKPOINT, "lobby-1 signed_in")]
    with pytest.raises(ValueError, match="one of: signed-in, anybody, nobody"):
        commands.answer("who enrols", {**words, "who": "everybody"})
    with pytest.raises(ValueError, match="No checkpoint is paired"):
        commands.answer("who enrols", {**words, "checkpoint_id": "gate-9"})


@pytest.mark.parametrize("problem", [AccountsProblem("No accounts."), AuditProblem("No room.")])
def test_what_cannot_be_done_is_answered(
    tmp_path: Path, doors: FakeDoors, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    """Whoever asked reads why, and does not wait for an answer that never comes."""

    def fail(*_words: object) -> int:
        raise problem

    monkeypatch.setattr(FakeActor, "let_sign_in_again", fail)
    commands = RemoteCommands(tmp_path, doors, FakeActor())
    with pytest.raises(ValueError, match=str(problem)):
        commands.answer("let sign in again", {"checkpoint_id": "lobby-1"})


def test_requests_come_by_the_folder_and_none_is_left(tmp_path: Path, doors: FakeDoors) -> None:
    """One that was withdrawn is not done; at the end the folder is empty."""
    folder = tmp_path / "requests"
    actor = FakeActor()
    commands = RemoteCommands(folder, doors, actor)
    with pytest.raises(NoAnswer):
        ask(folder, "revoke checkpoint", {"checkpoint_id": "lobby-1"}, timeout_s=0.1)
    commands.look()
    assert actor.acts == []
    (folder / ("a" * 32 + ".request")).write_text('{"action": "checkpoints"}')
    commands.look()
    assert [path.suffix for path in folder.iterdir()] == [".answer"]
    commands.end()
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_read_stops_nothing(
    tmp_path: Path, doors: FakeDoors, caplog: pytest.LogCaptureFixture
) -> None:
    """The grid's thread goes on; the log says it once."""
    (tmp_path / "requests").write_text("a file in its place")
    commands = RemoteCommands(tmp_path / "requests", doors, FakeActor())
    commands.look()
    commands.look()
    assert [record.message for record in caplog.records].count("requests_unreadable") == 1
