"""Boxes in picture coordinates: what detectors give and trackers compare."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels; `right` and `bottom` are exclusive, and it may leave the picture.

    Raises:
        ValueError: The box has no area.
    """

    left: int
    top: int
    right: int
    bottom: int

    def __post_init__(self) -> None:
        if self.right <= self.left or self.bottom <= self.top:
            raise ValueError(
                "a box needs left < right and top < bottom, got "
                f"({self.left}, {self.top}, {self.right}, {self.bottom})"
            )

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.bottom - self.top

    @property
    def area(self) -> int:
        """Width times height, in pixels."""
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        """The middle as (x, y)."""
        return ((self.left + self.right) / 2, (self.top + self.bottom) / 2)

    def shared_area(self, other: "Box") -> int:
        """Pixels that lie in both boxes."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0, width) * max(0, height)

    def iou(self, other: "Box") -> float:
        """Intersection over union: 0 for boxes apart, 1 for equal ones."""
        shared = self.shared_area(other)
        return shared / (self.area + other.area - shared)

    def clipped(self, width: int, height: int) -> "Box | None":
        """The part inside a picture of that size, or None when nothing of it is."""
        left, top = max(0, self.left), max(0, self.top)
        right, bottom = min(width, self.right), min(height, self.bottom)
        if right <= left or bottom <= top:
            return None
        return Box(left, top, right, bottom)

    def moved(self, across: int, down: int) -> "Box":
        """The same box so many pixels further right and down."""
        return Box(self.left + across, self.top + down, self.right + across, self.bottom + down)

    def scaled(self, factor: float) -> "Box":
        """The same box in a picture `factor` times as large; never thinner than one pixel."""
        left, top = round(self.left * factor), round(self.top * factor)
        return Box(
            left,
            top,
            max(left + 1, round(self.right * factor)),
            max(top + 1, round(self.bottom * factor)),
        )
