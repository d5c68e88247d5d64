"""Noise for pictures out of a file: not to be seen, and no face is ever the same twice."""

import shutil
from pathlib import Path

import numpy as np

from biometrics.pictures import read_picture
from biometrics.vision import Vision
from client.camera.frames import Image
from client.camera.grain import grained
from client.camera.pictures import FolderSource
from server.replays import Replays
from tests.biometrics.support import HOPPER


def test_a_picture_changes_by_one_level_at_most_and_never_twice_alike() -> None:
    """And the picture it was made of stays as it is."""
    rng = np.random.default_rng(1)
    image = np.full((48, 64, 3), 255, dtype=np.uint8)
    first, second = grained(image, rng), grained(image, rng)
    assert image.min() == 255
    for shown in (first, second):
        assert shown.dtype == np.uint8
        assert set(np.unique(shown)) == {254, 255}
    assert 0.4 < (first != second).mean() < 0.6


def test_r3_a_folder_shown_again_is_no_replay(tmp_path: Path) -> None:
    """R3: by the real network and the server's own rule; the bare picture would be one."""
    shutil.copy(HOPPER, tmp_path / f"hopper{HOPPER.suffix}")
    bare = read_picture(tmp_path / f"hopper{HOPPER.suffix}")
    replays = Replays(b"k" * 32)
    vision = Vision.open(background=False)

    def digest(image: Image) -> bytes:
        face = vision.look(image).main_face
        assert face is not None
        return replays.digest(vision.encode(face))

    digest(bare)  # the first look has no earlier one to begin at
    assert digest(bare) == digest(bare.copy()), "what this is about"
    shown = set[bytes]()
    for _run in range(2):
        source = FolderSource(tmp_path, repeat=True, shown_s=60.0)
        for _look in range(2):
            frame = source.read()
            assert frame is not None
            shown.add(digest(frame.image))
        source.close()
    vision.close()
    assert len(shown) == 4
