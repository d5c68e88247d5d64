"""The server's face model: dlib's or a file's, what it says of itself, and who fits it."""

from pathlib import Path

import pytest

from biometrics.encode import EncoderFailed
from biometrics.yardstick import DLIB, UNIT_NORMS, usual
from protocol import kinds
from server.encoders import InstalledEncoder, installed_encoder, is_own, same_model, shape_of
from tests.biometrics.networks import face_network


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """A network of 512 numbers."""
    path = tmp_path / "own.onnx"
    path.write_bytes(face_network(dimensions=512))
    return path


def test_without_a_file_it_is_dlibs() -> None:
    """Found without starting an engine, twice the same."""
    found = installed_encoder()
    assert found == installed_encoder("")
    assert "/" in found.fingerprint
    assert found.yardstick is DLIB
    assert not is_own(found.fingerprint)


def test_a_file_has_its_own_fingerprint_and_shape(network: Path) -> None:
    """512 numbers of length 1; photos are enrolled with the same."""
    found = installed_encoder(str(network))
    assert found.shape == kinds.EncodingShape(512, *kinds.UNIT_NORMS)
    assert is_own(found.fingerprint)
    assert not found.yardstick.measured
    vision = found.open_vision()
    assert vision.fingerprint == found.fingerprint
    assert vision.yardstick == found.yardstick
    vision.close()


def test_a_file_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    """It names the file; nothing takes its place."""
    (tmp_path / "picture.onnx").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(EncoderFailed, match=r"picture\.onnx is no ONNX file"):
        installed_encoder(str(tmp_path / "picture.onnx"))


def test_a_file_that_was_replaced_enrols_nobody(network: Path) -> None:
    """Its encodings would be stored under the fingerprint of the one before."""
    found = installed_encoder(str(network))
    network.write_bytes(face_network(dimensions=512, seed=2))
    with pytest.raises(EncoderFailed, match="start the server again"):
        found.open_vision()


def test_both_rooms_have_the_same_limits() -> None:
    """The wire knows nothing of encoders, encoders nothing of the wire."""
    assert shape_of(DLIB) == kinds.DLIB_SHAPE == InstalledEncoder("x").shape
    assert UNIT_NORMS == kinds.UNIT_NORMS
    assert {shape_of(usual(width)).dimensions for width in kinds.WIDTHS} == set(kinds.WIDTHS)


def test_who_has_another_model_is_told_what_to_do(tmp_path: Path) -> None:
    """Four cases, four things to do."""
    one, other = tmp_path / "1.onnx", tmp_path / "2.onnx"
    one.write_bytes(face_network())
    other.write_bytes(face_network(seed=2))
    own, another = (installed_encoder(str(path)).fingerprint for path in (one, other))
    dlib = installed_encoder().fingerprint
    told = {
        same_model(own, dlib): "choose the server's file",
        same_model(own, another): "another file: choose the server's",
        same_model(dlib, own): "take the file out",
        same_model(dlib, "dlib/of-another-version"): "install the same version",
    }
    assert len(told) == 4
    for sentence, words in told.items():
        assert words in sentence
        assert len(sentence) <= 300
    assert own.rpartition("/")[2] in same_model(own, dlib)
