"""How much faster is the converted CNN detector than dlib's own, and does it find the same faces?

The peer is `dlib.cnn_face_detection_model_v1` in the same run, on one core, taking turns, at
640x480. Agreement is the share of faces, found by either, that both found with an intersection
over union of 0.9 or more: on pictures of `lfw-dev` and of groups of people (640 px); without
that data on the two portraits that packages ship. `--recall` adds how many pictures of
`lfw-dev` and how many faces of the multi-face pictures each detector finds, and its time.

    python -m benchmarks.detector [--rounds 5] [--pictures 200] [--recall] [--json]
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks._side_by_side import (
    group_pictures,
    lfw_pictures,
    medians_ms,
    one_core,
    shipped_pictures,
)
from biometrics.cnn_detector import CnnDetector, weights_path
from biometrics.detect import Detector, HogDetector, ThoroughDetector, fitted
from biometrics.faces import Detection, Image
from biometrics.geometry import Box

WANTED_RATIO = 15.0
SAME_IOU = 0.9
LONGEST_SIDE = 640


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured.

    Attributes:
        ratio: dlib's time for a picture of 640x480 over ours.
        agreement: Share of faces that both found in the same place.
        faces: How many faces either found.
        pictures: In how many pictures.
        max_difference: Largest difference of strength of a face that both found.
        dlib_ms: dlib's median.
        ours_ms: Ours.
    """

    ratio: float
    agreement: float
    faces: int
    pictures: int
    max_difference: float
    dlib_ms: float
    ours_ms: float


class DlibCnn:
    """The peer, behind the same seam."""

    def __init__(self) -> None:
        import dlib

        self._network: Any = dlib.cnn_face_detection_model_v1(str(weights_path()))

    def detect(self, image: Image) -> list[Detection]:
        """Every face in the picture, the largest first."""
        found = [
            Detection(
                Box(one.rect.left(), one.rect.top(), one.rect.right() + 1, one.rect.bottom() + 1),
                one.confidence,
            )
            for one in self._network(np.ascontiguousarray(image), 0)
        ]
        return sorted(found, key=lambda detection: -detection.box.area)


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints; 0 when the wanted numbers are reached, 1 when not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--recall", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    where = one_core()
    if options.recall:
        sys.stdout.write(recall(options.pictures) + "\n")
    pictures, source = _pictures(options.pictures)
    figures = measure(pictures, rounds=options.rounds, peer=DlibCnn(), ours=CnnDetector(threads=1))
    sys.stdout.write(told(figures, where=where, source=source) + "\n")
    if options.json:
        sys.stdout.write(json.dumps(asdict(figures)) + "\n")
    return 0 if reached(figures) else 1


def measure(pictures: Sequence[Image], *, rounds: int, peer: Detector, ours: Detector) -> Figures:
    """Times both on a camera frame, and compares what they find on all pictures."""
    frame = _frame(shipped_pictures()[0])
    dlib_ms, ours_ms = medians_ms(
        [lambda: peer.detect(frame), lambda: ours.detect(frame)], rounds=rounds
    )
    both, either, apart = 0, 0, 0.0
    for picture in pictures:
        some, others = peer.detect(picture), ours.detect(picture)
        pairs = matched(some, others)
        both += len(pairs)
        either += len(some) + len(others) - len(pairs)
        apart = max([apart, *(abs(one.strength - two.strength) for one, two in pairs)])
    return Figures(
        ratio=round(dlib_ms / ours_ms, 2),
        agreement=both / either if either else 1.0,
        faces=either,
        pictures=len(pictures),
        max_difference=apart,
        dlib_ms=round(dlib_ms, 1),
        ours_ms=round(ours_ms, 1),
    )


def matched(
    some: Iterable[Detection], others: Iterable[Detection]
) -> list[tuple[Detection, Detection]]:
    """The pairs that lie in the same place, each detection in one pair at most."""
    left = list(others)
    pairs = []
    for one in some:
        best = max(left, key=lambda other: one.box.iou(other.box), default=None)
        if best is not None and one.box.iou(best.box) >= SAME_IOU:
            left.remove(best)
            pairs.append((one, best))
    return pairs


