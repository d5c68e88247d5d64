"""Verification as a service: is this probe that person, by the administrator's target?

Knows nothing of sockets and windows. Distances are for the administrator: nothing here is told to
a checkpoint.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Encoding
from biometrics.gallery import Gallery
from biometrics.identify import plausible
from biometrics.verify import VerificationPolicy, Verified, fit_verification, verify
from biometrics.yardstick import DLIB, Yardstick
from server.people import PersonUnknown


class NotMeasured(Exception):  # noqa: N818 - named for what happened
    """Raised where no limit follows from a target: with a face model of the user's own."""

    def __init__(self) -> None:
        super().__init__(
            "With a face model of your own no limit follows from a target. Compare two pictures "
            "with `python -m biometrics verify`."
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    gallery: Gallery
    strangers: NDArray[np.float32]
    policy: VerificationPolicy


class VerificationService:
    """Compares probes with people who are enrolled. Any thread may call; not the window's.

    Args:
        gallery: Gives the snapshot.
        per_10000: The administrator's target: strangers accepted in 10,000, at most.
        strangers: Gives the strangers kept, `float32 (n, dimensions)`; n may be 0.
        yardstick: Of the encoder.
    """

    def __init__(
        self,
        gallery: Callable[[], Gallery],
        per_10000: Callable[[], float],
        strangers: Callable[[], NDArray[np.float32]],
        *,
        yardstick: Yardstick = DLIB,
    ) -> None:
        self._yardstick = yardstick
        self._gallery = gallery
        self._per_10000 = per_10000
        self._strangers = strangers
        self._fit: _Fit | None = None
        self._fitting = threading.Lock()

    def policy(self) -> VerificationPolicy:
        """The policy for the people enrolled now; fitted when they changed, within a second.

        Raises:
            NotMeasured: The face model is the user's own: no target is known of it.
        """
        if self._yardstick.own:
            raise NotMeasured
        gallery, strangers = self._gallery(), self._strangers()
        target = self._per_10000() / 10_000
        with self._fitting:
            known = self._fit
            if (
                known is None
                or known.gallery is not gallery
                or known.strangers is not strangers
                or known.policy.target != target
            ):
                fitted = fit_verification(gallery, target, strangers=strangers)
                known = self._fit = _Fit(gallery, strangers, fitted)
            return known.policy

    def verify(self, subject_id: str, probe: Encoding) -> Verified:
        """Whether a probe is that person.

        Args:
            subject_id: Who it is claimed to be.
            probe: Raw, `float64 (dimensions,)`.

        Raises:
            PersonUnknown: Nobody has this id.
            ImplausibleEncoding: The numbers cannot be a face's.
            NotMeasured: As `policy`.
        """
        plausible(probe, self._yardstick.norms)
        fitted = self.policy()
        gallery = self._gallery()
        person = gallery.get(subject_id)
        if person is None:
            raise PersonUnknown
        return verify(probe, person, fitted.policy, gallery)
