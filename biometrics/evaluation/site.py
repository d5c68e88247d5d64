"""How well a site's own people can be told apart, from their stored templates alone."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.calibrate import STRANGERS_PER_1000, Fitted, fit_policy
from biometrics.evaluation.calibration import calibration_report
from biometrics.evaluation.curves import histograms
from biometrics.evaluation.data_report import spread
from biometrics.evaluation.intervals import interval
from biometrics.evaluation.site_people import (
    disagreeing_samples,
    look_alikes,
    poor_people,
    single_samples,
)
from biometrics.faces import Encoding
from biometrics.gallery import Gallery
from biometrics.leave_one_out import Searches, within

FORMAT = 1
FEWEST_FOR_CALIBRATION = 40
"""Below, half of the people are too few strangers to tell anything by."""
_DAY_MS = 86_400_000
_MEASURES = {
    "size_px": "face width, px",
    "brightness": "face brightness, 0 to 255",
    "sharpness": "face sharpness",
    "yaw": "turned, degrees",
}

Progress = Callable[[str, int, int], None]
"""What is being done, and how many of how many steps of it are."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredSample:
    """A template of the gallery where the evaluation of folders has a picture."""

    person: str
    content: str
    template: Encoding
    raw: None = None


def site_report(
    gallery: Gallery,
    *,
    per_1000: float,
    now_ms: int,
    strangers: NDArray[np.floating] | None = None,
    left_out: Sequence[str] = (),
    progress: Progress = lambda _step, _done, _total: None,
) -> dict[str, Any]:
    """Everything that can be said without a picture, ready for JSON.

    Args:
        gallery: Who is enrolled; nobody, one or two people are enough for a sentence.
        per_1000: The target in force: strangers named in a thousand, at most.
        now_ms: The time, ms since the epoch, UTC.
        strangers: As `fit_policy`.
        left_out: A sentence about each person who cannot be searched.
        progress: Told now and then.
    """
    result: dict[str, Any] = {
        "format": FORMAT,
        "encoder": gallery.encoder,
        "made_at_ms": now_ms,
        "people": len(gallery),
        "samples": gallery.samples,
        "people_by_samples": _by_samples(gallery),
        "left_out": list(left_out),
        "age_days": spread(_ages(gallery, now_ms)),
        "quality": _quality(gallery),
        "single_samples": single_samples(gallery),
        "poor_samples": poor_people(gallery),
        "disagreeing_samples": disagreeing_samples(gallery),
    }
    progress("fitting the limits", 0, len(STRANGERS_PER_1000))
    fits = {per_1000: fit_policy(gallery, per_1000, strangers=strangers)}
    for number, target in enumerate(STRANGERS_PER_1000, start=1):
        if target not in fits:
            fits[target] = fit_policy(gallery, target, strangers=strangers)
        progress("fitting the limits", number, len(STRANGERS_PER_1000))
    in_force = fits[per_1000]
    result["policy"] = _expected(in_force)
    result["targets"] = [_expected(fits[target]) for target in sorted(fits, reverse=True)]
    if len(gallery) >= 2:
        result["searches"] = _searches(gallery, in_force)
        result["look_alikes"] = look_alikes(
            gallery,
            in_force.policy.limit(2),
            lambda done, total: progress("comparing everybody with everybody", done, total),
        )
    result["calibration"] = _calibration(gallery, progress)
    return result


def _by_samples(gallery: Gallery) -> dict[str, int]:
    counts = Counter(min(10, len(person.templates)) for person in gallery.people)
    return {("10 or more" if n == 10 else str(n)): counts[n] for n in sorted(counts)}


def _ages(gallery: Gallery, now_ms: int) -> list[float]:
    """Days since each sample was taken, where that is known."""
    return [
        max(0.0, (now_ms - template.captured_at_ms) / _DAY_MS)
        for person in gallery.people
        for template in person.templates
        if template.captured_at_ms > 0
    ]


def _quality(gallery: Gallery) -> dict[str, Any]:
    """Spread of what was measured when the samples were taken; None where nothing was."""
    measured: dict[str, list[float]] = {name: [] for name in _MEASURES}
    for person in gallery.people:
        for template in person.templates:
            for name, values in measured.items():
                value = template.quality.get(name)
                if value is not None and math.isfinite(value):
                    values.append(abs(value) if name == "yaw" else value)
    return {_MEASURES[name]: spread(values) for name, values in measured.items()}


def _expected(fitted: Fitted) -> dict[str, Any]:
    return {
        "per_1000": fitted.per_1000,
        "threshold": fitted.policy.limit(2),
        "margin": fitted.policy.margin,
        "strangers": fitted.strangers,
        "fpir": fitted.fpir,
        "fpir_interval": list(fitted.fpir_interval),
        "fnir": fitted.fnir,
        "fnir_interval": list(fitted.fnir_interval),
        "sentence": fitted.sentence,
    }


def _searches(gallery: Gallery, fitted: Fitted) -> dict[str, Any]:
    """Everybody left out in turn: as a stranger, and as a visitor with one sample.

    Distances are as the policy counts them: after the cohort term and the lone sample's
    allowance, so that its threshold is a line among them.
    """
    strangers, visits = within(gallery, fitted.policy)
    limit = fitted.policy.threshold
    named, missed = _share(strangers, limit), 1 - _share(visits, limit)
    return {
        "threshold": limit,
        "histograms": histograms(_distances(visits), _distances(strangers)),
        "strangers": {
            "people": round(strangers.people),
            "named": named if strangers.people else None,
            "interval": list(_interval(named, strangers.people)),
            "refused_by_the_margin": _refused(strangers),
        },
        "visits": {
            "people": round(visits.people),
            "missed": missed if visits.people else None,
            "interval": list(_interval(missed, visits.people)),
            "refused_by_the_margin": _refused(visits),
        },
    }


def _distances(searches: Searches) -> Encoding:
    with np.errstate(invalid="ignore"):
        spans: Encoding = np.sqrt(np.maximum(0.0, 2 - 2 * searches.closeness))
    return spans


def _share(searches: Searches, threshold: float) -> float:
    """How much of the people is within the threshold."""
    near = searches.closeness >= 1 - threshold**2 / 2
    return float(searches.weight[near].sum() / searches.people) if searches.people else 0.0


def _refused(searches: Searches) -> float:
    gone = np.isneginf(searches.closeness)
    return float(searches.weight[gone].sum() / searches.people) if searches.people else 0.0


def _interval(share: float, people: float) -> tuple[float, float]:
    trials = round(people)
    return interval(min(trials, round(share * trials)), trials)


def _calibration(gallery: Gallery, progress: Progress) -> dict[str, Any]:
    """Half of the people enrolled, the other half strangers, several times."""
    if len(gallery) < FEWEST_FOR_CALIBRATION:
        return {
            "skipped": (
                f"Among {len(gallery)} people there are too few to play strangers; "
                f"{FEWEST_FOR_CALIBRATION} are needed."
            )
        }
    samples = [
        StoredSample(person.subject_id, template.sample_id, template.encoding)
        for person in gallery.people
        for template in person.templates
    ]
    return calibration_report(
        samples, progress=lambda done, total: progress("trying the limits out", done, total)
    )
