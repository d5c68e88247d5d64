"""Conversion: verified before it is stored, refused when anything differs."""

import json
from pathlib import Path

import numpy as np
import pytest

from biometrics import onnx_convert
from biometrics.dlib_engine import DlibEncoder
from biometrics.dlib_weights import Dense, Layer, read_layers
from biometrics.model_cache import ModelCache
from biometrics.onnx_convert import (
    REFERENCE,
    WEIGHTS,
    ConversionFailed,
    convert_encoder,
    main,
    reference_chips,
    reference_in,
    written,
)
from biometrics.onnx_session import open_session


def test_the_stored_network_says_what_it_was_made_from(converted: Path) -> None:
    """The weights' SHA-256, and dlib's own numbers for the chips every machine draws."""
    ((path, model),) = ModelCache(converted).models(onnx_convert.encoder_stem())
    kept = open_session(model, threads=1).get_modelmeta().custom_metadata_map
    assert path.name.startswith(f"dlib-encoder-v{onnx_convert.CONVERTER}-{kept[WEIGHTS][:16]}-")
    assert (reference_in(kept[REFERENCE]) == DlibEncoder().encode(reference_chips())).all()


def test_the_reference_chips_are_the_same_everywhere() -> None:
    """Two pictures that differ, and their mirrors; their sum is known."""
    chips = reference_chips()
    assert chips.shape == (4, 150, 150, 3)
    assert chips.dtype == np.uint8
    assert (chips[2] == chips[0][:, ::-1]).all()
    assert chips.astype(np.int64).sum(axis=(1, 2, 3)).tolist() == [8_620_242, 10_201_641] * 2


def test_a_network_that_differs_is_not_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One weight changed a little is enough."""

    def changed(data: bytes) -> list[Layer]:
        layers = read_layers(data)
        last = layers[-1]
        assert isinstance(last, Dense)
        matrix = last.matrix.copy()
        matrix[0, 0] += 0.01
        return [*layers[:-1], Dense(matrix)]

    monkeypatch.setattr(onnx_convert, "read_layers", changed)
    with pytest.raises(ConversionFailed, match="differs from dlib"):
        convert_encoder(ModelCache(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_numbers_that_are_none_differ_infinitely() -> None:
    """Another count or NaN: never taken for equal."""
    assert reference_in("").size == 0
    assert reference_in("not base64!").size == 0
    numbers = np.arange(512, dtype=np.float64).reshape(4, 128)
    assert (reference_in(written(numbers)) == numbers).all()


def test_the_command_says_what_it_could_not_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One JSON line with a sentence, and exit code 1."""
    assert main(["nothing"]) == 1
    assert "usage" in json.loads(capsys.readouterr().out)["problem"]
    broken = tmp_path / "weights.dat"
    broken.write_bytes(b"no network")
    monkeypatch.setattr(onnx_convert, "weights_path", lambda: broken)
    assert main(["encoder", str(tmp_path / "models")]) == 1
    assert "no layer" in json.loads(capsys.readouterr().out)["problem"]
    monkeypatch.setattr(onnx_convert, "weights_path", lambda: tmp_path / "missing.dat")
    assert main(["encoder", str(tmp_path / "models")]) == 1
    assert "missing.dat" in json.loads(capsys.readouterr().out)["problem"]
