"""Loads the file of strangers and writes what changed; what goes wrong with it is told once."""

from collections.abc import Callable

from biometrics.gallery import Gallery
from protocol.text import printable
from server.events import Fault
from server.strangers import Strangers
from server.unlocking import cure


class StrangersUpkeep:
    """What keeps the file of strangers while the data are open. For the grid's thread.

    Args:
        strangers: Whose file.
        post: Takes what goes wrong; a disk that refuses all the time is told once.
    """

    def __init__(self, strangers: Strangers, post: Callable[[Fault], None]) -> None:
        self._strangers = strangers
        self._post = post
        self._told = False

    def load(self) -> None:
        """Reads the file; one that cannot be used is set aside, and that is told."""
        try:
            damaged = self._strangers.load()
        except OSError as error:
            self._trouble(error)
            return
        if damaged is not None:
            self._post(
                Fault(
                    f"The file of strangers could not be used and was set aside as "
                    f"{printable(damaged.path.name)}: strangers are gathered anew.",
                    damaged.reason,
                )
            )

    def tidy(self, gallery: Gallery, *, now: bool) -> None:
        """Drops who was enrolled since or is too old, and writes; called every second.

        Args:
            gallery: Who is enrolled now.
            now: Write at once, at the end.
        """
        try:
            self._strangers.tidy(gallery, now=now)
        except OSError as error:
            self._trouble(error)
        else:
            self._told = False

    def _trouble(self, error: OSError) -> None:
        if not self._told:
            self._told = True
            self._post(
                Fault(
                    f"The file of strangers cannot be written or deleted ({error.strerror}): "
                    f"{cure(error)}.",
                    repr(error),
                )
            )
