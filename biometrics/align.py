"""From a box to 68 landmarks, and from both to upright chips for the encoder."""

import threading
from typing import Any

import numpy as np

from biometrics.faces import CHIP_SIZE, Chip, Image, Landmarks, require_image
from biometrics.geometry import Box

CHIP_PADDING = 0.25
"""Room left round the face, as a share of its size: what face_recognition uses."""


_OF_THREAD = threading.local()


def _predictor(name: str) -> Any:
    """This thread's own: loading takes 0.6 s, and dlib objects must not change threads."""
    if not hasattr(_OF_THREAD, name):
        import dlib
        import face_recognition_models

        path = getattr(face_recognition_models, f"{name}_model_location")()
        setattr(_OF_THREAD, name, dlib.shape_predictor(path))
    return getattr(_OF_THREAD, name)


class Aligner:
    """dlib's shape predictors, of 68 points and of 5; 3 to 7 ms a face. Loaded once a thread."""

    def landmarks(self, image: Image, box: Box) -> Landmarks:
        """The 68 points of the face in `box`, as (x, y) in pixels; `float64 (68, 2)`.

        Points of a face that leaves the picture are guessed and may lie outside.

        Raises:
            ValueError: Not an RGB picture of bytes.
        """
        require_image(image)
        shape = _predictor("pose_predictor")(np.ascontiguousarray(image), _rectangle(box))
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
        return _cut(image, dlib.full_object_detection(around, points))

    def second_chip(self, image: Image, box: Box) -> Chip:
        """The face upright by another opinion: corners of the eyes and the nose, found anew.

        Where the 68 points are a little off (turned heads, hands, glasses) these five are often
        not, and the other way round. What face_recognition calls its small model. 1 ms.

        Raises:
            ValueError: Not an RGB picture of bytes.
        """
        require_image(image)
        pixels = np.ascontiguousarray(image)
        return _cut(pixels, _predictor("pose_predictor_five_point")(pixels, _rectangle(box)))


def _rectangle(box: Box) -> Any:
    """A box as dlib has it: its right and bottom edges are the last pixels inside."""
    import dlib

    return dlib.rectangle(box.left, box.top, box.right - 1, box.bottom - 1)


def _cut(image: Image, shape: Any) -> Chip:
    """The chip of a shape, as face_recognition cuts it."""
    import dlib

    chip = dlib.get_face_chip(
        np.ascontiguousarray(image), shape, size=CHIP_SIZE, padding=CHIP_PADDING
    )
    return np.ascontiguousarray(chip, dtype=np.uint8)
