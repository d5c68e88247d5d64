"""Calibration honesty: are as many strangers named as the administrator asked for?

For galleries of several sizes the product fits its policy on the people enrolled, as a site does,
and then searches people who had no part in it. What a site may expect lies between a third of the
share it asked for and twice that.
"""

import statistics
from collections.abc import Callable, Sequence
from typing import Any

from biometrics.evaluation.intervals import interval
from biometrics.evaluation.openset import at_threshold
from biometrics.evaluation.openset_rules import Answers, Product, naive, product
from biometrics.evaluation.openset_split import PEOPLE, Division, Shown, divide
from biometrics.evaluation.product import STANDARD, Fit
from biometrics.evaluation.verification import NAIVE_THRESHOLD

SIZES = (10, 30, 100, PEOPLE)
SEEDS = (0, 1, 2, 3, 4)
"""Galleries of each size: small ones differ more from each other than large ones."""
ALLOWED = (1 / 3, 2.0)
"""Times the share asked for: of 0.3 %, 0.1 to 0.6 %."""
FEWEST_STRANGERS = 20
"""Below, one pair of people who look alike decides everything."""


def calibration_report(
    items: Sequence[Shown],
    *,
    sizes: Sequence[int] = SIZES,
    seeds: Sequence[int] = SEEDS,
    fit: Fit = STANDARD,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, Any]:
    """A row a size and target, mean of the galleries, ready for JSON.

    Args:
        items: Pictures of many people.
        sizes: People enrolled; at most half of all, and those who remain are strangers.
        seeds: A gallery each.
        fit: As a server with that face model fits.
        progress: Called with how many of how many galleries are done.

    Raises:
        ValueError: There are not four people.
    """
    most = len({item.person for item in items if item.template is not None}) // 2
    if most < 2:
        raise ValueError("two people enrolled and two strangers are needed")
    wanted = sorted({size for size in sizes if size < most} | {min(most, max(sizes))})
    rows: list[dict[str, Any]] = []
    done = 0
    for size in wanted:
        divisions = [divide(items, seed=seed, people=size, lone=True) for seed in seeds]
        found = []
        for division in divisions:
            found.append(product(division, fit=fit))
            done += 1
            progress(done, len(wanted) * len(seeds))
        habits = [naive(division) for division in divisions]
        rows += _rows(
            divisions,
            [one for one in found if one is not None],
            [one for one in habits if one is not None],
        )
    return {"seeds": len(seeds), "allowed": list(ALLOWED), "rows": rows}


def verdict(asked: float, found: float, strangers: int) -> str:
    """In a word, whether the share is kept to, of so many strangers."""
    low, high = ALLOWED[0] * asked, ALLOWED[1] * asked
    if strangers < FEWEST_STRANGERS:
        return "too few to tell"
    if low <= found <= high:
        return "kept"
    least, most = _interval(found, strangers)
    if least <= high and most >= low:
        return "too few to tell"
    return "too many" if found > high else "fewer"


def _interval(share: float, strangers: int) -> tuple[float, float]:
    # Seeds search the same strangers again, so they do not add to the sample.
    return interval(round(share * strangers), strangers)


def _rows(
    divisions: Sequence[Division], found: Sequence[Product], habits: Sequence[Answers]
) -> list[dict[str, Any]]:
    """A row a target; none where nobody could be enrolled."""
    if not found:
        return []
    habit = [float((one.strangers <= NAIVE_THRESHOLD).mean()) for one in habits]
    strangers = min(len(division.strangers) for division in divisions)
    rows = []
    for share in found[0].fits:
        fits = [one.fits[share] for one in found]
        thresholds = [fitted.policy.threshold for fitted in fits]
        answers = [one.answers[share] for one in found]
        named = [
            float((one.strangers <= threshold).mean())
            for one, threshold in zip(answers, thresholds, strict=True)
        ]
        missed = [
            at_threshold(one, threshold)[1]
            for one, threshold in zip(answers, thresholds, strict=True)
            if len(one.own)
        ]
        fpir = statistics.fmean(named)
        rows.append(
            {
                "enrolled": len(divisions[0].enrolled),
                "asked": share,
                "threshold": statistics.fmean(thresholds),
                "fpir": fpir,
                "fpir_of_seeds": named,
                "fpir_interval": list(_interval(fpir, strangers)),
                "strangers": strangers,
                "verdict": verdict(share, fpir, strangers),
                "expected": statistics.fmean(fitted.fpir for fitted in fits),
                "fnir": statistics.fmean(missed) if missed else None,
                "naive_fpir": statistics.fmean(habit) if habit else None,
            }
        )
    return rows
