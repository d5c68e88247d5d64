"""The sentence about a file that is to be the face model."""

from pathlib import Path

from biometrics.calibration import beside, calibrate_network
from biometrics.encode import open_encoder
from biometrics.network_check import check_network
from tests.biometrics.networks import face_network
from tests.biometrics.test_calibration import crowd


def test_good_ones_are_described(tmp_path: Path) -> None:
    """How many numbers, which file, and whether it is calibrated; blanks around do not count."""
    (tmp_path / "own.onnx").write_bytes(face_network(dimensions=512))
    good, sentence = check_network(f" {tmp_path / 'own.onnx'} ")
    assert good
    assert "512 numbers" in sentence
    assert "not calibrated" in sentence
    assert check_network("  ") == (True, "The face model that comes with FaceNetGrid.")


def test_others_are_named(tmp_path: Path) -> None:
    """A sentence, not an exception."""
    (tmp_path / "text.onnx").write_text("nothing of the kind")
    good, sentence = check_network(str(tmp_path / "text.onnx"))
    assert not good
    assert sentence == "text.onnx is no ONNX file."
    assert not check_network(str(tmp_path / "missing.onnx"))[0]


def test_its_calibration_is_told(tmp_path: Path) -> None:
    """What it is from, or what is wrong with it."""
    path = tmp_path / "own.onnx"
    path.write_bytes(face_network())
    fingerprint = open_encoder(background=True, network=path).fingerprint
    calibrate_network(crowd(110), encoder=fingerprint, source="lfw: 110 people").write(beside(path))
    assert check_network(str(path))[1].endswith("calibrated with lfw: 110 people.")
    beside(path).write_text("nothing of the kind")
    good, sentence = check_network(str(path))
    assert not good
    assert "own.onnx.calibration.json is no calibration" in sentence
