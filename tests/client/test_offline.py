"""Tests of deciding without the server: when it may be, what is said, and how the server hears."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from client.connection import Connection
from client.copy_clock import CopyClock
from client.events import LinkState, LinkStatus, Outcome, VerdictArrived
from client.gallery_copy import GalleryCopy
from client.keeping import open_all
from client.link import Link
from client.offline import OfflineDecisions
from client.outbox import KeptEvent
from protocol.errors import Code
from protocol.liveness import Liveness
from protocol.messages import (
    Error,
    GalleryChanges,
    Heartbeat,
    HeartbeatReply,
    Hello,
    Identify,
    Message,
    Request,
    Verdict,
)
from server.rates import Rates
from tests.client.copies import Office
from tests.client.fake_server import FakeServer
from tests.client.fakes import EILEEN, FINGERPRINT, GRACE, Collector, direction
from tests.client.test_errands import probe
from tests.client.test_link import address, ask
from tests.grids import pairing
from tests.support import wait_until

HOUR = 3600.0


class Bench:
    """A copy with a clock set by hand."""

    def __init__(self, folder: Path, office: Office) -> None:
        self.office = office
        self.now_s = 1_764_000_000.0
        self.copy = GalleryCopy(folder / "gallery.sealed", bytes(32))
        self.clock = CopyClock(
            folder / "gallery.clock",
            bytes(32),
            wall_s=lambda: self.now_s,
            running_s=lambda: self.now_s,
        )
        self.offline = OfflineDecisions(self.copy, self.clock)

    def follow(self) -> None:
        """Takes the newest pages, as the link would."""
        while True:
            page = self.office.page(*self.copy.position(FINGERPRINT))
            assert self.offline.answered(page, FINGERPRINT)
            if not page.more:
                return

    def decide(self, event: KeptEvent) -> tuple[str, str | None] | None:
        """The outcome and the name; None when nothing may be said."""
        alone = self.offline.decide(event, FINGERPRINT)
        return None if alone is None else (alone.outcome.value, alone.display_name)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Grace is enrolled, and copied."""
    made = Bench(tmp_path, Office(GRACE))
    made.follow()
    return made


def seen(who: int, liveness: Liveness | None = None) -> KeptEvent:
    """An event of somebody."""
    return replace(probe(1), encoding=tuple(direction(who)), liveness=liveness)


def test_decides_by_the_copy_with_its_version(bench: Bench) -> None:
    """Whom it knows and whom not; a report is nobody's face."""
    assert bench.decide(seen(GRACE)) == ("identified", "Grace Hopper")
    assert bench.decide(seen(EILEEN)) == ("not_enrolled", None)
    assert bench.decide(replace(seen(GRACE), report="no_face", encoding=())) is None
    alone = bench.offline.decide(seen(GRACE), FINGERPRINT)
    assert alone is not None
    assert (alone.offline.copy_version, alone.offline.subject_id) == (1, f"{GRACE:032x}")
    assert bench.offline.decide(seen(GRACE), "other/model") is None
    assert bench.decide(replace(seen(GRACE), encoding=(0.0,) * 128)) is None


def test_it_ends_after_the_hours_allowed_and_the_copy_is_gone(bench: Bench) -> None:
    """Four hours after the last word of the server."""
    bench.now_s += 3.9 * HOUR
    assert bench.decide(seen(GRACE)) is not None
    bench.now_s += 0.2 * HOUR
    assert bench.decide(seen(GRACE)) is None
    assert (bench.copy.people, bench.offline.left_s) == (0, 0.0)
    bench.follow()
    assert bench.decide(seen(GRACE)) is not None


def test_a_clock_set_back_ends_it_at_once(bench: Bench) -> None:
    """Fail safe: what cannot be known is too long."""
    bench.now_s += HOUR
    assert bench.offline.left_s == pytest.approx(3 * HOUR)
    bench.now_s -= 2 * HOUR
    assert bench.decide(seen(GRACE)) is None


@pytest.mark.parametrize(
    ("liveness", "said"),
    [
        (None, "spoof_suspected"),
        (Liveness(passed=False, live=False, reason="flat"), "spoof_suspected"),
        (Liveness(passed=False, live=True), "identified"),
    ],
)
def test_passive_liveness_is_demanded_here_too(
    bench: Bench, liveness: Liveness | None, said: str
) -> None:
    """What the picture looks like is known without the server."""
    bench.office.settings = replace(bench.office.settings, liveness="passive")
    bench.follow()
    found = bench.decide(seen(GRACE, liveness))
    assert found is not None
    assert found[0] == said


def test_active_liveness_needs_the_server(bench: Bench) -> None:
    """It draws the actions by lot: without it nobody is let in by a face alone."""
    bench.office.settings = replace(bench.office.settings, liveness="active")
    bench.follow()
    passed = Liveness(challenge_id="c" * 32, passed=True, live=True)
    assert bench.decide(seen(GRACE, passed)) is None
    assert bench.offline.left_s == 0.0


