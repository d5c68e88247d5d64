"""What a count of errors says about the true rate: 95 % intervals and sizes of samples."""

import math

_Z = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""
_MISS = 0.05


def interval(errors: int, trials: int) -> tuple[float, float]:
    """Where the true rate lies with 95 % confidence.

    Wilson (1927), which keeps its promise for small counts better than the normal approximation;
    without an error (or without a success) the exact one-sided limit, 1 - 0.05^(1/n), which is
    the "rule of 3": about 3/n.

    It takes trials for independent. Comparisons that share pictures are not: for every pair of a
    set the true interval is wider.

    Raises:
        ValueError: Not a count out of trials.
    """
    if not 0 <= errors <= trials:
        raise ValueError(f"{errors} of {trials} is no share")
    if trials == 0:
        return 0.0, 1.0
    limit = 1 - _MISS ** (1 / trials)
    if errors == 0:
        return 0.0, limit
    if errors == trials:
        return 1 - limit, 1.0
    rate = errors / trials
    scale = 1 + _Z**2 / trials
    middle = (rate + _Z**2 / (2 * trials)) / scale
    half = _Z / scale * math.sqrt(rate * (1 - rate) / trials + _Z**2 / (4 * trials**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def trials_needed(rate: float) -> int:
    """Trials without an error that show a rate at or below `rate` with 95 % confidence.

    For 1e-4: 29,956, the "30,000 comparisons" that are usually asked for.

    Raises:
        ValueError: Not a rate between 0 and 1.
    """
    if not 0 < rate < 1:
        raise ValueError(f"a rate lies between 0 and 1, got {rate}")
    return math.ceil(math.log(_MISS) / math.log1p(-rate))
