"""How much faster is the converted network than dlib's own, and are its numbers the same?

The peer is dlib-bin's `compute_face_descriptor` with the same weights, in the same run, on one
core, taking turns. Largest difference over 500 faces of `lfw-dev`; without that data over the two
portraits that packages ship, shifted and mirrored.

    python -m benchmarks.encoder [--rounds 15] [--faces 500] [--json]
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks._side_by_side import lfw_pictures, medians_ms, one_core, shipped_pictures
from biometrics.align import Aligner
from biometrics.detect import HogDetector
from biometrics.dlib_engine import DlibEncoder
from biometrics.encode import Encoder, stack
from biometrics.faces import Chip, Image, mirrored
from biometrics.onnx_engine import OnnxEncoder

BATCH = 16
WANTED_RATIO = 12.0
WANTED_RATIO_BATCH = 14.0
WANTED_DIFFERENCE = 1e-5


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured.

    Attributes:
        ratio: dlib's time for one chip over ours.
        ratio_batch: The same for a batch of 16, by the chip.
        max_difference: Largest difference of any of the 128 numbers of any face.
        faces: How many faces were compared.
        dlib_ms: dlib's median for one chip.
        ours_ms: Ours.
        batch_ms: Ours in a batch, by the chip.
    """

    ratio: float
    ratio_batch: float
    max_difference: float
    faces: int
    dlib_ms: float
    ours_ms: float
    batch_ms: float


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints; 0 when the wanted numbers are reached, 1 when not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--faces", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    where = one_core()
    chips, source = faces(options.faces)
    figures = measure(chips, rounds=options.rounds, peer=DlibEncoder(), ours=OnnxEncoder(threads=1))
    sys.stdout.write(told(figures, where=where, source=source) + "\n")
    if options.json:
        sys.stdout.write(json.dumps(asdict(figures)) + "\n")
    return 0 if reached(figures) else 1


def faces(wanted: int) -> tuple[list[Chip], str]:
    """That many chips, and where they come from."""
    found: list[Chip] = []
    detector, aligner = HogDetector(), Aligner()
    for picture in lfw_pictures():
        if len(found) == wanted:
            break
        found += _chips(picture, detector, aligner)[:1]
    if found:
        return found, f"{len(found)} people of lfw-dev"
    portraits = [chip for image in shipped_pictures() for chip in _chips(image, detector, aligner)]
    views = [*portraits, *map(mirrored, portraits)]
    moved = [np.roll(chip, shift, axis=1) for chip in views for shift in range(0, 16, 2)]
    return moved[:wanted], f"shipped portraits in {len(moved[:wanted])} positions (no lfw-dev here)"


def measure(chips: Sequence[Chip], *, rounds: int, peer: Encoder, ours: Encoder) -> Figures:
    """Times both engines on the first chips, and compares their numbers on all."""
    one = stack(chips[:1])
    batch = stack([chips[index % len(chips)] for index in range(BATCH)])
    dlib_ms, ours_ms, batch_ms = medians_ms(
        [lambda: peer.encode(one), lambda: ours.encode(one), lambda: ours.encode(batch)],
        rounds=rounds,
        calls=3,
    )
    batch_ms /= BATCH
    everything = stack(chips)
    return Figures(
        ratio=round(dlib_ms / ours_ms, 2),
        ratio_batch=round(dlib_ms / batch_ms, 2),
        max_difference=largest_difference(peer.encode(everything), ours.encode(everything)),
        faces=len(chips),
        dlib_ms=round(dlib_ms, 2),
        ours_ms=round(ours_ms, 2),
        batch_ms=round(batch_ms, 2),
    )


def largest_difference(some: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """The largest difference of any two numbers at the same place."""
    return float(np.abs(some - others).max())


def reached(figures: Figures) -> bool:
    """Whether the promised numbers are reached."""
    return (
        figures.ratio >= WANTED_RATIO
        and figures.ratio_batch >= WANTED_RATIO_BATCH
        and figures.max_difference <= WANTED_DIFFERENCE
    )


def told(figures: Figures, *, where: str, source: str) -> str:
    """The figures for a person, side by side."""
    return (
        f"{where}; {source}\n"
        f"{'':24}{'ms a chip':>12}{'times faster':>14}{'wanted':>9}\n"
        f"{'dlib, one chip':24}{figures.dlib_ms:>12.2f}{1:>14.1f}\n"
        f"{'ONNX Runtime, one chip':24}{figures.ours_ms:>12.2f}{figures.ratio:>14.1f}"
        f"{WANTED_RATIO:>9.0f}\n"
        f"{f'ONNX Runtime, {BATCH} chips':24}{figures.batch_ms:>12.2f}{figures.ratio_batch:>14.1f}"
        f"{WANTED_RATIO_BATCH:>9.0f}\n"
        f"largest difference {figures.max_difference:.1e} (wanted {WANTED_DIFFERENCE:.0e})"
    )


def _chips(image: Image, detector: HogDetector, aligner: Aligner) -> list[Chip]:
    return [
        aligner.chip(image, aligner.landmarks(image, found.box)) for found in detector.detect(image)
    ]


if __name__ == "__main__":
    sys.exit(main())
