"""dlib's CNN (MMOD) face detector in ONNX Runtime: the same faces fifteen times faster."""

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.detect import DetectorFailed, enlarged, fitted
from biometrics.dlib_networks import detector_model
from biometrics.drawn import drawn_scene
from biometrics.faces import Detection, Image, require_image
from biometrics.geometry import Box
from biometrics.model_cache import default_folder
from biometrics.onnx_session import CPU, RuntimeRefused, run
from biometrics.tiled_pyramid import Sheet, sheet_for
from biometrics.trusted_network import CONVERT_COMMAND, Network, Opening, open_trusted

WINDOW_PX = 80
"""What the network looks at: a face must have about that much of the searched picture."""
STEP_PX, FIRST_PX = 8, 14
"""Pixels from one score to the next, and to the first one's centre: three unpadded convolutions of
5x5 with stride 2."""
OVERLAP = 0x15A650F2546A8C * 2.0**-54
"""Two finds whose intersection is more than this (0.338) of their union are the same face: the
number that the network's file names."""
LARGEST_DIFFERENCE = 1e-4
"""From dlib's strengths (about 1 for a face); measured: 5e-6."""


class CnnDetector:
    """dlib's convolutional detector; finds faces that look aside or up, which HOG does not.

    Measured on one core: 0.11 to 0.24 s for 640x480; the time grows with the area. Releases the
    GIL. The first call opens the network, see `open_trusted`.

    Args:
        upsample: How often the picture is doubled before the search, 0 to 2.
        longest_side: Larger pictures are shrunk to it for the search; None searches every pixel.
        min_strength: Detections below are dropped. 0 is dlib's own limit.
        folder: Where converted networks are kept; None for this user's cache folder.
        threads: As `open_session`.
        provider: As `open_session`.
        command: What to start for a conversion; for tests.
        stopped: Ends a conversion under way when it is set; for who closes within a second.
    """

    def __init__(
        self,
        *,
        upsample: int = 0,
        longest_side: int | None = None,
        min_strength: float = 0.0,
        folder: Path | None = None,
        threads: int | None = None,
        provider: str = CPU,
        command: Sequence[str] = CONVERT_COMMAND,
        stopped: threading.Event | None = None,
    ) -> None:
        if upsample not in range(3):
            raise ValueError(f"upsample must be 0 to 2, got {upsample}")
        if longest_side is not None and longest_side < WINDOW_PX:
            raise ValueError(f"longest_side must be at least {WINDOW_PX} px, got {longest_side}")
        self._upsample = upsample
        self._longest_side = longest_side
        self._min_strength = min_strength
        self._opening = Opening(folder or default_folder(), threads, provider, command)
        self._stopped = stopped or threading.Event()
        self._session: Any = None

    def detect(self, image: Image) -> list[Detection]:
        """Every face in the picture, the largest first.

        Raises:
            DetectorFailed: ONNX Runtime or the network cannot be used.
            ValueError: Not an RGB picture of bytes.
        """
        require_image(image)
        searched, factor = fitted(image, self._longest_side)
        for _ in range(self._upsample):
            searched, factor = enlarged(searched), factor / 2
        try:
            if self._session is None:
                self._session = open_trusted(DETECTOR, self._opening, self._stopped)
            finds = find(self._session, searched, min_strength=self._min_strength)
        except (RuntimeRefused, OSError, ImportError) as error:
            raise DetectorFailed(f"The CNN face detector is not used: {error}") from error
        found = [Detection(one.box.scaled(factor), one.strength) for one in finds]
        return sorted(found, key=lambda detection: -detection.box.area)


def find(session: Any, image: Image, *, min_strength: float = 0.0) -> list[Detection]:
    """The faces that the network sees in a picture, the strongest first.

    Raises:
        RuntimeRefused: The session fails.
    """
    sheet = sheet_for(image.shape[1], image.shape[0])
    if min(sheet.width, sheet.height) <= 2 * FIRST_PX:
        return []  # too small for a single score
    scores = np.asarray(run(session, tile=sheet.filled(image)))[0, 0]
    kept: list[Detection] = []
    for candidate in _candidates(scores, sheet, min_strength):
        if not any(_same_face(candidate.box, other.box) for other in kept):
            kept.append(candidate)
    return kept


def _candidates(scores: NDArray[np.float32], sheet: Sheet, min_strength: float) -> list[Detection]:
    """Every window above the limit, the strongest first."""
    places = np.argwhere(scores > min_strength)
    strengths = scores[places[:, 0], places[:, 1]]
    return [
        Detection(
            _box(int(places[index][1]), int(places[index][0]), sheet), float(strengths[index])
        )
        for index in np.argsort(-strengths, kind="stable")
    ]


def _box(column: int, row: int, sheet: Sheet) -> Box:
    """The window of a score, as a box of the picture."""
    x, y = STEP_PX * column + FIRST_PX, STEP_PX * row + FIRST_PX
    level, half = sheet.level_of(x, y), (WINDOW_PX - 1) / 2
    left, top = sheet.to_image(x - half, y - half, level)
    right, bottom = sheet.to_image(x + half, y + half, level)
    # dlib rounds halves up, and its right and bottom edges are the last pixels inside.
    return Box(_rounded(left), _rounded(top), _rounded(right) + 1, _rounded(bottom) + 1)


def _rounded(value: float) -> int:
    return int(np.floor(value + 0.5))


def _same_face(some: Box, other: Box) -> bool:
    shared = some.shared_area(other)
    if shared == 0:
        return False
    return shared / (some.area + other.area - shared) > OVERLAP


def weights_path() -> Path:
    """Where the installed face_recognition_models package keeps the detector's weights."""
    import face_recognition_models

    return Path(face_recognition_models.cnn_face_detector_model_location())


def reference() -> str:
    """What dlib's own detector finds in the drawn scene, as text.

    Raises:
        RuntimeError: dlib cannot load the weights.
    """
    import dlib

    found = dlib.cnn_face_detection_model_v1(str(weights_path()))(drawn_scene(), 0)
    return json.dumps(
        [
            [one.rect.left(), one.rect.top(), one.rect.right(), one.rect.bottom(), one.confidence]
            for one in found
        ]
    )


def difference(session: Any, text: str) -> float:
    """The largest difference of strengths from a reference; inf when other faces are found.

    Raises:
        RuntimeRefused: The session fails.
    """
    ours = find(session, drawn_scene())
    try:
        wanted = [
            (Box(x, y, r + 1, b + 1), float(strength)) for x, y, r, b, strength in _read(text)
        ]
    except (ValueError, TypeError):
        return float("inf")
    if not wanted or [one.box for one in ours] != [box for box, _ in wanted]:
        return float("inf")
    apart = [abs(one.strength - strength) for one, (_, strength) in zip(ours, wanted, strict=True)]
    return max(apart)


def _read(text: str) -> Any:
    return json.loads(text)


DETECTOR = Network(
    name="detector",
    weights=weights_path,
    build=detector_model,
    reference=reference,
    difference=difference,
    tolerance=LARGEST_DIFFERENCE,
)
