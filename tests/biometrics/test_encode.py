"""The encoder seam: fusing, stacking, and one place that picks the engine."""

import sys

import numpy as np
import pytest

from biometrics.dlib_engine import DlibEncoder
from biometrics.drawn import drawn_chips
from biometrics.encode import fuse, open_encoder, stack


def test_fusing_is_the_mean_of_raw_numbers() -> None:
    """Nothing is scaled on the way."""
    assert (fuse([np.full(128, 1.0), np.full(128, 2.0)]) == 1.5).all()
    with pytest.raises(ValueError, match="nothing to fuse"):
        fuse([])


def test_stacking_gives_what_encoders_take() -> None:
    """A view with negative strides is laid out anew."""
    chip = np.zeros((150, 150, 3), np.uint8)
    stacked = stack([chip, chip[:, ::-1]])
    assert stacked.shape == (2, 150, 150, 3)
    assert stacked.flags["C_CONTIGUOUS"]


def test_both_ways_of_opening_give_the_same_encodings() -> None:
    """Command lines and windows share a gallery, so their fingerprints agree."""
    behind, here = open_encoder(background=True), open_encoder(background=False)
    try:
        assert behind.fingerprint == here.fingerprint
        assert behind.dimensions == here.dimensions == 128
        assert behind.engine == here.engine == "ONNX Runtime"
    finally:
        behind.close()
        here.close()


@pytest.mark.parametrize(("background", "engine"), [(True, "own process"), (False, "dlib")])
def test_without_onnx_runtime_dlib_takes_over_visibly(
    background: bool, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same numbers, slower, and a note that says why."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    chips = drawn_chips()[:1]
    encoder = open_encoder(background=background)
    try:
        assert (encoder.encode(chips) == DlibEncoder().encode(chips)).all()
        assert engine in encoder.engine
        assert "ONNX Runtime cannot be loaded" in encoder.note
    finally:
        encoder.close()
