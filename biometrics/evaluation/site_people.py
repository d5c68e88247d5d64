"""People of a gallery who need somebody's eye: alike, poor, alone with one sample, mixed up."""

import heapq
from collections.abc import Callable
from typing import Any

import numpy as np

from biometrics.gallery import Gallery, Person, unit_length
from biometrics.quality import ENROLMENT, QualityLimits, flaws_of

SHOWN = 200
"""Entries kept of each list; how many there are is always said."""
DISAGREE = 0.45
"""A sample farther than this from the person's others is hardly theirs: of pairs of one person in
lfw-dev fewer than 0.5 % lie so far apart, and means of several lie nearer still."""
_BLOCK = 1024

Listed = dict[str, Any]
"""`count`, and the first of them as `shown`."""


def look_alikes(
    gallery: Gallery,
    threshold: float,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Listed:
    """Pairs of people who lie within the limit of each other, the nearest first.

    One person enrolled twice, or two whom a camera takes for one another.

    Args:
        gallery: Everybody is compared with everybody: 1 minute for 100,000 people.
        threshold: The limit in force.
        progress: Called with how many of how many people are done.
    """
    least = 1 - threshold**2 / 2
    matrix = gallery.matrix()
    count = 0
    nearest: list[tuple[float, int, int]] = []
    for start in range(0, len(matrix), _BLOCK):
        cosines = matrix[start : start + _BLOCK] @ matrix[start:].T
        found = np.argwhere(np.triu(cosines >= least, k=1))
        count += len(found)
        for row, column in found:
            entry = (float(cosines[row, column]), start + int(row), start + int(column))
            if len(nearest) < SHOWN:
                heapq.heappush(nearest, entry)
            else:
                heapq.heappushpop(nearest, entry)
        progress(min(start + _BLOCK, len(matrix)), len(matrix))
    return {
        "count": count,
        "shown": [
            {
                "distance": round(float(np.sqrt(max(0.0, 2 - 2 * cosine))), 3),
                "names": [gallery.at(row).display_name for row in (first, second)],
            }
            for cosine, first, second in sorted(nearest, reverse=True)
        ],
    }


def single_samples(gallery: Gallery) -> Listed:
    """People with one sample: missed about three times as often as those with three."""
    alone = [person.display_name for person in gallery.people if len(person.templates) == 1]
    return _listed(sorted(alone, key=str.casefold))


def poor_people(gallery: Gallery, limits: QualityLimits = ENROLMENT) -> Listed:
    """People without a single sample that a checkpoint would take today, and what is wrong.

    Samples about which nothing was measured, such as imported ones, are not judged.
    """
    found = []
    for person in sorted(gallery.people, key=lambda one: one.display_name.casefold()):
        flaws = [flaws_of(template.quality, limits) for template in person.templates]
        if all(flaws) and flaws[0]:
            cure = flaws[0][0].sentence()
            found.append({"name": person.display_name, "flaw": cure[:1].lower() + cure[1:]})
    return _listed(found)


def disagreeing_samples(gallery: Gallery) -> Listed:
    """People one of whose samples is unlike their others: perhaps somebody else's face."""
    found = [
        {"name": person.display_name, "distance": round(span, 3), "source": source}
        for person in gallery.people
        if len(person.templates) > 1
        for span, source in [_farthest(person)]
        if span > DISAGREE
    ]
    return _listed(sorted(found, key=lambda entry: -float(str(entry["distance"]))))


def _farthest(person: Person) -> tuple[float, str]:
    """The sample farthest from the mean of the others, and where it came from."""
    rows = np.array([template.encoding for template in person.templates])
    rest = rows.sum(axis=0) - rows
    lengths = np.linalg.norm(rest, axis=1)
    spans = [
        float(np.linalg.norm(row - unit_length(others))) if length > 0 else 2.0
        for row, others, length in zip(rows, rest, lengths, strict=True)
    ]
    place = int(np.argmax(spans))
    return spans[place], person.templates[place].source


def _listed(entries: list[Any]) -> Listed:
    return {"count": len(entries), "shown": entries[:SHOWN]}
