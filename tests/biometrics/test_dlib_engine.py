"""The dlib engine is held equal to face_recognition, the reference."""

import hashlib

import face_recognition
import numpy as np
import pytest

from biometrics import dlib_engine
from biometrics.dlib_engine import DlibEncoder
from biometrics.encode import EncoderFailed, stack
from biometrics.faces import Image
from biometrics.vision import SeenFace


@pytest.mark.parametrize("who", ["hopper", "collins"])
def test_encodings_equal_those_of_face_recognition(
    who: str, request: pytest.FixtureRequest
) -> None:
    """The same box, 68 points and chip give the same 128 numbers."""
    image: Image = request.getfixturevalue(who)
    seen: SeenFace = request.getfixturevalue(f"{who}_seen")
    box = seen.face.box
    # face_recognition takes dlib's edges: the last pixels inside.
    place = (box.top, box.right - 1, box.bottom - 1, box.left)
    (expected,) = face_recognition.face_encodings(image, [place], num_jitters=1, model="large")
    (ours,) = DlibEncoder().encode(stack([seen.chip]))
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-6)


def test_the_fingerprint_names_the_weights() -> None:
    """It holds the beginning of their SHA-256, so other weights have another one."""
    digest = hashlib.sha256(dlib_engine.weights_path().read_bytes()).hexdigest()
    assert DlibEncoder().fingerprint == f"dlib-resnet/chip150-pad25-lm68/{digest[:12]}"


def test_no_chips_give_no_encodings() -> None:
    """The shape stays (0, 128)."""
    assert DlibEncoder().encode(np.zeros((0, 150, 150, 3), np.uint8)).shape == (0, 128)


def test_wrong_chips_and_a_closed_encoder_are_refused() -> None:
    """Closing twice is allowed, encoding afterwards is not."""
    encoder = DlibEncoder()
    with pytest.raises(ValueError, match="chips"):
        encoder.encode(np.zeros((1, 100, 100, 3), np.uint8))
    encoder.close()
    encoder.close()
    with pytest.raises(EncoderFailed, match="closed"):
        encoder.encode(np.zeros((1, 150, 150, 3), np.uint8))


def test_missing_weights_are_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    """Both for the fingerprint and for encoding."""
    from pathlib import Path

    missing = Path(str(tmp_path)) / "weights.dat"
    monkeypatch.setattr(dlib_engine, "weights_path", lambda: missing)
    with pytest.raises(EncoderFailed, match="cannot be loaded"):
        DlibEncoder().encode(np.zeros((1, 150, 150, 3), np.uint8))
    dlib_engine.fingerprint.cache_clear()
    try:
        with pytest.raises(EncoderFailed, match="cannot be read"):
            dlib_engine.fingerprint()
    finally:
        dlib_engine.fingerprint.cache_clear()
