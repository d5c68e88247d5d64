"""How differently the samples of one person hold their head, in a sentence with what to add.

Samples that all look straight miss a person who looks aside: a template of several views lies
nearer to each.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

Turn = Literal["straight", "left", "right"]
STRAIGHT_DEG = 12.0
"""Up to here a head looks straight; the measure itself is good to about 10 degrees."""
_WORDS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}


def turn_of(yaw_deg: float) -> Turn:
    """Where a head is turned.

    Args:
        yaw_deg: Positive when the nose points to the right side of the picture, which is the
            person's own left.
    """
    if abs(yaw_deg) <= STRAIGHT_DEG:
        return "straight"
    return "left" if yaw_deg > 0 else "right"


def variety(yaws_deg: Sequence[float | None]) -> str:
    """What a person's samples show, and what would be worth adding.

    Args:
        yaws_deg: Of each sample; None where it was not measured.
    """
    return variety_of([None if yaw is None else turn_of(yaw) for yaw in yaws_deg])


def variety_of(seen: Sequence[Turn | None]) -> str:
    """As `variety`, of turns that are known already."""
    count = len(seen)
    samples = "1 sample" if count == 1 else f"{count} samples"
    turns = [turn for turn in seen if turn is not None]
    if not turns or len(turns) < count:
        return f"{samples}."
    if count == 1:
        where = "straight" if turns[0] == "straight" else f"turned {turns[0]}"
        return f"1 sample, {where}: add two, turned a little left and right."
    if len(set(turns)) > 1:
        return f"{samples}: {_listed(turns)}."
    every = "Both" if count == 2 else f"All {_WORDS.get(count, str(count))}"
    if turns[0] == "straight":
        return f"{every} straight: add one turned a little."
    return f"{every} turned {turns[0]}: add one that looks straight."


def _listed(turns: Sequence[Turn]) -> str:
    counts = Counter(turns)
    words: tuple[Turn, ...] = ("straight", "left", "right")
    if max(counts.values()) == 1:
        return ", ".join(turn for turn in words if counts[turn])
    return ", ".join(f"{counts[turn]} {turn}" for turn in words if counts[turn])
