"""The noise that a camera has, for pictures that come out of a file.

A server takes the very same numbers for a recording that was sent again (`replay_suspected`). Each
look of a camera differs; a folder that begins anew, or is opened again tomorrow, would give each
face bit for bit. With noise it is what it stands for: a picture held before a camera.
"""

from typing import TYPE_CHECKING

from client.camera.frames import Image

if TYPE_CHECKING:
    import numpy as np


def grained(image: Image, rng: "np.random.Generator") -> Image:
    """The picture with the lowest bit of each number left to chance; 0.5 ms at 640x480.

    No picture and no face can be told from it, and no encoding stays the same.

    Args:
        image: RGB, uint8; not changed.
        rng: Draws the bits; never from a fixed seed outside tests.
    """
    import numpy as np

    bits = np.frombuffer(rng.bytes(image.size), dtype=np.uint8) & np.uint8(1)
    shown: Image = image ^ bits.reshape(image.shape)
    return shown
