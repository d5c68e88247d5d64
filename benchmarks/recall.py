"""Does looking where faces were lose any that a search of every whole frame finds?

Plays the clips of the development data as a camera would: looks begin at the earliest 0.1 s after
each other (0.066 s while nobody is there) and take as long as their searches cost; in between the
frame on the screen shows the boxes of before, followed by the live search, left where they were by
the peer, which searches the whole frame at every look. The truth is what a search of that frame
finds. A face counts as found when a box on the screen overlaps it by half or more.

    python3 run.py bench recall [--json]
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from benchmarks._side_by_side import data_folder
from biometrics.detect import Detector, HogDetector
from biometrics.faces import Detection, Image
from biometrics.follow import Follower
from biometrics.geometry import Box
from biometrics.live_detector import FULL_SIDE_PX, LiveDetector, Searches, hog_searches

# What each search costs in seconds on one core, and what a face costs after it.
FULL_S, SMALL_S, CLOSE_UP_S, FACE_S = 0.040, 0.013, 0.006, 0.004
RESTING_S, EMPTY_S = 0.1, 0.066
OVERLAP = 0.5
NOWHERE = 0.2
"""A box that overlaps no face by this much is a false one."""


@dataclass(slots=True)
class Figures:
    """What was counted, over all frames of all clips.

    Attributes:
        faces: Faces that the search of each whole frame finds.
        live: Of those, on the screen with the live search.
        whole: With a search of the whole frame at every look.
        live_false: Boxes on no face, live.
        whole_false: The same of the peer.
        live_looks: Looks.
        whole_looks: The same of the peer.
        live_busy: Share of the time spent on looks, by the searches' costs.
        whole_busy: The same of the peer.
    """

    faces: int = 0
    live: int = 0
    whole: int = 0
    live_false: int = 0
    whole_false: int = 0
    live_looks: int = 0
    whole_looks: int = 0
    live_busy: float = 0.0
    whole_busy: float = 0.0


def main(argv: Sequence[str] | None = None) -> int:
    """Counts and prints; 0 when the live search finds no fewer faces, 1 when it does."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="the last line is one object")
    options = parser.parse_args(argv)
    folder = data_folder()
    clips = sorted((folder / "clips").glob("*.m*")) if folder else []
    if not clips:
        sys.stdout.write("There are no clips (set FACENETGRID_DATA).\n")
        return 2
    figures, seconds = Figures(), 0.0
    for clip in clips:
        seconds += _play(clip, figures)
        sys.stdout.write(f"{clip.name}: {figures.live} and {figures.whole} of {figures.faces}\n")
    figures.live_busy = round(figures.live_busy / seconds, 3)
    figures.whole_busy = round(figures.whole_busy / seconds, 3)
    sys.stdout.write(told(figures) + "\n")
    if options.json:
        sys.stdout.write(json.dumps(asdict(figures)) + "\n")
    return 0 if figures.live >= figures.whole else 1


def told(figures: Figures) -> str:
    """The figures for a person."""
    return (
        f"found on the screen: live {figures.live / figures.faces:.1%},"
        f" whole frames {figures.whole / figures.faces:.1%} of {figures.faces} faces\n"
        f"boxes on no face: live {figures.live_false}, whole frames {figures.whole_false}\n"
        f"one core busy looking: live {figures.live_busy:.0%}, whole frames"
        f" {figures.whole_busy:.0%} ({figures.live_looks} and {figures.whole_looks} looks)"
    )


@dataclass(slots=True)
class _Costed:
    """A detector that adds what it costs to a bill."""

    detector: Detector
    cost_s: float
    bill: list[float]

    def detect(self, image: Image) -> list[Detection]:
        """What the detector finds."""
        self.bill.append(self.cost_s)
        return self.detector.detect(image)


@dataclass(slots=True)
class _Screen:
    """The boxes that are shown, frame by frame; a look's appear when it has ended."""

    boxes: tuple[Box, ...] = ()
    coming: tuple[Box, ...] = ()
    looked_s: float = float("-inf")
    free_s: float = 0.0
    looks: int = 0
    busy_s: float = 0.0
    bill: list[float] = field(default_factory=list)

    def due(self, now_s: float) -> bool:
        """Whether a look begins; what the last one found is shown by then."""
        if now_s < self.free_s:
            return False
        self.boxes = self.coming
        return now_s - self.looked_s >= (RESTING_S if self.boxes else EMPTY_S) - 1e-6

    def looked(self, now_s: float, found: Sequence[Detection]) -> None:
        """A look began, and will have found this."""
        cost_s = sum(self.bill) + FACE_S * len(found)
        self.bill.clear()
        self.looks, self.busy_s = self.looks + 1, self.busy_s + cost_s
        self.looked_s, self.free_s = now_s, now_s + cost_s
        self.coming = tuple(each.box for each in found)


def _play(clip: Path, figures: Figures) -> float:
    """Plays one clip to both; gives its length in seconds."""
    live, whole = _Screen(), _Screen()
    now_s = [0.0]
    real = hog_searches()
    searches = Searches(
        _Costed(real.full, FULL_S, live.bill),
        _Costed(real.small, SMALL_S, live.bill),
        _Costed(real.close_up, CLOSE_UP_S, live.bill),
    )
    detector, follower = LiveDetector(searches, clock=lambda: now_s[0]), Follower()
    truth = HogDetector(longest_side=FULL_SIDE_PX)
    for time_s, image in _frames(clip):
        now_s[0] = time_s
        there = truth.detect(image)
        if whole.due(time_s):
            whole.bill.append(FULL_S)
            whole.looked(time_s, there)
        if live.due(time_s):
            found = detector.detect(image, follower.boxes)
            follower.start(image, [each.box for each in found])
            live.looked(time_s, found)
        elif time_s >= live.free_s:
            live.boxes = live.coming = follower.follow(image)
        figures.faces += len(there)
        figures.live += _found(live.boxes, there)
        figures.whole += _found(whole.boxes, there)
        figures.live_false += _false(live.boxes, there)
        figures.whole_false += _false(whole.boxes, there)
    figures.live_looks += live.looks
    figures.whole_looks += whole.looks
    figures.live_busy += live.busy_s
    figures.whole_busy += whole.busy_s
    return now_s[0]


def _frames(clip: Path) -> Iterator[tuple[float, Image]]:
    """Every picture of a clip with its time."""
    import cv2

    film = cv2.VideoCapture(str(clip))
    rate, number = film.get(cv2.CAP_PROP_FPS), 0
    while True:
        good, picture = film.read()
        if not good:
            film.release()
            return
        yield number / rate, np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
        number += 1


def _found(boxes: Sequence[Box], there: Sequence[Detection]) -> int:
    return sum(any(box.iou(face.box) >= OVERLAP for box in boxes) for face in there)


def _false(boxes: Sequence[Box], there: Sequence[Detection]) -> int:
    return sum(all(box.iou(face.box) < NOWHERE for face in there) for box in boxes)


if __name__ == "__main__":
    sys.exit(main())
