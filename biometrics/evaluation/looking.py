"""One look at a picture: its face, the chip, and what the data report needs."""

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from biometrics.align import Aligner
from biometrics.cnn_detector import CnnDetector
from biometrics.detect import Detector, DetectorFailed, HogDetector
from biometrics.encode import Encoder, stack
from biometrics.evaluation.store import Seen
from biometrics.faces import Chip, Detection, Face, Image, Landmarks, mirrored
from biometrics.geometry import Box
from biometrics.quality import luma, sharpness, yaw_degrees

_LOG = logging.getLogger(__name__)
WAY = "hog-hog2-cnn-nearest-the-middle-2"
"""Names this way of choosing the face; part of the key of what is kept."""
LONGEST_SIDE_PX = 1280
"""Larger pictures are shrunk for the search, as for enrolment from photographs."""

CNN_SIDE_PX = 640
"""The same for the CNN detector: 0.18 s a picture."""


class Alignment(Protocol):
    """What cuts a face out: `biometrics.align.Aligner`, or a stand-in."""

    def landmarks(self, image: Image, box: Box) -> Landmarks:
        """The 68 points of the face in `box`."""
        ...

    def chip(self, image: Image, landmarks: Landmarks) -> Chip:
        """The face upright."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What is known before encoding: `chip` is None without a face.

    `final` is False when nothing was found and a detector could not be used: another day may
    find the face. `find_s` and `align_s` are how long the two steps took.
    """

    seen: Seen
    chip: Chip | None
    final: bool = True
    box: Box | None = None
    find_s: float = 0.0
    align_s: float = 0.0


class Looker:
    """Finds the face of a picture: the nearest to the middle, where collections have their person.

    Pictures in which nothing is found are searched doubled, and then by the CNN detector: of the
    21 pictures of lfw-dev that HOG leaves, it finds the face in all. One object a
    thread.

    Args:
        detectors: Asked in turn until one finds a face.
        aligner: Cuts it out.
    """

    def __init__(
        self, detectors: tuple[Detector, ...] | None = None, aligner: Alignment | None = None
    ) -> None:
        self._detectors = detectors or (
            HogDetector(longest_side=LONGEST_SIDE_PX),
            HogDetector(longest_side=LONGEST_SIDE_PX, upsample=1),
            CnnDetector(longest_side=CNN_SIDE_PX, threads=1),
        )
        self._failed = False
        self._aligner = aligner or Aligner()

    def look(self, image: Image, sha256: bytes) -> Look:
        """Finds, cuts out and measures; 20 ms for 250x250, 70 where nothing is found.

        Raises:
            ValueError: Not an RGB picture of bytes.
        """
        started_s = time.perf_counter()
        found = self._find(image)
        found_s = time.perf_counter()
        find_s = found_s - started_s
        height, width = image.shape[:2]
        seen = Seen(
            sha256=sha256,
            picture_hash=picture_hash(image),
            width=width,
            height=height,
            faces=len(found),
            brightness=float(luma(image).mean()),
        )
        if not found:
            return Look(seen, None, final=not self._failed, find_s=find_s)
        box = min(found, key=lambda one: _off_middle(one.box, width, height)).box
        landmarks = self._aligner.landmarks(image, box)
        chip = self._aligner.chip(image, landmarks)
        face = Face(box, landmarks, 0.0)
        measured = replace(
            seen,
            brightness=float(luma(chip[30:140, 25:125]).mean()),
            sharpness=sharpness(chip),
            face_px=face.width_px,
            yaw=yaw_degrees(landmarks),
        )
        align_s = time.perf_counter() - found_s
        return Look(measured, chip, box=box, find_s=find_s, align_s=align_s)

    def _find(self, image: Image) -> list[Detection]:
        for detector in self._detectors:
            try:
                found = detector.detect(image)
            except DetectorFailed as error:
                _LOG.warning("%s", error)
                self._detectors = tuple(one for one in self._detectors if one is not detector)
                self._failed = True
                continue
            if found:
                return found
        return []


class ThreadLooker:
    """A `Looker` of its own for every thread that asks.

    Args:
        make: Makes one, in the thread that needs it.
    """

    def __init__(self, make: Callable[[], Looker] = Looker) -> None:
        self._make = make
        self._own = threading.local()

    def look(self, image: Image, data: bytes) -> Look:
        """As `Looker.look`; `data` is the file's content, or stands for it."""
        if not hasattr(self._own, "looker"):
            self._own.looker = self._make()
        looker: Looker = self._own.looker
        return looker.look(image, hashlib.sha256(data).digest())


def encoded(looks: list[Look], encoder: Encoder) -> list[Seen]:
    """The looks with both encodings of every face, in one batch.

    Raises:
        EncoderFailed: As the encoder.
    """
    chips = [look.chip for look in looks if look.chip is not None]
    if not chips:
        return [look.seen for look in looks]
    rows = encoder.encode(stack([view for chip in chips for view in (chip, mirrored(chip))]))
    pairs = iter(rows.reshape(len(chips), 2, -1))
    result = []
    for look in looks:
        if look.chip is None:
            result.append(look.seen)
        else:
            straight, mirror = next(pairs)
            result.append(replace(look.seen, straight=straight, mirrored=mirror))
    return result


def picture_hash(image: Image) -> int:
    """64 bits: is each cell of an 8x8 grid brighter than its left neighbour ("dHash").

    The same picture saved again or at another size differs in a few bits, other pictures of one
    person in about 20 to 40.
    """
    import cv2

    grey = luma(image)
    small = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA)
    bits = np.packbits((np.diff(small, axis=1) > 0).ravel())
    return int.from_bytes(bits.tobytes(), "big")


def _off_middle(box: Box, width: int, height: int) -> float:
    x, y = box.centre
    return abs(x - width / 2) + abs(y - height / 2)
