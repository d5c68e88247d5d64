"""Open-set identification 1:N: how many strangers are named, and how many people missed.

As in NIST's study of paperless travel: people are enrolled with three pictures and searched with
another; one picture of everybody else is a stranger's search. FPIR is the share of strangers
named as somebody, FNIR the share of enrolled people who are not named as themselves.
"""

import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np

from biometrics.evaluation.intervals import interval, trials_needed
from biometrics.evaluation.openset_rules import (
    Answers,
    Product,
    Rule,
    fused,
    naive,
    product,
    with_gallery_cohort,
    with_stranger_cohort,
)
from biometrics.evaluation.openset_split import PEOPLE, Division, Shown, divide
from biometrics.evaluation.product import STANDARD, Fit
from biometrics.evaluation.verification import NAIVE_THRESHOLD

FPIR_TARGETS = (0.01, 0.003, 0.001)
SEEDS = (0, 1, 2)

RULES: dict[str, tuple[Rule, int]] = {
    "raw distance, nearest of 3": (naive, 1),
    "fused template": (fused, 1),
    "fused, cohort of the gallery": (with_gallery_cohort, 1),
    "fused, cohort of strangers seen": (with_stranger_cohort, 1),
    "fused, two pictures searched": (fused, 2),
    "fused, two pictures, cohort of strangers seen": (with_stranger_cohort, 2),
}
"""Each with the pictures of one search."""
PLAIN = "the product's policy"
PRODUCT: dict[str, tuple[bool, int, int]] = {
    PLAIN: (False, 1, 1),
    f"{PLAIN}, strangers kept": (True, 1, 1),
    f"{PLAIN}, two pictures searched": (False, 2, 2),
    f"{PLAIN}, two pictures, strangers with one or two": (False, 2, 1),
    f"{PLAIN}, two pictures, strangers kept": (True, 2, 2),
}
"""Each with whether every second stranger is kept, the pictures of one search, and how many a
stranger has at least: few strangers have two."""
HABIT = "raw distance within 0.6, nearest of 3"


def fnir_at_fpir(answers: Answers, target: float) -> tuple[float, float, float]:
    """The largest threshold that names at most that share of strangers.

    Returns:
        The FPIR there, the FNIR, and the threshold.

    Raises:
        ValueError: There are no strangers, or nobody is searched.
    """
    if len(answers.strangers) == 0 or len(answers.own) == 0:
        raise ValueError("both strangers and enrolled people must be searched")
    ordered = np.sort(answers.strangers)
    allowed = int(np.floor(target * len(ordered) + 1e-9))
    # Just below the first stranger who would be one too many.
    limit = np.inf if allowed >= len(ordered) else ordered[allowed]
    fpir = float((answers.strangers < limit).mean())
    named = answers.right & (answers.own < limit) & np.isfinite(answers.own)
    return fpir, float(1 - named.mean()), float(limit)


def at_threshold(answers: Answers, threshold: float) -> tuple[float, float]:
    """FPIR and FNIR at a given threshold.

    Raises:
        ValueError: As `fnir_at_fpir`.
    """
    if len(answers.strangers) == 0 or len(answers.own) == 0:
        raise ValueError("both strangers and enrolled people must be searched")
    named = answers.right & (answers.own <= threshold)
    return float((answers.strangers <= threshold).mean()), float(1 - named.mean())


