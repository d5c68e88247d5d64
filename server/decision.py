"""The policy that decides now: fitted on the people enrolled, again whenever they change.

A policy belongs to the gallery it was fitted on. Whoever searches a snapshot asks here for the
policy of that snapshot. Small galleries are fitted there and then (6 ms for 420 people); for large
ones a thread does it, and the policy before is used until it is done: one person more or less
among thousands moves the threshold by less than its own uncertainty.
"""

import logging
import threading
from collections.abc import Callable

from biometrics.calibrate import Fitted, fit_policy
from biometrics.gallery import Gallery
from biometrics.identify import Policy
from desktop.logs import log_event

_LOG = logging.getLogger(__name__)

FITTED_AT_ONCE = 1_000
"""People up to whom a search waits for the fit: 20 ms."""


class Decision:
    """Keeps the fitted policy; any thread may call.

    Args:
        per_1000: The administrator's target: strangers named in a thousand, at most.
        at_once: Largest gallery that is fitted while the caller waits.
    """

    def __init__(self, per_1000: Callable[[], float], *, at_once: int = FITTED_AT_ONCE) -> None:
        self._per_1000 = per_1000
        self._at_once = at_once
        # Gallery and policy together, replaced by one assignment.
        self._now: tuple[Gallery, Fitted] | None = None
        self._fitting = threading.Lock()

    def policy(self, gallery: Gallery) -> Policy:
        """The policy for a snapshot."""
        return self.fitted(gallery).policy

    def fitted(self, gallery: Gallery) -> Fitted:
        """The policy for a snapshot, with what may be expected of it.

        Another target counts at once; another gallery of thousands when its fit is done.
        """
        now = self._now
        if now is not None and self._fits(now, gallery):
            return now[1]
        waits = now is None or len(gallery) <= self._at_once
        if waits or now is None or now[1].per_1000 != self._per_1000():
            with self._fitting:
                return self._fit(gallery)
        self._fit_aside(gallery)
        return now[1]

    def latest(self, gallery: Gallery) -> Fitted | None:
        """What is known by now, without waiting; None while the first fit for a target runs."""
        now = self._now
        if now is None or not self._fits(now, gallery):
            self._fit_aside(gallery)
            now = self._now
        return None if now is None or now[1].per_1000 != self._per_1000() else now[1]

    def _fit_aside(self, gallery: Gallery) -> None:
        if not self._fitting.acquire(blocking=False):
            return  # under way; whoever asks next finds out whether it was for this gallery
        try:
            threading.Thread(
                target=self._fit_and_release, args=(gallery,), name="policy", daemon=True
            ).start()
        except BaseException:
            self._fitting.release()
            raise

    def _fits(self, now: tuple[Gallery, Fitted], gallery: Gallery) -> bool:
        return now[0] is gallery and now[1].per_1000 == self._per_1000()

    def _fit(self, gallery: Gallery) -> Fitted:
        now = self._now
        if now is not None and self._fits(now, gallery):
            return now[1]  # somebody else did it while this thread waited
        fitted = fit_policy(gallery, self._per_1000())
        self._now = (gallery, fitted)
        log_event(
            _LOG,
            "policy_fitted",
            people=fitted.people,
            per_1000=fitted.per_1000,
            threshold=round(fitted.policy.threshold, 4),
            look_alikes=fitted.look_alikes,
        )
        return fitted

    def _fit_and_release(self, gallery: Gallery) -> None:
        try:
            self._fit(gallery)
        except Exception:  # noqa: BLE001 - a thread's top: searches go on with the policy before
            _LOG.exception("The policy could not be fitted.")
        finally:
            self._fitting.release()
