"""Finding faces: the detector seam, and dlib's HOG detector behind it."""

import itertools
import logging
import threading
from typing import Any, Protocol

import numpy as np

from biometrics.faces import Detection, Image, require_image
from biometrics.geometry import Box

_LOG = logging.getLogger(__name__)
_OF_THREAD = threading.local()


def _dlib_detector() -> Any:
    """This thread's own: loading takes 0.25 s, and dlib objects must not change threads."""
    if not hasattr(_OF_THREAD, "detector"):
        import dlib

        _OF_THREAD.detector = dlib.get_frontal_face_detector()
    return _OF_THREAD.detector


class DetectorFailed(RuntimeError):  # noqa: N818 - named for what happened
    """Raised when a detector cannot load or has stopped; the message is for the operator."""


class Detector(Protocol):
    """Finds faces. One detector belongs to one thread."""

    def detect(self, image: Image) -> list[Detection]:
        """Every face in the picture, the largest first.

        Boxes are in pixels of `image` and may leave it.

        Raises:
            ValueError: Not an RGB picture of bytes.
        """
        ...


class HogDetector:
    """dlib's frontal detector: histograms of oriented gradients under a sliding window.

    Releases the GIL. Measured on one core: 30 to 49 ms for 640x480, 13 ms for 320x240, and the
    time grows with the area. The window is 80 px wide, so a face must have about 80 px of the
    searched picture.

    Args:
        upsample: How often the picture is doubled before the search: each time finds faces of
            half the size in four times the time.
        longest_side: Larger pictures are shrunk to it for the search (not for what follows);
            None searches every pixel.
        min_strength: Detections below are dropped. 0 is dlib's own limit.
    """

    def __init__(
        self,
        *,
        upsample: int = 0,
        longest_side: int | None = None,
        min_strength: float = 0.0,
    ) -> None:
        if upsample not in range(4):
            raise ValueError(f"upsample must be 0 to 3, got {upsample}")
        if longest_side is not None and longest_side < 80:
            raise ValueError(f"longest_side must be at least 80 px, got {longest_side}")
        self._upsample = upsample
        self._longest_side = longest_side
        self._min_strength = min_strength

    def detect(self, image: Image) -> list[Detection]:
        """Every face in the picture, the largest first; loads dlib at the first call."""
        require_image(image)
        searched, factor = fitted(image, self._longest_side)
        rectangles, strengths, _ = _dlib_detector().run(
            searched, self._upsample, self._min_strength
        )
        found = [
            # dlib's right and bottom edges are the last pixels inside.
            Detection(
                Box(r.left(), r.top(), r.right() + 1, r.bottom() + 1).scaled(factor), float(s)
            )
            for r, s in zip(rectangles, strengths, strict=True)
        ]
        return sorted(found, key=lambda detection: -detection.box.area)


def fitted(image: Image, longest_side: int | None) -> tuple[Image, float]:
    """The picture, shrunk when a side is longer, and how many times larger the original is."""
    longest = max(image.shape[:2])
    if longest_side is None or longest <= longest_side:
        return np.ascontiguousarray(image), 1.0
    import cv2

    factor = longest / longest_side
    height, width = image.shape[:2]
    size = (max(1, round(width / factor)), max(1, round(height / factor)))
    smaller = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(smaller, dtype=np.uint8), factor


def enlarged(image: Image) -> Image:
    """The picture at twice its size."""
    import cv2

    size = (2 * image.shape[1], 2 * image.shape[0])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


class IfUsable:
    """Another detector, or no faces when that one cannot be used: a help, not a need.

    The failure is logged once, as the event `face detector left out`.

    Args:
        detector: May raise `DetectorFailed`.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector: Detector | None = detector

    def detect(self, image: Image) -> list[Detection]:
        """Every face in the picture, the largest first."""
        if self._detector is None:
            return []
        try:
            return self._detector.detect(image)
        except DetectorFailed as error:
            self._detector = None
            fields = {"reason": str(error)}
            _LOG.warning("face detector left out", extra={"event_fields": fields})
            return []


class FirstThatFinds:
    """Several detectors, asked one after the other until one finds a face.

    Args:
        detectors: The first to ask first.
    """

    def __init__(self, *detectors: Detector) -> None:
        self._detectors = detectors

    def detect(self, image: Image) -> list[Detection]:
        """Every face that detector finds, the largest first."""
        for detector in self._detectors:
            if found := detector.detect(image):
                return found
        return []


class InTurn:
    """Several detectors, another one for each picture: each look costs what one of them does.

    Args:
        detectors: In the order of their turns.
    """

    def __init__(self, *detectors: Detector) -> None:
        self._detectors = itertools.cycle(detectors)

    def detect(self, image: Image) -> list[Detection]:
        """Every face that the detector whose turn it is finds, the largest first."""
        return next(self._detectors).detect(image)


class ThoroughDetector:
    """For photographs: searches again, doubled, when the first search may have missed faces.

    That is when it found none, or none larger than its smallest: then the real faces are often
    smaller still, and several. (Of six group pictures in which the first search saw one to three
    faces of 73 px, the second saw two to six of 37 to 75 px in five.)

    Args:
        first: Searches the picture as it is.
        second: Searches it doubled.
        smallest_px: Faces narrower than this are the smallest `first` can find, in pixels of a
            picture that needed no shrinking.
        longest_side: What both shrink pictures to.
    """

    def __init__(
        self,
        *,
        first: Detector | None = None,
        second: Detector | None = None,
        smallest_px: int = 80,
        longest_side: int = 1280,
    ) -> None:
        self._first = first or HogDetector(longest_side=longest_side)
        self._second = second or HogDetector(longest_side=longest_side, upsample=1)
        self._smallest_px = smallest_px
        self._longest_side = longest_side

    def detect(self, image: Image) -> list[Detection]:
        """Every face in the picture, the largest first; up to a second without faces."""
        found = self._first.detect(image)
        shrunk_by = max(1.0, max(image.shape[:2]) / self._longest_side)
        if found and found[0].box.width >= self._smallest_px * shrunk_by:
            return found
        return self._second.detect(image) or found