def openset_report(
    items: Sequence[Shown],
    *,
    seeds: Sequence[int] = SEEDS,
    people: int = PEOPLE,
    fit: Fit = STANDARD,
) -> dict[str, Any]:
    """The whole protocol, mean of the seeds, ready for JSON.

    Raises:
        ValueError: The set has not four pictures of anybody, or no strangers.
    """
    divisions = {
        (probes, least): [
            divide(items, seed=seed, probes=probes, people=people, least=least) for seed in seeds
        ]
        for probes, least in ((1, 1), (2, 2), (2, 1))
    }
    first = divisions[1, 1][0]
    if not first.searched or not first.strangers:
        raise ValueError("four pictures of one person and a stranger are needed")
    products = _products(divisions, fit)
    return {
        "seeds": len(seeds),
        "enrolled": len(first.enrolled),
        "searched": len(first.searched),
        "strangers": len(first.strangers),
        "not_acquired": {
            "searched": sum(not _usable(probe) for _, probe in first.searched),
            "strangers": sum(not _usable(probe) for probe in first.strangers),
            "enrolled": sum(not _usable(pictures) for pictures in first.enrolled),
        },
        "rules": [
            *(
                _swept(name, [answers] * len(FPIR_TARGETS))
                for name, (rule, probes) in RULES.items()
                if (answers := _of_all(rule, divisions[probes, probes]))
            ),
            *(
                _swept(name, [[one.answers[target] for one in found] for target in FPIR_TARGETS])
                for name, found in products.items()
            ),
        ],
        "fixed": [
            *(
                _fixed(HABIT, answers, [NAIVE_THRESHOLD] * len(answers))
                for answers in [_of_all(naive, divisions[1, 1])]
                if answers
            ),
            *(
                _fixed(
                    f"{name}, asked for {100 * target:g} %",
                    [one.answers[target] for one in found],
                    [one.fits[target].policy.threshold for one in found],
                )
                for name, found in products.items()
                for target in FPIR_TARGETS
            ),
        ],
    }


def _products(
    divisions: dict[tuple[int, int], list[Division]], fit: Fit
) -> dict[str, list[Product]]:
    """The product's searches by the rows' names, where every division allows them."""
    found = {}
    for name, (keep, probes, least) in PRODUCT.items():
        given = [
            product(division, keep_strangers=keep, fit=fit) for division in divisions[probes, least]
        ]
        useful = [
            one for one in given if one is not None and all(map(_useful, one.answers.values()))
        ]
        if len(useful) == len(given):
            found[name] = useful
    return found


def _swept(name: str, by_target: Sequence[Sequence[Answers]]) -> dict[str, Any]:
    """A row of a rule: for every target the answers of all divisions."""
    rows = []
    first = by_target[0]
    searched, strangers = len(first[0].own), len(first[0].strangers)
    for target, answers in zip(FPIR_TARGETS, by_target, strict=True):
        points = [fnir_at_fpir(one, target) for one in answers]
        fnir = statistics.fmean(point[1] for point in points)
        rows.append(
            {
                "fpir_target": target,
                "fpir": statistics.fmean(point[0] for point in points),
                "fnir": fnir,
                "fnir_of_seeds": [point[1] for point in points],
                "fnir_interval": _of_one_seed(fnir, searched),
                "supported": strangers >= trials_needed(target),
                "needed": trials_needed(target),
            }
        )
    return {
        "rule": name,
        "searched": searched,
        "strangers": strangers,
        "rank_one_errors": statistics.fmean(float(1 - one.right.mean()) for one in first),
        "at_fpir": rows,
    }


def _fixed(name: str, answers: Sequence[Answers], thresholds: Sequence[float]) -> dict[str, Any]:
    """A row of a rule whose threshold was set beforehand, in every division its own."""
    points = [at_threshold(*given) for given in zip(answers, thresholds, strict=True)]
    fpir, fnir = (statistics.fmean(point[place] for point in points) for place in (0, 1))
    return {
        "rule": name,
        "threshold": statistics.fmean(thresholds),
        "fpir": fpir,
        "fpir_of_seeds": [point[0] for point in points],
        "fpir_interval": _of_one_seed(fpir, len(answers[0].strangers)),
        "fnir": fnir,
        "fnir_interval": _of_one_seed(fnir, len(answers[0].own)),
    }


def _of_all(rule: Rule, divisions: Sequence[Division]) -> list[Answers]:
    """The answers of every division, or nothing where one of them is of no use."""
    answers = [rule(division) for division in divisions if division.searched]
    found = [one for one in answers if one is not None and _useful(one)]
    return found if len(found) == len(divisions) else []


def _useful(answers: Answers) -> bool:
    return bool(len(answers.own)) and bool(len(answers.strangers))


def _of_one_seed(share: float, trials: int) -> list[float]:
    """Seeds search the same people again, so they do not add to the sample."""
    return list(interval(round(share * trials), trials))


def _usable(pictures: Sequence[Shown]) -> bool:
    return any(item.template is not None for item in pictures)
