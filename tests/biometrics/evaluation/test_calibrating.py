"""A calibration from pictures that were looked at."""

from pathlib import Path

import numpy as np
import pytest

from biometrics.calibration import Calibration, CalibrationUnusable
from biometrics.evaluation.calibrating import calibrate
from tests.biometrics.evaluation.sets import acquisition, item

CHANCE = np.random.default_rng(5)


def test_it_lies_beside_the_network_and_says_what_it_is_from(tmp_path: Path) -> None:
    """Pictures without a face, and a file that is there twice, do not count."""
    people = [CHANCE.normal(size=128) for _ in range(110)]
    items = [
        item(f"p{number}", picture, list(who + 0.5 * CHANCE.normal(size=128)))
        for number, who in enumerate(people)
        for picture in range(2)
    ]
    faceless = item("p0", 7, None)
    seen = acquisition(*items, faceless, items[0])
    network = tmp_path / "own.onnx"
    path = calibrate(seen, encoder="own/1", network=network, called="a set")
    assert path == tmp_path / "own.onnx.calibration.json"
    found = Calibration.read(path, "own/1")
    assert found is not None
    assert found.source == "a set: 110 people, 220 pictures"


def test_too_few_people_write_nothing(tmp_path: Path) -> None:
    """Nothing is left behind that could be taken for one."""
    seen = acquisition(*(item(f"p{n}", 1, list(CHANCE.normal(size=128))) for n in range(5)))
    with pytest.raises(CalibrationUnusable, match="5 people"):
        calibrate(seen, encoder="own/1", network=tmp_path / "own.onnx", called="a set")
    assert list(tmp_path.iterdir()) == []
