"""Retention: each kind for its own time, once an hour, at once when the settings change."""

from concurrent.futures import Future

import pytest

from server.retention import EVEN_S, EVERY_MS, NOTED_S, EvenClock, Retention
from server.settings import KEPT_DAYS, ServerSettings
from server.utc import utc_minute

DAY_MS = 86_400_000


class Kind:
    """A kind of data that notes what it was asked."""

    def __init__(self, *, fails: bool = False, later: bool = False) -> None:
        self.asked: list[int] = []
        self._fails, self._later = fails, later

    def forget_before(self, ms: int) -> "int | Future[int]":
        """Notes it."""
        self.asked.append(ms)
        if self._fails:
            raise OSError(13, "Permission denied")
        if self._later:
            done: Future[int] = Future()
            done.set_exception(RuntimeError("closed"))
            return done
        return 1


def test_every_kind_for_its_own_time() -> None:
    """0 is for ever; one that fails keeps no other."""
    now = [100 * DAY_MS]
    settings = [ServerSettings(event_days=10, picture_days=20, refused_photo_days=5)]
    kinds = {
        "event_days": Kind(later=True),
        "picture_days": Kind(fails=True),
        "refused_photo_days": Kind(),
        "receipt_days": Kind(),
    }
    retention = Retention(lambda: settings[0], dict(kinds), lambda: now[0], believed=lambda: True)
    retention.tick()
    retention.tick()
    assert [kind.asked for kind in kinds.values()] == [
        [90 * DAY_MS],
        [80 * DAY_MS],
        [95 * DAY_MS],
        [],
    ]
    now[0] += EVERY_MS
    retention.tick()
    assert len(kinds["refused_photo_days"].asked) == 2
    settings[0] = ServerSettings(event_days=1)
    retention.tick()
    assert kinds["event_days"].asked[-1] == now[0] - DAY_MS
    assert len(kinds["refused_photo_days"].asked) == 2


def test_f11_a_clock_that_jumped_deletes_nothing_before_it_is_believed() -> None:
    """F11: ten years ahead for a moment, then right again; one that stays counts in an hour."""
    now_ms, now_s, kind = [100 * DAY_MS], [0.0], Kind()
    settings = ServerSettings(event_days=10)
    even = EvenClock(lambda: now_ms[0], clock=lambda: now_s[0])
    retention = Retention(
        lambda: settings, {"event_days": kind}, lambda: now_ms[0], believed=even.believed
    )

    def go_on(seconds: float, *, jump_ms: int = 0) -> None:
        now_s[0] += seconds
        now_ms[0] += round(seconds * 1000) + jump_ms
        retention.tick()

    go_on(1.0)
    assert kind.asked == [90 * DAY_MS + 1000]
    go_on(1.0, jump_ms=3650 * DAY_MS)
    go_on(60.0)
    go_on(1.0, jump_ms=-3650 * DAY_MS)
    go_on(EVEN_S - 1)
    assert len(kind.asked) == 1
    go_on(1.0)
    assert kind.asked[1:] == [now_ms[0] - 10 * DAY_MS]
    go_on(1.0, jump_ms=5 * DAY_MS)
    go_on(EVEN_S)
    assert kind.asked[2:] == [now_ms[0] - 10 * DAY_MS]


class Clocks:
    """A server's clock beside the seconds it runs, both moved by hand, and what was noted."""

    def __init__(self, last_ms: int | None, now_ms: int) -> None:
        self.now_ms, self.now_s = now_ms, 50.0
        self.noted: list[int] = []
        self.even = EvenClock(
            lambda: self.now_ms, clock=lambda: self.now_s, last_ms=last_ms, note=self.noted.append
        )

    def go_on(self, seconds: float, *, jump_ms: int = 0) -> bool:
        """Some time passes, and the clock is set; whether it is believed then."""
        self.now_s += seconds
        self.now_ms += round(seconds * 1000) + jump_ms
        return self.even.believed()


@pytest.mark.parametrize("days", [3650, 8, -8, -20000])
def test_f11_a_clock_that_is_wrong_at_the_start_waits_for_somebody(days: int) -> None:
    """F11: years ahead or behind, for as long as it goes on so; nothing of it is noted."""
    last_ms = 20_500 * DAY_MS
    clocks = Clocks(last_ms, last_ms + days * DAY_MS)
    assert not any(clocks.go_on(EVEN_S) for _ in range(300))
    doubt = clocks.even.doubt
    assert doubt is not None
    assert utc_minute(last_ms + days * DAY_MS + 3_600_000) in doubt
    assert f"last believed at {utc_minute(last_ms)}" in doubt
    assert clocks.noted == []
    clocks.even.confirm()
    assert clocks.even.doubt is None
    assert clocks.noted == [clocks.now_ms]
    assert clocks.go_on(1.0)


def test_f11_a_clock_that_is_set_right_needs_nobody() -> None:
    """F11: an hour later it is believed; the time of before was not lost meanwhile."""
    last_ms = 20_500 * DAY_MS
    clocks = Clocks(last_ms, last_ms + 3650 * DAY_MS)
    assert not clocks.go_on(1.0)
    assert not clocks.go_on(1.0, jump_ms=-3649 * DAY_MS)
    assert clocks.even.doubt is None
    assert not clocks.go_on(EVEN_S - 1)
    assert clocks.go_on(1.0)
    assert clocks.noted == [clocks.now_ms]


@pytest.mark.parametrize("last_ms", [None, 20_500 * DAY_MS, 20_493 * DAY_MS, 20_507 * DAY_MS])
def test_a_server_that_starts_again_within_a_week_asks_nobody(last_ms: int | None) -> None:
    """Nor one that starts for the first time; what is believed is noted once an hour."""
    clocks = Clocks(last_ms, 20_500 * DAY_MS)
    assert clocks.even.believed()
    assert all(clocks.go_on(NOTED_S / 4) for _ in range(8))
    assert clocks.noted == [20_500 * DAY_MS + round(hours * NOTED_S * 1000) for hours in range(3)]
    assert clocks.even.doubt is None


def test_f11_a_clock_that_jumps_by_weeks_while_the_server_runs_waits_too() -> None:
    """F11: going on evenly makes a wrong one no better; neither do many jumps of an hour."""
    clocks = Clocks(None, 20_500 * DAY_MS)
    assert clocks.go_on(1.0)
    assert not clocks.go_on(1.0, jump_ms=20 * DAY_MS)
    assert not any(clocks.go_on(EVEN_S) for _ in range(50))
    assert clocks.even.doubt is not None
    clocks.even.confirm()
    believed = [clocks.go_on(1.0, jump_ms=3_500_000) for _ in range(200)]
    assert believed[:100] == [True] * 100
    assert believed[-1] is False


def test_the_settings_have_their_ranges() -> None:
    """For ever is no choice for strangers, who never agreed to anything."""
    for name, least, most in KEPT_DAYS:
        for days in (least, most):
            ServerSettings(**{name: days})
        for days in (least - 1, most + 1):
            if days == 0 and name != "stranger_days":
                continue
            try:
                ServerSettings(**{name: days})
            except ValueError as error:
                assert name in str(error)  # noqa: PT017 - the loop goes on
            else:
                raise AssertionError(f"{name}={days} was taken")