def test_the_first_copy_of_a_large_gallery_keeps_the_pace_the_server_allows(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for faster it is refused after a hundred pages, and stands still for a minute each."""
    now_s, asked = 1000.0, list[GalleryChanges]()
    monkeypatch.setattr("client.offline.time", SimpleNamespace(monotonic=lambda: now_s))
    rates = Rates(lambda: 10.0, clock=lambda: now_s)
    session = SimpleNamespace(room=8, next_id=lambda: "r")
    connection = cast(
        "Connection", SimpleNamespace(session=session, offline_hours=4, send=asked.append)
    )
    page = replace(bench.office.page(None, 0), more=True, policy=None)
    while len(asked) < 400:
        now_s += 0.02
        before = len(asked)
        bench.offline.send_due(connection, FINGERPRINT, busy=False)
        if len(asked) > before:
            assert rates.take("gate", GalleryChanges.kind) == 0.0
            assert rates.take("gate", Heartbeat.kind) == 0.0, "there is room for others"
            assert bench.offline.answered(page, FINGERPRINT)
    assert now_s < 1060.0


def test_a_refused_page_is_asked_for_again_when_the_server_says(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never sooner, a little later by chance; slower while it refuses; as told at most."""
    now_s, asked = 1000.0, list[GalleryChanges]()
    monkeypatch.setattr("client.offline.time", SimpleNamespace(monotonic=lambda: now_s))
    session = SimpleNamespace(room=8, next_id=lambda: "r")
    connection = cast(
        "Connection", SimpleNamespace(session=session, offline_hours=4, send=asked.append)
    )
    offline = OfflineDecisions(bench.copy, bench.clock, uniform=lambda low, high: (low + high) / 2)

    def waited(code: Code, told: str | None) -> float:
        """How long it takes after a refusal until it asks again."""
        nonlocal now_s
        now_s += 1000.0
        before = len(asked)
        offline.send_due(connection, FINGERPRINT, busy=False)
        assert len(asked) == before + 1
        details = {} if told is None else {"retry_after_ms": told}
        assert offline.answered(Error.refuse(code, "No.", re="r", details=details), FINGERPRINT)
        return offline._next_s - now_s

    times = [waited(Code.RATE_LIMITED, "400") for _ in range(10)]
    assert times == pytest.approx([0.5, 1, 2, 4, 8, 16, 32, 64, 75, 75])
    assert waited(Code.BUSY, None) == pytest.approx(75)
    assert waited(Code.RATE_LIMITED, "soon") == pytest.approx(75)
    assert waited(Code.RATE_LIMITED, "120000") == pytest.approx(150)
    assert waited(Code.RATE_LIMITED, "86400000") == pytest.approx(750)
    now_s += 1000.0
    offline.send_due(connection, FINGERPRINT, busy=False)
    assert offline.answered(bench.office.page(None, 0), FINGERPRINT)
    assert waited(Code.RATE_LIMITED, "400") == pytest.approx(0.5), "it was let in between"


class CopyingServer(FakeServer):
    """A server that gives copies of its gallery, and finds what it is told to find."""

    def __init__(self, office: Office, port: int = 0) -> None:
        super().__init__(port=port)
        self.office = office
        self.refuse_copies = False
        self.finds: tuple[str, str | None, str | None] = (
            "identified",
            f"{GRACE:032x}",
            "Grace Hopper",
        )
        self.answer = self._answer

    def _answer(self, request: Request) -> Message | None:
        if isinstance(request, GalleryChanges):
            if self.refuse_copies:
                return Error.refuse("busy", "Not now.", re=request.id)
            return replace(self.office.page(request.epoch, request.since), re=request.id)
        if isinstance(request, Hello):
            welcome = self._usual(request)
            return replace(welcome, offline_hours=self.office.settings.offline_hours)  # type: ignore[call-arg]
        if isinstance(request, Heartbeat):
            hours = self.office.settings.offline_hours
            return HeartbeatReply(re=request.id, server_time_ms=1, offline_hours=hours)
        if isinstance(request, Identify):
            outcome, subject_id, name = self.finds
            return Verdict(
                re=request.id,
                event_id=request.event_id,
                outcome=outcome,
                subject_id=subject_id,
                display_name=name,
                server_time_ms=1,
            )
        return None


Start = Callable[[int], Link]


@pytest.fixture
def posted() -> Collector:
    """What the link posts."""
    return Collector()


@pytest.fixture
def start(tmp_path: Path, posted: Collector, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts links that may decide alone, with everything on the disk."""
    monkeypatch.setattr("client.offline.ASK_EVERY_S", 0.1)
    monkeypatch.setattr("client.backoff.SHORTEST_S", 0.05)
    links: list[Link] = []

    def made(port: int) -> Link:
        kept = open_all(tmp_path / "checkpoint.json")
        link = Link(
            address(port),
            posted,
            pairing=pairing("lobby-1"),
            outbox=kept.outbox,
            offline=kept.offline,
            uniform=lambda low, _high: low,
        )
        link.start()
        link.set_encoder(FINGERPRINT)
        links.append(link)
        return link

    yield made
    for link in links:
        link.close()
        wait_until(lambda link=link: not link.alive, timeout_s=3)


def away(link: Link, posted: Collector) -> None:
    """Waits until the checkpoint takes the server for away."""
    posted.wait_for(LinkStatus, lambda status: status.state is LinkState.UNREACHABLE)
    wait_until(lambda: link._backoff.failures > 1)


@pytest.mark.parametrize("agrees", [True, False])
def test_the_story_of_a_server_that_went_away(
    start: Start, posted: Collector, tmp_path: Path, agrees: bool
) -> None:
    """Copied while it was there; decided and said here; sent later with what was said."""
    with CopyingServer(Office(GRACE)) as server:
        link = start(server.port)
        offline = link._offline
        assert offline is not None
        wait_until(lambda: offline.copy.people == 1)
    away(link, posted)
    status = posted.wait_for(LinkStatus, lambda status: status.alone_s > 0)
    assert 3 * HOUR < status.alone_s <= 4 * HOUR
    ask(link, 5)
    told = posted.wait_for(VerdictArrived)
    assert (told.outcome, told.display_name) == (Outcome.IDENTIFIED, "Grace Hopper")
    assert (told.alone, told.late) == (True, False)
    with CopyingServer(Office(GRACE), server.port) as back:
        if not agrees:
            back.finds = ("not_enrolled", None, None)
        wait_until(lambda: back.of(Identify))
        wait_until(lambda: posted.of(LinkStatus)[-1].kept == 0)
    (request,) = back.of(Identify)
    assert isinstance(request, Identify)
    assert request.late
    assert request.offline is not None
    assert (request.offline.outcome, request.offline.subject_id) == (
        "identified",
        f"{GRACE:032x}",
    )
    later = [each for each in posted.of(VerdictArrived) if each.late]
    assert [each.outcome for each in later] == ([] if agrees else [Outcome.NOT_ENROLLED])


def test_a_copy_serves_the_next_start_while_the_server_is_away(
    start: Start, posted: Collector
) -> None:
    """What was copied is on the disk when the program ends."""
    with CopyingServer(Office(GRACE)) as server:
        link = start(server.port)
        wait_until(lambda: link._offline is not None and link._offline.copy.people == 1)
        link.close()
        wait_until(lambda: not link.alive)
    again = start(server.port)
    away(again, posted)
    ask(again, 5)
    told = posted.wait_for(VerdictArrived)
    assert (told.outcome, told.alone) == (Outcome.IDENTIFIED, True)


def test_where_it_is_not_allowed_events_are_kept_as_before(
    start: Start, posted: Collector, tmp_path: Path
) -> None:
    """No copy, no file, `server unreachable`."""
    with CopyingServer(Office(GRACE, hours=0)) as server:
        link = start(server.port)
        posted.wait_for(LinkStatus, lambda status: status.state is LinkState.CONNECTED)
        wait_until(lambda: server.of(Heartbeat))
        assert server.of(GalleryChanges) == []
    away(link, posted)
    ask(link, 5)
    told = posted.wait_for(VerdictArrived)
    assert (told.outcome, told.alone) == (Outcome.SERVER_UNREACHABLE, False)
    assert posted.of(LinkStatus)[-1].alone_s == 0
    assert not list(tmp_path.glob("*-gallery.*"))


def test_switched_off_while_connected_the_copy_goes(
    start: Start, posted: Collector, tmp_path: Path
) -> None:
    """By the next heartbeat, also where no page could be had."""
    with CopyingServer(Office(GRACE)) as server:
        link = start(server.port)
        offline = link._offline
        assert offline is not None
        wait_until(lambda: offline.copy.people == 1)
        server.refuse_copies = True
        server.office.settings = replace(server.office.settings, offline_hours=0)
        wait_until(lambda: offline.copy.people == 0)
        assert not list(tmp_path.glob("*-gallery.*"))


def test_what_was_decided_about_somebody_erased_is_dropped(start: Start, posted: Collector) -> None:
    """Nothing of them leaves the checkpoint any more; other events do."""
    office = Office(GRACE, EILEEN)
    with CopyingServer(office) as server:
        link = start(server.port)
        wait_until(lambda: link._offline is not None and link._offline.copy.people == 2)
    away(link, posted)
    ask(link, 5)
    posted.wait_for(VerdictArrived)
    ended = Office(EILEEN)
    ended.replica.erase(f"{GRACE:032x}")
    with CopyingServer(ended, server.port) as back:
        refused: list[str] = []

        def busy(request: Request) -> Message | None:
            if isinstance(request, Identify):
                refused.append(request.event_id)
                return Error.refuse("busy", "Not now.", re=request.id)
            return back._answer(request)

        back.answer = busy
        wait_until(lambda: posted.of(LinkStatus)[-1].kept == 0)
        posted.wait_for(LinkStatus, lambda status: status.state is LinkState.CONNECTED)
    assert set(refused) <= {probe(5).event_id}
