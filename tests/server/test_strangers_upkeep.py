"""The file of strangers is looked after; a disk that refuses is told once, not every second."""

from collections.abc import Callable

from biometrics.gallery import Gallery
from server.events import Fault
from server.strangers import Strangers
from server.strangers_upkeep import StrangersUpkeep
from tests.server.wire import ENCODER

NOBODY = Gallery.of([], ENCODER)


class Refusing(Strangers):
    """A file on a disk that refuses while it is told to."""

    def __init__(self) -> None:
        self.refuses = True

    def load(self) -> None:
        """Reads nothing."""
        self._refuse()

    def tidy(self, gallery: Gallery, *, now: bool = False) -> None:
        """Writes nothing."""
        self._refuse()

    def _refuse(self) -> None:
        if self.refuses:
            raise PermissionError(13, "Permission denied")


def test_a_disk_that_refuses_is_told_once_until_it_works_again() -> None:
    """At the start, and every second later; a second time after it worked between."""
    told: list[Fault] = []
    strangers = Refusing()
    upkeep = StrangersUpkeep(strangers, told.append)
    steps: tuple[Callable[[], None], ...] = (
        upkeep.load,
        lambda: upkeep.tidy(NOBODY, now=False),
        lambda: upkeep.tidy(NOBODY, now=True),
    )
    for step in steps:
        step()
    (sentence,) = (one.sentence for one in told)
    assert sentence.endswith("written or deleted (Permission denied): check its permissions.")
    strangers.refuses = False
    upkeep.tidy(NOBODY, now=False)
    strangers.refuses = True
    upkeep.tidy(NOBODY, now=False)
    assert len(told) == 2