def recall(pictures: int) -> str:
    """How many people of `lfw-dev`, and how many faces of groups, each detector finds."""
    portraits = [picture for _, picture in zip(range(pictures), lfw_pictures(), strict=False)]
    groups = group_pictures()
    if not portraits:
        return "recall: no lfw-dev here"
    detectors: dict[str, Callable[[], Detector]] = {
        "HOG": lambda: HogDetector(longest_side=1280),
        "HOG, doubled": lambda: HogDetector(longest_side=1280, upsample=1),
        "HOG, thorough": ThoroughDetector,
        "CNN": lambda: CnnDetector(longest_side=1280, threads=1),
        "CNN, doubled": lambda: CnnDetector(longest_side=960, upsample=1, threads=1),
    }
    lines = [f"{'':16}{'of ' + str(len(portraits)):>10}{'ms':>8}{'in groups':>12}{'ms':>8}"]
    for name, make in detectors.items():
        detector = make()
        found, portrait_ms = _all(detector, portraits)
        in_groups, group_ms = _all(detector, groups)
        hits = sum(any(_in_the_middle(one, picture) for one in many)
                   for many, picture in zip(found, portraits, strict=True))  # fmt: skip
        faces = sum(map(len, in_groups))
        lines.append(f"{name:16}{hits:>10}{portrait_ms:>8.0f}{faces:>12}{group_ms:>8.0f}")
    return "\n".join(lines)


def reached(figures: Figures) -> bool:
    """Whether the promised numbers are reached."""
    return figures.ratio >= WANTED_RATIO and figures.agreement >= 0.999


def told(figures: Figures, *, where: str, source: str) -> str:
    """The figures for a person, side by side."""
    return (
        f"{where}; {source}\n"
        f"{'':24}{'ms at 640x480':>16}{'times faster':>14}{'wanted':>9}\n"
        f"{'dlib CNN':24}{figures.dlib_ms:>16.0f}{1:>14.1f}\n"
        f"{'ONNX Runtime CNN':24}{figures.ours_ms:>16.0f}{figures.ratio:>14.1f}"
        f"{WANTED_RATIO:>9.0f}\n"
        f"{figures.faces} faces in {figures.pictures} pictures; the same face in the same place:"
        f" {figures.agreement:.2%}; largest difference of strength {figures.max_difference:.1e}"
    )


def _pictures(wanted: int) -> tuple[list[Image], str]:
    people = [picture for _, picture in zip(range(wanted), lfw_pictures(), strict=False)]
    groups = [fitted(picture, LONGEST_SIDE)[0] for picture in group_pictures()]
    if people:
        return people + groups, f"{len(people)} people of lfw-dev and {len(groups)} groups"
    shipped = [fitted(picture, LONGEST_SIDE)[0] for picture in shipped_pictures()]
    return shipped, "the portraits that packages ship (no lfw-dev here)"


def _frame(picture: Image) -> Image:
    """A picture of 640x480 with the portrait in it."""
    portrait, _ = fitted(picture, 480)
    frame = np.full((480, LONGEST_SIDE, 3), 96, dtype=np.uint8)
    frame[: portrait.shape[0], 80 : 80 + portrait.shape[1]] = portrait
    return frame


def _all(detector: Detector, pictures: Sequence[Image]) -> tuple[list[list[Detection]], float]:
    """What it finds in each, and its mean time in ms."""
    detector.detect(pictures[0])
    started_s = time.perf_counter()
    found = [detector.detect(picture) for picture in pictures]
    return found, (time.perf_counter() - started_s) * 1000 / len(pictures)


def _in_the_middle(found: Detection, picture: Image) -> bool:
    """Whether the box holds the picture's centre, where lfw-dev has its person."""
    middle_y, middle_x = picture.shape[0] / 2, picture.shape[1] / 2
    box = found.box
    across = box.left <= middle_x < box.right
    return bool(across and box.top <= middle_y < box.bottom)


if __name__ == "__main__":
    sys.exit(main())
