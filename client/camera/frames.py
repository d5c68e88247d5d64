"""One picture of a camera with the time it was taken."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

# The window names this type and must be seen before numpy is there: importing it takes 0.1 s.
if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Image: TypeAlias = npt.NDArray[np.uint8]
    """RGB, uint8, shape (height, width, 3)."""
else:
    Image = Any


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A picture and when it was taken.

    Attributes:
        image: RGB, uint8, (height, width, 3).
        captured_at_ms: Wall clock, milliseconds since the epoch, UTC: what the event log stores.
        monotonic_s: `time.monotonic()` of the same moment: what durations are computed from.
        label: The truth, where a source knows it (`demo:` only): the name of the person shown while
            the face is wholly in view, otherwise None. Never used to identify, only to check.
        number: Counts the frames of one source from 0; gaps are frames somebody dropped.
    """

    image: Image
    captured_at_ms: int
    monotonic_s: float
    label: str | None = None
    number: int = 0

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.image.shape[0])
