"""The policy that decides now: fitted on the people enrolled, again whenever they change.

A policy belongs to the gallery it was fitted on. Whoever searches a snapshot asks here for the
policy of that snapshot. Small galleries are fitted there and then (10 ms for 420 people). For
large ones, and for strangers kept, a thread does it: until it is done the policy before is used,
or, where that one is of another target or of many more or fewer people, what was learnt about
galleries of that size. No search waits for more than a small fit.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from biometrics.calibrate import Fitted, fit_policy
from biometrics.gallery import Gallery
from biometrics.identify import Policy
from biometrics.own_policy import fit_own, too_few
from biometrics.prior import FEWEST_STRANGERS
from biometrics.yardstick import DLIB, Yardstick
from desktop.logs import log_event

_LOG = logging.getLogger(__name__)

COMPARISONS_AT_ONCE = 250_000
"""People times people and strangers up to which a search waits for the fit: 20 ms."""
_OTHER_SIZE = 0.1
"""A policy fitted on more or fewer people than now, by this share, is not used meanwhile."""
_FEW_STRANGERS, _SHARE_OF_STRANGERS = 20, 0.05
"""So many strangers more or less, in number or as a share, are worth another fit."""

Rows = NDArray[np.float32]


def no_strangers() -> Rows:
    """Where none are kept."""
    return np.empty((0, 0), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Now:
    """What decides, and what it was fitted on."""

    gallery: Gallery
    strangers: int
    fitted: Fitted


class Decision:
    """Keeps the fitted policy; any thread may call.

    Args:
        per_1000: The administrator's target: strangers named in a thousand, at most.
        strangers: Gives the strangers kept, `float32 (n, dimensions)`; n may be 0.
        at_once: Comparisons up to which the caller waits for a fit.
    """

    def __init__(
        self,
        per_1000: Callable[[], float],
        *,
        strangers: Callable[[], Rows] = no_strangers,
        at_once: int = COMPARISONS_AT_ONCE,
    ) -> None:
        self._per_1000 = per_1000
        self._strangers = strangers
        self._at_once = at_once
        self._yardstick = DLIB
        # Each replaced by one assignment.
        self._now: _Now | None = None
        self._meanwhile: _Now | None = None
        self._fitting = threading.Lock()

    def use(self, yardstick: Yardstick) -> None:
        """Another face model: what was fitted is forgotten."""
        self._yardstick = yardstick
        self._now = self._meanwhile = None

    def withheld(self, people: int) -> str:
        """Why nobody is named while so many are enrolled, in a sentence; empty when people are."""
        return "" if self._yardstick.measured else too_few(people)

    def policy(self, gallery: Gallery) -> Policy:
        """The policy for a snapshot."""
        return self.fitted(gallery).policy

    def without_strangers(self, gallery: Gallery) -> Policy:
        """The policy for whoever must not have the strangers kept: checkpoints with a copy.

        Where strangers sharpen the verdicts here, it is what was learnt about galleries of that
        size: a limit that was measured together with them would be too generous without them.
        """
        fitted = self.fitted(gallery)
        if not fitted.strangers:
            return fitted.policy
        return self._learnt(gallery).policy

    def fitted(self, gallery: Gallery) -> Fitted:
        """The policy for a snapshot, with what may be expected of it.

        Another target counts at once; another large gallery when its fit is done.
        """
        now = self._now
        if now is not None and self._fits(now, gallery):
            return now.fitted
        people = len(gallery)
        if people * (people + len(self._strangers())) <= self._at_once:
            with self._fitting:
                return self._fit(gallery)
        self._fit_aside(gallery)
        if now is not None and self._will_do(now, gallery):
            return now.fitted
        return self._learnt(gallery)

    def latest(self, gallery: Gallery) -> Fitted | None:
        """What is known by now, without waiting; None while the first fit for a target runs.

        Asks for another fit where one is due.
        """
        now = self._now
        if now is None or not self._fits(now, gallery):
            self._fit_aside(gallery)
            now = self._now
        return now.fitted if now is not None and now.fitted.per_1000 == self._per_1000() else None

    def expectation(self, gallery: Gallery) -> str:
        """What to expect on that gallery, in one line; empty while it is being measured."""
        fitted = self.latest(gallery)
        return "" if fitted is None else fitted.sentence

    @property
    def strangers_line(self) -> str:
        """How many strangers are kept, and what they do by now."""
        if self._yardstick.own:
            return "With a face model of your own no strangers are kept."
        count, now = len(self._strangers()), self._now
        if count == 0:
            return "No strangers known yet."
        known = "1 stranger" if count == 1 else f"{count} strangers"
        if now is not None and now.fitted.strangers:
            return f"{known} known: verdicts are stricter where faces crowd."
        return f"{known} known; they count from {FEWEST_STRANGERS} on."

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

    def _fits(self, now: _Now, gallery: Gallery) -> bool:
        if now.gallery is not gallery or now.fitted.per_1000 != self._per_1000():
            return False
        count = len(self._strangers())
        few = max(_FEW_STRANGERS, _SHARE_OF_STRANGERS * now.strangers)
        # None left: they were deleted, and may not be used a moment longer.
        return (count > 0 or now.strangers == 0) and abs(count - now.strangers) <= few

    def _will_do(self, now: _Now, gallery: Gallery) -> bool:
        change = abs(len(gallery) - now.fitted.people)
        same_target = now.fitted.per_1000 == self._per_1000()
        forgotten = now.strangers > 0 and len(self._strangers()) == 0
        return same_target and not forgotten and change <= _OTHER_SIZE * now.fitted.people

    def _learnt(self, gallery: Gallery) -> Fitted:
        known, per_1000 = self._meanwhile, self._per_1000()
        if known is None or known.gallery is not gallery or known.fitted.per_1000 != per_1000:
            known = _Now(gallery, 0, self._fitted_now(gallery, measured=False))
            self._meanwhile = known
        return known.fitted

    def _fit(self, gallery: Gallery) -> Fitted:
        now = self._now
        if now is not None and self._fits(now, gallery):
            return now.fitted  # somebody else did it while this thread waited
        strangers = self._strangers()
        fitted = self._fitted_now(gallery, strangers)
        self._now = _Now(gallery, len(strangers), fitted)
        self._meanwhile = None
        log_event(
            _LOG,
            "policy_fitted",
            people=fitted.people,
            strangers=fitted.strangers,
            per_1000=fitted.per_1000,
            threshold=round(fitted.policy.threshold, 4),
            look_alikes=fitted.look_alikes,
        )
        return fitted

    def _fitted_now(
        self, gallery: Gallery, strangers: Rows | None = None, *, measured: bool = True
    ) -> Fitted:
        per_1000, yardstick = self._per_1000(), self._yardstick
        if yardstick.own:
            return fit_own(gallery, per_1000, yardstick.calibration, measured=measured)
        return fit_policy(gallery, per_1000, strangers=strangers, measured=measured)

    def _fit_and_release(self, gallery: Gallery) -> None:
        try:
            self._fit(gallery)
        except Exception:  # noqa: BLE001 - a thread's top: searches go on with the policy before
            _LOG.exception("The policy could not be fitted.")
        finally:
            self._fitting.release()
