"""What a set of pictures is made of, before anything is measured on it."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.evaluation.acquire import Acquired, Acquisition
from biometrics.evaluation.samples import Dataset

SHOWN = 50
"""Files named in a list of the report; how many there are is always said."""
NEAR_BITS = 4
"""Bits of the picture's hash that may differ in near duplicates, see `near_duplicates`."""
NEAR_DISTANCE = 0.12
"""Largest distance of the faces in near duplicates, as unit templates: a picture saved again at
another size or quality stays within it, other pictures of one person lie about 0.27 apart."""
_BLOCK = 1024


def data_report(dataset: Dataset, acquisition: Acquisition) -> dict[str, Any]:
    """People, pictures, sizes, light, blur, duplicates, failures and balance, ready for JSON.

    Args:
        dataset: What the folder holds.
        acquisition: What was seen in it.
    """
    items = acquisition.items
    seen = [item.seen for item in items if item.seen is not None]
    faces = [one for one in seen if one.straight is not None]
    unreadable = [item.problem for item in items if item.seen is None]
    faceless = [item.sample.shown for item in items if item.seen is not None and not item.usable]
    several = [item.sample.shown for item in items if item.seen is not None and item.seen.faces > 1]
    return {
        "pictures": len(items),
        "people": len({item.sample.person for item in items}),
        "unreadable": _listed(unreadable),
        "without_a_face": _listed(faceless),
        "several_faces": _listed(several),
        "failures_to_acquire": len(unreadable) + len(faceless),
        "passed_over": _listed(list(dataset.problems)),
        "two_spellings": [list(names) for names in dataset.spellings],
        "balance": balance(items),
        "measures": {
            "width, px": spread([one.width for one in seen]),
            "height, px": spread([one.height for one in seen]),
            "face width, px": spread([one.face_px for one in faces]),
            "face brightness, 0 to 255": spread([one.brightness for one in faces]),
            "face sharpness": spread([one.sharpness for one in faces]),
            "turned, degrees": spread([abs(one.yaw) for one in faces]),
        },
        "exact_duplicates": _listed([" = ".join(group) for group in exact_duplicates(items)]),
        "near_duplicates": _listed([f"{one} ~ {other}" for one, other in near_duplicates(items)]),
        "under_two_names": _listed(
            [" = ".join(group) for group in exact_duplicates(items, across_people=True)]
        ),
    }


def spread(values: Sequence[float]) -> dict[str, float] | None:
    """Smallest, 5th percentile, median, 95th percentile and largest; None without values."""
    if not values:
        return None
    low, middle, high = np.percentile(np.asarray(values, dtype=np.float64), [5, 50, 95])
    figures = (min(values), low, middle, high, max(values))
    names = ("min", "p5", "median", "p95", "max")
    return {name: round(float(figure), 3) for name, figure in zip(names, figures, strict=True)}


def balance(items: Sequence[Acquired]) -> dict[str, Any]:
    """How evenly pictures are shared out: people by pictures, and the largest person's share."""
    counts = Counter(item.sample.person for item in items)
    sizes = Counter("10 or more" if n >= 10 else str(n) for n in counts.values())
    name, most = counts.most_common(1)[0] if counts else ("", 0)
    return {
        "people_by_pictures": {
            key: sizes[key] for key in [*map(str, range(1, 10)), "10 or more"] if sizes[key]
        },
        "median_pictures": statistics.median(counts.values()) if counts else 0,
        "largest_person": name,
        "largest_share": round(most / len(items), 4) if items else 0.0,
    }


def exact_duplicates(
    items: Sequence[Acquired], *, across_people: bool = False
) -> list[tuple[str, ...]]:
    """Groups of files with the same content; on request those under several names only."""
    groups: dict[bytes, list[Acquired]] = defaultdict(list)
    for item in items:
        if item.seen is not None:
            groups[item.seen.sha256].append(item)
    return [
        tuple(item.sample.shown for item in group)
        for group in groups.values()
        if len({item.sample.person for item in group}) > (1 if across_people else 0)
        and len(group) > 1
    ]


def near_duplicates(items: Sequence[Acquired]) -> list[tuple[str, str]]:
    """Pairs of files that differ, but show the same photograph.

    Their 64-bit picture hashes differ in `NEAR_BITS` at most and their faces lie within
    `NEAR_DISTANCE`: either alone takes plain backgrounds, or alike pictures, for duplicates.
    """
    usable = [item for item in items if item.usable]
    hashes = np.array([item.seen.picture_hash for item in usable if item.seen], dtype=np.uint64)
    found = []
    for start in range(0, len(usable), _BLOCK):
        differ = np.bitwise_count(hashes[start : start + _BLOCK, None] ^ hashes[None, start:])
        for row, column in np.argwhere(np.triu(differ <= NEAR_BITS, k=1)):
            one, other = usable[start + int(row)], usable[start + int(column)]
            if _same_photograph(one, other):
                found.append((one.sample.shown, other.sample.shown))
    return found


def _same_photograph(one: Acquired, other: Acquired) -> bool:
    assert one.seen is not None
    assert other.seen is not None
    left: NDArray[np.float64] | None = one.template
    right: NDArray[np.float64] | None = other.template
    if one.seen.sha256 == other.seen.sha256 or left is None or right is None:
        return False
    return float(np.linalg.norm(left - right)) <= NEAR_DISTANCE


def _listed(entries: list[str]) -> dict[str, Any]:
    return {"count": len(entries), "shown": entries[:SHOWN]}
