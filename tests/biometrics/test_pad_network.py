"""A liveness network from a file: how it is asked, what it answers, and files that are none."""

from pathlib import Path

import numpy as np
import pytest

from biometrics.faces import Face, Image
from biometrics.geometry import Box
from biometrics.pad_network import (
    PRINT_REPLAY,
    SILENT_FACE,
    OnnxPad,
    PadRefused,
    Pixels,
    recipe_for,
    square_round,
)
from biometrics.passive_liveness import PassiveReason
from tests.biometrics.heads import Head
from tests.biometrics.networks import detector_like, face_network, pad_network

FACE = Face(Box(270, 190, 370, 290), Head().look(), 1.0)


def _file(folder: Path, model: bytes, name: str = "own.onnx") -> Path:
    path = folder / name
    path.write_bytes(model)
    return path


def _coloured(red: int, blue: int = 0) -> Image:
    return np.full((480, 640, 3), (red, 100, blue), np.uint8)


@pytest.mark.parametrize("shares", [True, False])
@pytest.mark.parametrize("classes", [2, 3])
def test_the_live_class_decides(tmp_path: Path, shares: bool, classes: int) -> None:
    """Shares or plain numbers, two classes or three: half and more is live."""
    check = OnnxPad(_file(tmp_path, pad_network(shares=shares, classes=classes)))
    live = check.judge(_coloured(200), FACE)
    assert live.live
    assert live.cues["model"] < 0.5
    other = check.judge(_coloured(60), FACE)
    assert not other.live
    assert other.reason is PassiveReason.MODEL
    assert check.name == "own.onnx"


def test_an_80_pixel_network_is_asked_the_silent_face_way(tmp_path: Path) -> None:
    """Class 1 is live, blue comes first, and pixels go to 255."""
    model = pad_network(side=80, live_class=1, live_from=128)
    check = OnnxPad(_file(tmp_path, model))
    assert check.recipe == SILENT_FACE
    assert check.judge(_coloured(0, blue=220), FACE).live
    assert not check.judge(_coloured(220, blue=0), FACE).live


def test_every_part_of_the_recipe_can_be_given(tmp_path: Path) -> None:
    """A network of another family."""
    model = pad_network(side=96, classes=4, live_class=2, live_from=128)
    path = _file(tmp_path, model)
    check = OnnxPad(path, live_class=2, crop=3.0, pixels=Pixels.RGB_255)
    assert (check.recipe.live_class, check.recipe.crop) == (2, 3.0)
    assert check.judge(_coloured(200), FACE).live
    assert not check.judge(_coloured(60), FACE).live
    assert (
        OnnxPad(path, live_class=2, crop=3.0, pixels=Pixels.BGR_255)
        .judge(_coloured(0, blue=200), FACE)
        .live
    )


@pytest.mark.parametrize(
    ("side_px", "name", "crop"),
    [
        (80, "2.7_80x80_MiniFASNetV2", 2.7),
        (80, "4_0_0_80x80_MiniFASNetV1SE", 2.7),
        (80, "4_80x80_MiniFASNetV1SE", 4.0),
        (128, "AntiSpoofing_print-replay_1.5_128", 1.5),
        (128, "AntiSpoofing_bin_2.0_128", 2.0),
        (128, "2.7_80x80_renamed", 1.5),
        (128, "own", 1.5),
    ],
)
def test_the_usual_names_tell_the_crop(side_px: int, name: str, crop: float) -> None:
    """Where the name speaks of this very input; else what the family uses."""
    family = SILENT_FACE if side_px == 80 else PRINT_REPLAY
    found = recipe_for(side_px, name)
    assert found.crop == crop
    assert (found.live_class, found.pixels) == (family.live_class, family.pixels)


def test_the_square_is_round_the_middle_of_the_face() -> None:
    """Twice the box, and black where the picture ends."""
    image = _coloured(200)
    square = square_round(image, Box(0, 0, 100, 100), 2.0)
    assert square.shape == (200, 200, 3)
    assert (square[:50] == 0).all()
    assert (square[:, :50] == 0).all()
    assert (square[50:, 50:] == image[0, 0]).all()
    assert (square_round(image, Box(900, 900, 950, 950), 1.5) == 0).all()


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (b"not a network", "is no ONNX file"),
        (b"", "is no ONNX file"),
        (face_network()[:200], r"ONNX Runtime refuses .*[^.]\.$"),
        (detector_like("none"), "not one square colour picture"),
        (face_network(), r"it answers \(1, 128\)"),
        (pad_network(classes=1), r"it answers \(1, 1\)"),
        (pad_network(broken=True), "numbers that are none"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(
    tmp_path: Path, model: bytes, says: str
) -> None:
    """It is tried at once, and named."""
    with pytest.raises(PadRefused, match=says) as refused:
        OnnxPad(_file(tmp_path, model))
    assert "own.onnx" in str(refused.value)


def test_a_missing_file_a_folder_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    """Before anything of them is loaded."""
    with pytest.raises(PadRefused, match="cannot be read"):
        OnnxPad(tmp_path / "nothing.onnx")
    with pytest.raises(PadRefused, match="cannot be read"):
        OnnxPad(tmp_path)
    with (tmp_path / "huge.onnx").open("wb") as huge:
        huge.truncate(1 << 30)
    with pytest.raises(PadRefused, match="larger than any"):
        OnnxPad(tmp_path / "huge.onnx")


def test_a_recipe_that_cannot_be_is_refused(tmp_path: Path) -> None:
    """A class the network does not have, a square smaller than the face."""
    path = _file(tmp_path, pad_network(classes=2))
    with pytest.raises(PadRefused, match="answers 2 classes"):
        OnnxPad(path, live_class=2)
    with pytest.raises(PadRefused, match="1 to 10"):
        OnnxPad(path, crop=0.5)


def test_the_users_own_network_can_be_asked(data_dir: Path) -> None:
    """A real one of 128 pixels, where it is there: a clip's person is live."""
    model = data_dir / "models" / "pad-print-replay-128.onnx"
    if not model.is_file():
        pytest.skip("there is no liveness network among the development files")
    import cv2

    from biometrics.detect import HogDetector

    clip = cv2.VideoCapture(str(data_dir / "clips" / "d10.mp4"))
    frame = np.ascontiguousarray(clip.read()[1][:, :, ::-1])
    clip.release()
    found = HogDetector().detect(frame)[0]
    assert OnnxPad(model).judge(frame, Face(found.box, FACE.landmarks, 1.0)).live
