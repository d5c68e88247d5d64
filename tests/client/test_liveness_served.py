"""A checkpoint that demands liveness, from face to history, over a real socket to a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from biometrics.challenge import Action, Challenge
from client.checkpoint import Checkpoint, Parts, wait_closed
from client.events import LinkState, LinkStatus, Outcome, StateChanged, VerdictArrived
from client.identity import Identity
from client.liveness_events import ChallengeAsked
from client.liveness_wording import REASONS
from client.settings import ClientSettings
from client.states import CheckpointState
from server import grid as grid_module
from server.encoders import InstalledEncoder
from server.liveness import LivenessRule
from server.settings import ServerSettings
from tests.client.fakes import FINGERPRINT, GRACE, Collector, FakeSource, direction
from tests.client.living import Judge, LivingEyes, Sitter
from tests.server.wire import Served, enrol, served
from tests.support import wait_until

LIMIT_S = 4.0


class Door:
    """A checkpoint with somebody before it."""

    def __init__(self, running: Served, *, live: bool = True) -> None:
        self.sitter = Sitter()
        self.source = FakeSource(GRACE)
        self.posted = Collector()
        self.checkpoint = Checkpoint(
            ClientSettings(server_port=running.port, automatic=False),
            self._post,
            parts=Parts(
                open_source=self.source.open,
                open_eyes=lambda: LivingEyes(self.sitter),
                open_judge=lambda _path: Judge(live=live),
                identity=Identity(running.folder.root / "door", "checkpoint-01"),
                server_data=running.folder.root,
            ),
        )
        self.checkpoint.start()

    def _post(self, event: object) -> None:
        self.posted(event)  # type: ignore[arg-type]
        self.sitter.hear(event)  # type: ignore[arg-type]

    def connected(self, liveness: str) -> None:
        """Waits until the server is there and demands this."""
        wait_until(
            lambda: (
                (links := self.posted.of(LinkStatus))
                and links[-1].state is LinkState.CONNECTED
                and links[-1].liveness == liveness
            ),
            what=f"a server that demands {liveness}",
        )

    def space(self) -> int:
        """Asks, and gives how many verdicts there were before."""
        before = len(self.posted.of(VerdictArrived))
        self.checkpoint.identify_now()
        return before

    def verdict(self, before: int) -> VerdictArrived:
        """The next verdict."""
        wait_until(
            lambda: len(self.posted.of(VerdictArrived)) > before, timeout_s=12, what="a verdict"
        )
        return self.posted.of(VerdictArrived)[-1]


def _model(_network: str) -> InstalledEncoder:
    """The face model of the fake eyes."""
    return InstalledEncoder(FINGERPRINT)


@pytest.fixture(autouse=True)
def short_challenges(monkeypatch: pytest.MonkeyPatch) -> None:
    """One turn, in four seconds."""
    monkeypatch.setattr(
        grid_module,
        "LivenessRule",
        lambda mode: LivenessRule(mode, draw=lambda: Challenge((Action.TURN_LEFT,), LIMIT_S)),
    )


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Served]:
    """A server that demands nothing yet and knows Grace."""
    settings = ServerSettings(port=0, heartbeat_s=0.3)
    made = Served(tmp_path, settings=settings, encoder=_model).start()
    with made.peer("desk") as desk:
        desk.hello(encoder=FINGERPRINT)
        assert desk.ask(enrol("Grace Hopper", direction(GRACE))).kind == "enrolled"
    yield made
    if made.grid.alive:
        made.close()


def demand(running: Served, mode: str) -> None:
    """The administrator changes the setting."""
    from dataclasses import replace

    settings = replace(running.grid.settings, liveness=mode)  # type: ignore[arg-type]
    running.grid.change_settings(settings).result(timeout=5)


def test_a_person_is_asked_and_named_and_a_picture_is_not(running: Served) -> None:
    """Told by a heartbeat; then a still picture, then a living person, then Space."""
    door = Door(running)
    try:
        door.connected("off")
        assert door.verdict(door.space()).outcome is Outcome.IDENTIFIED
        demand(running, "active")
        door.connected("active")
        door.sitter.obeys = False
        still = door.verdict(door.space())
        assert still.outcome is Outcome.SPOOF_SUSPECTED
        assert still.display_name is None
        assert still.reason in REASONS.values()
        door.sitter.obeys = True
        alive = door.verdict(door.space())
        assert (alive.outcome, alive.display_name) == (Outcome.IDENTIFIED, "Grace Hopper")
        assert alive.latency_ms < LIMIT_S * 500, "the person's own time counted as the server's"
    finally:
        door.checkpoint.close()
        assert wait_closed(door.checkpoint)
    rows = {row.event_id: row for row in running.grid.history.query().rows}
    assert rows[still.event_id].outcome == "spoof_suspected"
    assert still.reason in rows[still.event_id].reason
    assert rows[still.event_id].nearest_name == "Grace Hopper"
    assert rows[alive.event_id].frames > 2, "the looks of the challenge are not in the probe"
    states = [change.state for change in door.posted.of(StateChanged)]
    place = states.index(CheckpointState.CHALLENGING)
    assert states[place + 1 : place + 3] == [
        CheckpointState.AWAITING_VERDICT,
        CheckpointState.SHOWING_VERDICT,
    ]


def test_a_server_killed_in_between_is_unreachable_or_fails_closed(
    running: Served, tmp_path: Path
) -> None:
    """Gone for good: kept, told. Restarted: its challenge is unknown, and a new try is named."""
    demand(running, "active")
    door = Door(running)
    try:
        door.connected("active")
        before = door.space()
        door.posted.wait_for(ChallengeAsked)
        port = running.port
        settings = ServerSettings(port=port, heartbeat_s=0.3, liveness="active")
        running.close()
        with served(tmp_path, settings=settings, encoder=_model) as again:
            first = door.verdict(before)
            assert first.outcome in (Outcome.SPOOF_SUSPECTED, Outcome.SERVER_UNREACHABLE)
            assert first.display_name is None
            door.connected("active")
            wait_until(lambda: door.posted.of(LinkStatus)[-1].kept == 0)
            second = door.verdict(door.space())
            assert second.outcome is Outcome.IDENTIFIED
            (row,) = [r for r in again.grid.history.query().rows if r.event_id == first.event_id]
            assert row.outcome == first.outcome.value
            assert row.subject_id is None
    finally:
        door.checkpoint.close()
        assert wait_closed(door.checkpoint)


def test_passive_alone_refuses_a_screen_at_once(running: Served) -> None:
    """Nobody is asked to do anything."""
    demand(running, "passive")
    door = Door(running, live=False)
    try:
        door.connected("passive")
        verdict = door.verdict(door.space())
        assert verdict.outcome is Outcome.SPOOF_SUSPECTED
        assert not door.posted.of(ChallengeAsked)
    finally:
        door.checkpoint.close()
        assert wait_closed(door.checkpoint)
