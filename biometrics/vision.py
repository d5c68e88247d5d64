"""What a thread or a command line owns to see faces: look, encode, take a photo's sample."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from biometrics.align import Aligner
from biometrics.arcface_align import arcface_chip
from biometrics.cnn_detector import CnnDetector
from biometrics.detect import (
    Detector,
    FirstThatFinds,
    HogDetector,
    IfUsable,
    InTurn,
    ThoroughDetector,
)
from biometrics.encode import Encoder, fuse, open_encoder, stack
from biometrics.faces import Chip, Detection, Encoding, Face, Image
from biometrics.follow import Follower
from biometrics.geometry import Box
from biometrics.live_detector import FULL_SIDE_PX, FrameDetector, LiveDetector
from biometrics.quality import LIVE, PHOTO, Flaw, Quality, QualityLimits, assess
from biometrics.views import Views, probe_views, sample_views
from biometrics.yardstick import Yardstick, yardstick_of

COMPARABLE = 0.6
"""A face counts as another person in view from this share of a face's width on: people beside
each other count, passers-by behind (from 1.7 times the distance on) do not."""
SMALLEST_PX = 70
"""A face narrower than this in a frame of `FULL_SIDE_PX` is first seen by the far look alone."""
FAR_EVERY_S = 1.0
"""How often a frame without faces is searched once more: in turn for smaller faces, to say "come
closer", and for turned ones, to say "look at the camera"."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenFace:
    """A face in a frame: where, its chip as the encoder wants it, and how good it is.

    Args:
        face: Where.
        chip: Cut on the 68 landmarks, or as the user's own network wants it.
        quality: How good it is.
        second: Cut by a second opinion (`Aligner.second_chip`), for dlib's network.
    """

    face: Face
    chip: Chip
    quality: Quality
    second: Chip | None = None

    @property
    def cuts(self) -> tuple[Chip, ...]:
        """Every chip there is: what is encoded and fused."""
        return (self.chip,) if self.second is None else (self.chip, self.second)


Encode = Callable[[SeenFace, Views], Encoding]
"""Encodes those views of a face: `Vision.encode`, or what stands in for it."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What one look found.

    Args:
        faces: The largest first.
        main: Index of the face that is meant: the largest. None without faces.
        detect_ms: Time the look took.
    """

    faces: tuple[SeenFace, ...]
    main: int | None
    detect_ms: float

    @property
    def main_face(self) -> SeenFace | None:
        """The face that is meant, None without faces."""
        return None if self.main is None else self.faces[self.main]


@dataclass(frozen=True, slots=True, eq=False)
class PhotoSample:
    """The one usable face of a photograph; `encoding` raw, of all its views fused."""

    encoding: Encoding
    seen: SeenFace


@dataclass(frozen=True, slots=True)
class PhotoRefused:
    """Why a photograph gives no sample: a sentence, and the flaws behind it."""

    reason: str
    flaws: tuple[Flaw, ...] = ()


