"""The product's own rules on made galleries: whom a search would name, and at which threshold.

Everything goes through `identify` and what fits a server's policy, as at a checkpoint: whatever
they learn to do is measured here without a change.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from biometrics.calibrate import STRANGERS_PER_1000, Fitted, fit_policy
from biometrics.faces import Encoding
from biometrics.gallery import Gallery, Person, Template
from biometrics.identify import Identified, identify
from biometrics.own_policy import fit_own
from biometrics.policy import Policy
from biometrics.yardstick import DLIB, Yardstick

ENCODER = "evaluated"
_FARTHEST = 1.4
"""Beyond, unit templates have nothing in common."""
_HALVINGS = 13
"""Of that span, until thresholds are told apart to 0.0002."""


def gallery_of(people: Mapping[str, Sequence[Encoding]]) -> Gallery:
    """A gallery of these templates, raw or unit; who has none is not in it."""
    return Gallery.of(
        (
            Person(
                subject_id=name,
                display_name=name,
                templates=tuple(
                    Template(encoding=row, sample_id=str(number), encoder=ENCODER)
                    for number, row in enumerate(rows)
                ),
            )
            for name, rows in people.items()
            if len(rows)
        ),
        ENCODER,
    )


Fit = Callable[[Gallery, float, NDArray[np.floating] | None], Fitted]
"""Gallery, strangers named in 1000, strangers kept: the policy a server would decide by."""


def fit_of(yardstick: Yardstick) -> Fit:
    """How a server with that face model fits its policy."""
    if yardstick.own:
        return lambda gallery, per_1000, _kept: fit_own(gallery, per_1000, yardstick.calibration)
    return lambda gallery, per_1000, kept: fit_policy(gallery, per_1000, strangers=kept)


STANDARD = fit_of(DLIB)


def fitted_policies(
    gallery: Gallery, strangers: NDArray[np.floating] | None = None, *, fit: Fit = STANDARD
) -> dict[float, Fitted]:
    """The policy of every target, by the share of strangers that may be named."""
    return {per_1000 / 1000: fit(gallery, per_1000, strangers) for per_1000 in STRANGERS_PER_1000}


def needed(probe: Encoding, gallery: Gallery, policy: Policy) -> tuple[float, str]:
    """The least threshold at which the policy names somebody, and who is nearest.

    Args:
        probe: Raw or unit.
        gallery: Not empty.
        policy: All of it counts but the threshold.

    Returns:
        The threshold, infinite where the policy names nobody at any; and the nearest person's id.
    """
    low, high = 0.0, _FARTHEST
    verdict = identify(probe, gallery, replace(policy, threshold=high))
    nearest = verdict.nearest
    assert nearest is not None
    if not isinstance(verdict, Identified):
        return np.inf, nearest.subject_id
    # By halving, so that it holds for any rule by which a larger threshold names no fewer.
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if isinstance(identify(probe, gallery, replace(policy, threshold=middle)), Identified):
            high = middle
        else:
            low = middle
    return high, nearest.subject_id
