"""Conversion: verified before it is stored, refused when anything differs."""

import dataclasses
import json
from pathlib import Path

import pytest

from biometrics import onnx_convert
from biometrics.dlib_weights import Convolution, Layer, read_layers
from biometrics.model_cache import ModelCache, digest
from biometrics.onnx_convert import NETWORKS, ConversionFailed, convert, main
from biometrics.onnx_session import open_session
from biometrics.trusted_network import CONVERTER, REFERENCE, WEIGHTS


@pytest.mark.parametrize("name", ["encoder", "detector"])
def test_the_stored_network_says_what_it_was_made_from(converted: Path, name: str) -> None:
    """The weights' SHA-256, and dlib's own numbers for what every machine draws."""
    network = NETWORKS[name]
    ((path, model),) = ModelCache(converted).models(network.stem())
    kept = open_session(model, threads=1).get_modelmeta().custom_metadata_map
    assert kept[WEIGHTS] == digest(network.weights().read_bytes())
    assert kept[REFERENCE] == network.reference()
    assert path.name.startswith(f"dlib-{name}-v{CONVERTER}-{kept[WEIGHTS][:16]}-")


@pytest.mark.parametrize("name", ["encoder", "detector"])
def test_a_network_that_differs_is_not_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """One layer a little off is enough."""

    def changed(data: bytes) -> list[Layer]:
        first, *others = read_layers(data)
        assert isinstance(first, Convolution)
        return [dataclasses.replace(first, filters=first.filters * 1.01), *others]

    monkeypatch.setattr(onnx_convert, "read_layers", changed)
    with pytest.raises(ConversionFailed, match="differs from dlib"):
        convert(NETWORKS[name], ModelCache(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_it_could_not_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One JSON line with a sentence, and exit code 1."""
    assert main(["nothing"]) == main([]) == 1
    assert "usage" in json.loads(capsys.readouterr().out.splitlines()[0])["problem"]
    broken = tmp_path / "weights.dat"
    broken.write_bytes(b"no network")
    for path, says in ((broken, "no layer"), (tmp_path / "missing.dat", "missing.dat")):
        network = dataclasses.replace(NETWORKS["encoder"], weights=lambda path=path: path)
        monkeypatch.setitem(NETWORKS, "encoder", network)
        assert main(["encoder", str(tmp_path / "models")]) == 1
        assert says in json.loads(capsys.readouterr().out)["problem"]


def test_the_command_converts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And names the file."""
    assert main(["detector", str(tmp_path)]) == 0
    (path,) = tmp_path.iterdir()
    assert json.loads(capsys.readouterr().out) == {"stored": path.name}