class Vision:
    """Detector, aligner and encoder of one thread; models load when first needed.

    Args:
        detector: Finds faces in the frames of a camera.
        far_detector: Finds smaller or turned faces, slowly: asked when `detector` finds none,
            once every 1 s at most. None for never.
        photo_detector: Finds faces in photographs.
        aligner: Landmarks and chips.
        encoder: Closed with this object.
        limits: Quality limits for `look`.
        closing: Set by `close`, for detectors that may be busy loading then.
        yardstick: What the encoder's numbers mean; None for the usual one of such an encoder.
    """

    def __init__(
        self,
        *,
        detector: FrameDetector,
        photo_detector: Detector,
        aligner: Aligner,
        encoder: Encoder,
        far_detector: Detector | None = None,
        limits: QualityLimits = LIVE,
        closing: threading.Event | None = None,
        yardstick: Yardstick | None = None,
    ) -> None:
        self._detector = detector
        self._follower = Follower()
        self._far_detector = far_detector
        self._far_at_s = -FAR_EVERY_S
        self._photo_detector = photo_detector
        self._aligner = aligner
        self._encoder = encoder
        self._limits = limits
        self._closing = closing or threading.Event()
        self._yardstick = yardstick or yardstick_of(encoder)

    @classmethod
    def open(
        cls, *, background: bool = True, limits: QualityLimits = LIVE, network: Path | None = None
    ) -> "Vision":
        """The vision of this installation; nothing is loaded yet but a network of the user's own.

        Args:
            background: As `open_encoder`.
            limits: Quality limits for `look`.
            network: As `open_encoder`.

        Raises:
            EncoderFailed: `network` is no face network, or its calibration is damaged.
        """
        closing = threading.Event()
        encoder = open_encoder(background=background, network=network)
        yardstick = yardstick_of(encoder, network)
        return cls(
            detector=LiveDetector(),
            far_detector=InTurn(
                HogDetector(longest_side=480, upsample=1),
                IfUsable(CnnDetector(longest_side=480, stopped=closing)),
            ),
            photo_detector=ThoroughDetector(
                second=FirstThatFinds(
                    HogDetector(longest_side=1280, upsample=1),
                    IfUsable(CnnDetector(longest_side=1280, stopped=closing)),
                )
            ),
            aligner=Aligner(),
            encoder=encoder,
            yardstick=yardstick,
            limits=limits,
            closing=closing,
        )

    @property
    def fingerprint(self) -> str:
        """The encoder's fingerprint."""
        return self._encoder.fingerprint

    @property
    def yardstick(self) -> Yardstick:
        """What its numbers mean."""
        return self._yardstick

    @property
    def engine(self) -> str:
        """What encodes, for the status bar."""
        return self._encoder.engine

    @property
    def note(self) -> str:
        """A sentence for the operator when that is not the usual engine; known after `warm_up`."""
        return self._encoder.note

    def warm_up(self) -> None:
        """Loads every model now, so that the first person does not wait.

        Takes about 2 s, 4 s the first time on a machine.

        Raises:
            EncoderFailed: The encoder cannot load.
        """
        import numpy as np

        grey = np.full((150, 150, 3), 128, dtype=np.uint8)
        side = 112 if self._encoder.layout == "arcface-112" else 150
        self._detector.detect(grey)
        self._follower.start(grey, [Box(30, 30, 120, 120)])
        self._follower.follow(grey)
        self._follower.start(grey, [])
        if self._far_detector is not None:
            for _ in range(2):  # the two that take turns
                self._far_detector.detect(grey)
        self._aligner.landmarks(grey, Box(30, 30, 120, 120))
        self._encoder.encode(stack([grey[:side, :side]]))

    def look(self, image: Image, *, limits: QualityLimits | None = None) -> View:
        """Finds and judges the faces of a frame of a camera: 12 to 60 ms for 640x480.

        Faces of the last look cost 10 ms each, the rest of the picture is searched now and then
        (`LiveDetector`). A frame without faces takes 100 ms more once in 1 s: it is searched for
        faces too far away or turned aside, which come back flawed as such.

        Args:
            image: The frame.
            limits: In place of those given at the start.

        Raises:
            ValueError: Not an RGB picture of bytes.
        """
        started = time.perf_counter()
        now_s = time.monotonic()
        found = self._detector.detect(image, self._follower.boxes)
        far = self._far_detector
        if not found and far is not None and now_s - self._far_at_s >= FAR_EVERY_S:
            found = far.detect(image)
            self._far_at_s = now_s
        if found:
            # Somebody in view puts the next far look off: they may only have looked aside.
            self._far_at_s = now_s
        self._follower.start(image, [detection.box for detection in found])
        return self._view(image, found, _for_size(limits or self._limits, image), started)

    def follow(self, image: Image) -> tuple[Box, ...]:
        """Where the faces of the last look are in a later frame, in their order; 1 ms.

        Nothing is searched or judged, and nobody who came is found: that is for the next look,
        which begins where the faces are by then.

        Raises:
            ValueError: Not an RGB picture of bytes.
        """
        return self._follower.follow(image)

    def encode(self, seen: SeenFace, views: Views = "probe") -> Encoding:
        """The raw encoding of one face, the mean over its views; `float64 (dimensions,)`.

        Takes 7, 26 or 40 ms. Where dlib itself had to take over, ten times slower, a frame of a
        probe is the chip alone: somebody is waiting.

        Args:
            seen: The face.
            views: How many views; more of them err less.

        Raises:
            EncoderFailed: As the encoder.
        """
        if views == "sample":
            chips = sample_views(seen.cuts)
        elif views == "one" or self._encoder.note:
            chips = [seen.chip]
        else:
            chips = probe_views(seen.cuts)
        return fuse(self._encoder.encode(stack(chips)))

    def enrol_photo(
        self, image: Image, *, limits: QualityLimits = PHOTO
    ) -> PhotoSample | PhotoRefused:
        """The sample of a photograph with one usable face, or why there is none.

        Raises:
            EncoderFailed: As the encoder.
            ValueError: Not an RGB picture of bytes.
        """
        started = time.perf_counter()
        found = self._photo_detector.detect(image)
        main = self._view(image, found, limits, started).main_face
        if main is None:
            return PhotoRefused("No face was found: take a picture from the front, in good light.")
        if main.quality.flaws:
            flaws = main.quality.flaws
            return PhotoRefused("; ".join(flaw.sentence() for flaw in flaws) + ".", flaws)
        return PhotoSample(self.encode(main, "sample"), main)

    def close(self) -> None:
        """Ends the encoder, and what loads; any thread may call it."""
        self._closing.set()
        self._encoder.close()

    def _view(
        self, image: Image, found: list[Detection], limits: QualityLimits, started: float
    ) -> View:
        faces = tuple(self._seen(image, detection, found, limits) for detection in found)
        return View(faces, 0 if faces else None, (time.perf_counter() - started) * 1000)

    def _seen(
        self, image: Image, detection: Detection, found: list[Detection], limits: QualityLimits
    ) -> SeenFace:
        landmarks = self._aligner.landmarks(image, detection.box)
        face = Face(detection.box, landmarks, detection.strength)
        chip = self._aligner.chip(image, landmarks)
        comparable = sum(other.box.width >= COMPARABLE * detection.box.width for other in found)
        quality = assess(image, face, chip, faces_in_view=comparable, limits=limits)
        if self._encoder.layout == "arcface-112":
            return SeenFace(face, arcface_chip(image, landmarks), quality)
        return SeenFace(face, chip, quality, self._aligner.second_chip(image, face.box))


def _for_size(limits: QualityLimits, image: Image) -> QualityLimits:
    """Limits for frames larger than the search: what only the far look sees is too small."""
    shrunk_by = max(image.shape[:2]) / FULL_SIDE_PX
    if shrunk_by <= 1:
        return limits
    return replace(limits, min_size_px=max(limits.min_size_px, round(SMALLEST_PX * shrunk_by)))
