"""Makes the codes that keep searches of large galleries fast: aside, one block at a time."""

import logging
import threading
from collections.abc import Callable

from biometrics.codes import CodesUnavailable
from biometrics.gallery import Gallery
from desktop.logs import log_event
from server.events import Fault, GridEvent

_LOG = logging.getLogger(__name__)

CODES_ABOVE = 100_000
"""People up to whom everybody is compared with every probe: 4 ms."""


class CodeKeeper:
    """Looks after the codes of the gallery that is searched; any thread may call.

    Searches go on meanwhile: a block without codes is searched exactly.

    Args:
        gallery: Gives the snapshot that is searched.
        post: Where a `Fault` goes when there can be no codes here.
        above: People up to whom there are none.
    """

    def __init__(
        self,
        gallery: Callable[[], Gallery],
        *,
        post: Callable[[GridEvent], None] = lambda _event: None,
        above: int = CODES_ABOVE,
    ) -> None:
        self._gallery = gallery
        self._post = post
        self._above = above
        self._lock = threading.Lock()
        # Guarded by _lock.
        self._busy = False
        self._over = False

    def look(self) -> None:
        """Has what is missing made by a thread; returns at once. Called after every change."""
        with self._lock:
            if self._busy or self._over or not self._gallery().wants_codes(self._above):
                return
            self._busy = True
            try:
                threading.Thread(target=self._run, name="search-codes", daemon=True).start()
            except BaseException:
                self._busy = False
                raise

    @property
    def busy(self) -> bool:
        """Whether codes are being made."""
        return self._busy

    def stop(self) -> None:
        """Makes no more; the block at hand (0.3 s) is finished."""
        with self._lock:
            self._over = True

    def _run(self) -> None:
        try:
            made = self._make_all()
        except CodesUnavailable as error:
            self._give_up(str(error))
        except Exception as error:  # noqa: BLE001 - a thread's top: searches go on, exact
            _LOG.exception("Codes for the search could not be made.")
            self._give_up(repr(error))
        else:
            log_event(_LOG, "search_codes", blocks=made, people=len(self._gallery()))

    def _make_all(self) -> int:
        made = 0
        while True:
            with self._lock:
                blocks = [] if self._over else self._gallery().wants_codes(self._above)
                if not blocks:
                    self._busy = False
                    return made
            blocks[0].make_codes()
            made += 1

    def _give_up(self, reason: str) -> None:
        with self._lock:
            self._over, self._busy = True, False
        sentence = (
            f"Searches among more than {self._above:,} people stay exact and take longer: "
            f"{reason.rstrip('.')}."
        )
        log_event(_LOG, "search_codes_unavailable", level=logging.WARNING, reason=reason)
        self._post(Fault(sentence))
