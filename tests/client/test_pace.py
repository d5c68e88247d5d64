"""Tests of what is counted, without a clock."""

from client.events import VisionPace
from client.pace import PERIOD_S, Pace


def _told(pace: Pace, now_s: float, engine: str = "a", note: str = "") -> VisionPace | None:
    return pace.at(now_s, engine=engine, note=note)


def test_figures_are_of_the_last_second_and_costs_are_medians() -> None:
    """One slow look does not change the cost of a look; the next second counts anew."""
    pace = Pace(10.0)
    assert _told(pace, 10.0) == VisionPace(engine="a")
    for cost_ms in (10.0, 12.0, 90.0):
        pace.looked(cost_ms)
    pace.encoded(8.0)
    assert _told(pace, 10.9) is None
    assert _told(pace, 11.5) == VisionPace(2.0, 12.0, 0.7, 8.0, "a")
    pace.looked(20.0)
    assert _told(pace, 11.5 + PERIOD_S) == VisionPace(1.0, 20.0, 0.0, 8.0, "a")


def test_another_engine_is_told_at_once_and_the_second_goes_on() -> None:
    """The figures beside it are those of the last whole second."""
    pace = Pace(10.0)
    _told(pace, 10.0)
    pace.looked(10.0)
    _told(pace, 11.0)
    pace.looked(30.0)
    assert _told(pace, 11.2, "b", "why") == VisionPace(1.0, 10.0, 0.0, 0.0, "b", "why")
    assert _told(pace, 11.3, "b", "why") is None
    assert _told(pace, 12.0, "b", "why") == VisionPace(1.0, 30.0, 0.0, 0.0, "b", "why")
