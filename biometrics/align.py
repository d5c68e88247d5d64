"""From a box to 68 landmarks, and from landmarks to an upright chip for the encoder."""

import threading
from typing import Any

import numpy as np

from biometrics.faces import CHIP_SIZE, Chip, Image, Landmarks, require_image
from biometrics.geometry import Box

CHIP_PADDING = 0.25
"""Room left round the face, as a share of its size: what face_recognition uses."""


_OF_THREAD = threading.local()


def _predictor() -> Any:
    """This thread's own: loading takes 0.6 s, and dlib objects must not change threads."""
    if not hasattr(_OF_THREAD, "predictor"):
        import dlib
        import face_recognition_models

        _OF_THREAD.predictor = dlib.shape_predictor(
            face_recognition_models.pose_predictor_model_location()
        )
    return _OF_THREAD.predictor


class Aligner:
    """dlib's 68-point shape predictor; 3 to 7 ms a face. The model is loaded once a thread."""

    def landmarks(self, image: Image, box: Box) -> Landmarks:
        """The 68 points of the face in `box`, as (x, y) in pixels; `float64 (68, 2)`.

        Points of a face that leaves the picture are guessed and may lie outside.

        Raises:
            ValueError: Not an RGB picture of bytes.
        """
        require_image(image)
        import dlib

        rectangle = dlib.rectangle(box.left, box.top, box.right - 1, box.bottom - 1)
        shape = _predictor()(np.ascontiguousarray(image), rectangle)
        return np.array([(point.x, point.y) for point in shape.parts()], dtype=np.float64)

    def chip(self, image: Image, landmarks: Landmarks) -> Chip:
        """The face upright, `uint8 (150, 150, 3)`; what lies outside the picture is black.

        Raises:
            ValueError: Not an RGB picture of bytes.
        """
        require_image(image)
        import dlib

        points = [dlib.point(round(x), round(y)) for x, y in landmarks.tolist()]
        xs, ys = landmarks[:, 0], landmarks[:, 1]
        around = dlib.rectangle(
            int(xs.min()), int(ys.min()), int(xs.max()), int(ys.max())
        )  # not read by get_face_chip, which looks at the points alone
        shape = dlib.full_object_detection(around, points)
        chip = dlib.get_face_chip(
            np.ascontiguousarray(image), shape, size=CHIP_SIZE, padding=CHIP_PADDING
        )
        return np.ascontiguousarray(chip, dtype=np.uint8)
