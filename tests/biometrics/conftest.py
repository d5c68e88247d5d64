"""Models and portraits, loaded once for the whole session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from biometrics.faces import Image
from biometrics.model_cache import ModelCache
from biometrics.onnx_convert import NETWORKS, convert
from biometrics.pictures import read_picture
from biometrics.vision import SeenFace, Vision
from tests.biometrics.support import COLLINS, HOPPER


@pytest.fixture(scope="session")
def hopper() -> Image:
    """Grace Hopper, as matplotlib ships her: 512x600, face 216 px wide."""
    return read_picture(HOPPER)


@pytest.fixture(scope="session")
def collins() -> Image:
    """Eileen Collins, as scikit-image ships her: 512x512, face 88 px wide."""
    return read_picture(COLLINS)


@pytest.fixture(scope="session")
def vision() -> Iterator[Vision]:
    """The real thing, in this thread."""
    real = Vision.open(background=False)
    yield real
    real.close()


@pytest.fixture(scope="session")
def hopper_seen(vision: Vision, hopper: Image) -> SeenFace:
    """Grace Hopper's face."""
    seen = vision.look(hopper).main_face
    assert seen is not None
    return seen


@pytest.fixture(scope="session")
def collins_seen(vision: Vision, collins: Image) -> SeenFace:
    """Eileen Collins's face."""
    seen = vision.look(collins).main_face
    assert seen is not None
    return seen


@pytest.fixture(scope="session")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder of this run's own, with both networks in it."""
    folder = tmp_path_factory.mktemp("models")
    for network in NETWORKS.values():
        convert(network, ModelCache(folder))
    return folder
