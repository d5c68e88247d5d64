"""What an encoder's numbers mean: dlib's as measured, another network's with caution."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from biometrics.calibration import beside, calibrate_network
from biometrics.consensus import SAME_FACE, SAME_VISIT
from biometrics.dlib_engine import DlibEncoder
from biometrics.encode import EncoderFailed, open_encoder
from biometrics.identify import ImplausibleEncoding, plausible
from biometrics.yardstick import DLIB, Yardstick, usual, yardstick_of
from tests.biometrics.networks import face_network
from tests.biometrics.test_calibration import crowd


def test_dlibs_is_what_was_measured() -> None:
    """The distances of the room, one place for all of them."""
    assert (DLIB.same_face, DLIB.same_visit) == (SAME_FACE, SAME_VISIT)
    assert DLIB.measured
    assert yardstick_of(DlibEncoder()) is DLIB


@pytest.mark.parametrize("dimensions", [128, 512])
def test_a_network_of_the_users_own_has_the_usual_one(tmp_path: Path, dimensions: int) -> None:
    """With as many numbers as it gives, and not measured."""
    path = tmp_path / "own.onnx"
    path.write_bytes(face_network(dimensions=dimensions))
    encoder = open_encoder(background=True, network=path)
    found = yardstick_of(encoder)
    assert found == usual(dimensions)
    assert not found.measured
    chips = np.random.default_rng(0).integers(0, 256, (4, 112, 112, 3), dtype=np.uint8)
    for row in encoder.encode(chips):
        plausible(row, found.norms)


@pytest.mark.parametrize("found", [DLIB, usual(128), usual(512)])
def test_lengths_that_no_encoding_has_are_implausible(found: Yardstick) -> None:
    """Of zeros, of noise, and of the other kind of network."""
    row = np.ones(found.dimensions) / np.sqrt(found.dimensions)
    low, high = found.norms
    plausible(row * (low + high) / 2, found.norms)
    for length in (0.0, low * 0.98, high * 1.02, 1e308):
        with pytest.raises(ImplausibleEncoding):
            plausible(row * length, found.norms)


def test_guards_are_in_order() -> None:
    """Two probes of a visit are fused, and lie nearer than a frame may from the others."""
    for found in (DLIB, usual(512)):
        assert found.same_visit < found.same_face
        assert found.same_person <= found.samples_agree


def test_a_calibration_beside_the_file_is_taken(tmp_path: Path) -> None:
    """Its distances are the yardstick's; a damaged one, or another network's, is a sentence."""
    path = tmp_path / "own.onnx"
    path.write_bytes(face_network(dimensions=512))
    encoder = open_encoder(background=True, network=path)
    made = calibrate_network(crowd(110), encoder=encoder.fingerprint, source="a crowd")
    made.write(beside(path))
    found = yardstick_of(encoder, path)
    assert found.measured
    assert found.calibration == made
    assert (found.same_face, found.samples_agree, found.same_person, found.same_visit) == made.near
    assert found.dimensions == 512
    assert yardstick_of(encoder) == usual(512), "without the path nothing is known"
    beside(path).write_text("{}")
    with pytest.raises(EncoderFailed, match="is no calibration"):
        yardstick_of(encoder, path)
    replace(made, encoder="other").write(beside(path))
    with pytest.raises(EncoderFailed, match="belongs to another face model"):
        yardstick_of(encoder, path)
