"""Tests of the waits between attempts."""

from client.backoff import LONGEST_S, SHORTEST_S, Backoff


def test_f10_bounds_double_up_to_the_cap() -> None:
    """The bound of the draw grows from half a second to eight and stays there."""
    bounds: list[float] = []

    def highest(_low: float, high: float) -> float:
        bounds.append(high)
        return high

    backoff = Backoff(uniform=highest)
    waits = [backoff.next_s() for _ in range(8)]
    assert bounds == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0]
    assert waits == bounds


def test_f10_full_jitter_draws_from_zero_but_never_waits_shorter_than_the_least() -> None:
    """The draw begins at zero; the wait does not."""
    backoff = Backoff(uniform=lambda low, _high: low)
    assert backoff.next_s() == SHORTEST_S


def test_f10_success_starts_again() -> None:
    """After a success the next failure waits as short as the first."""
    backoff = Backoff(uniform=lambda _low, high: high)
    for _ in range(5):
        backoff.next_s()
    assert backoff.failures == 5
    backoff.succeeded()
    assert backoff.next_s() == 0.5


def test_thousand_failures_stay_within_the_cap() -> None:
    """No number of failures overflows or waits longer than the cap."""
    backoff = Backoff()
    waits = [backoff.next_s() for _ in range(1000)]
    assert all(SHORTEST_S <= wait <= LONGEST_S for wait in waits)
    assert len({round(wait, 6) for wait in waits}) > 500
