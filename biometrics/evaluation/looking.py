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
from biometrics.arcface_align import arcface_chip
from biometrics.cnn_detector import CnnDetector
from biometrics.detect import Detector, DetectorFailed, HogDetector
from biometrics.encode import Encoder, fuse, stack
from biometrics.evaluation.store import Seen
from biometrics.faces import Chip, ChipLayout, Detection, Face, Image, Landmarks
from biometrics.geometry import Box
from biometrics.quality import luma, sharpness, yaw_degrees
from biometrics.views import sample_views

_LOG = logging.getLogger(__name__)
WAY = "hog-hog2-cnn-over-the-middle-six-views"
"""Names this way of choosing the face and its views; part of the key of what is kept."""
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

    def second_chip(self, image: Image, box: Box) -> Chip:
        """The face upright by another opinion."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What is known before encoding: `cuts` is empty without a face.

    `final` is False when nothing was found and a detector could not be used: another day may
    find the face. `find_s` and `align_s` are how long the two steps took.
    """

    seen: Seen
    cuts: tuple[Chip, ...]
    final: bool = True
    box: Box | None = None
    find_s: float = 0.0
    align_s: float = 0.0


class Looker:
    """Finds the face of a picture: the nearest to the middle, where collections have their person.

    Pictures in which no face lies over the middle are searched doubled, and then by the CNN
    detector: of the 21 pictures of lfw-dev that HOG leaves, it finds the face in all, and in two
    more the person beside whom HOG saw a bystander. One object a thread.

    Args:
        detectors: Asked in turn until one finds a face over the middle.
        aligner: Cuts it out.
        layout: How the encoder wants its chips.
    """

    def __init__(
        self,
        detectors: tuple[Detector, ...] | None = None,
        aligner: Alignment | None = None,
        layout: ChipLayout = "dlib-150",
    ) -> None:
        self._detectors = detectors or (
            HogDetector(longest_side=LONGEST_SIDE_PX),
            HogDetector(longest_side=LONGEST_SIDE_PX, upsample=1),
            CnnDetector(longest_side=CNN_SIDE_PX, threads=1),
        )
        self._failed = False
        self._aligner = aligner or Aligner()
        self._layout = layout

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
            return Look(seen, (), final=not self._failed, find_s=find_s)
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
        if self._layout == "arcface-112":
            cuts: tuple[Chip, ...] = (arcface_chip(image, landmarks),)
        else:
            cuts = (chip, self._aligner.second_chip(image, box))
        align_s = time.perf_counter() - found_s
        return Look(measured, cuts, box=box, find_s=find_s, align_s=align_s)

    def _find(self, image: Image) -> list[Detection]:
        best: list[Detection] = []
        height, width = image.shape[:2]
        for detector in self._detectors:
            try:
                found = detector.detect(image)
            except DetectorFailed as error:
                _LOG.warning("%s", error)
                self._detectors = tuple(one for one in self._detectors if one is not detector)
                self._failed = True
                continue
            if any(_over(one.box, width / 2, height / 2) for one in found):
                return found
            best = best or found
        return best


class ThreadLooker:
    """A `Looker` of its own for every thread that asks.

    Args:
        make: Makes one, in the thread that needs it.
    """

    def __init__(self, make: Callable[[], Looker] = Looker) -> None:
        self._make = make
        self._own = threading.local()

    @classmethod
    def of(cls, layout: ChipLayout) -> "ThreadLooker":
        """Cuts chips as an encoder with that layout wants them."""
        return cls(lambda: Looker(layout=layout))

    def look(self, image: Image, data: bytes) -> Look:
        """As `Looker.look`; `data` is the file's content, or stands for it."""
        if not hasattr(self._own, "looker"):
            self._own.looker = self._make()
        looker: Looker = self._own.looker
        return looker.look(image, hashlib.sha256(data).digest())


def encoded(looks: list[Look], encoder: Encoder) -> list[Seen]:
    """The looks with the encodings of every face, in one batch.

    Raises:
        EncoderFailed: As the encoder.
    """
    views = [sample_views(look.cuts) if look.cuts else [] for look in looks]
    chips = [view for face in views for view in face]
    if not chips:
        return [look.seen for look in looks]
    rows = encoder.encode(stack(chips))
    result, start = [], 0
    for look, face in zip(looks, views, strict=True):
        own = rows[start : start + len(face)]
        start += len(face)
        result.append(replace(look.seen, straight=own[0], fused=fuse(own)) if face else look.seen)
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


def _over(box: Box, x: float, y: float) -> bool:
    """Whether that point lies on the face, or as near as half its size."""
    off_x, off_y = (abs(a - b) for a, b in zip(box.centre, (x, y), strict=True))
    return off_x <= box.width and off_y <= box.height


def _off_middle(box: Box, width: int, height: int) -> float:
    x, y = box.centre
    return abs(x - width / 2) + abs(y - height / 2)
