"""Files that somebody supplies: whole networks pass, everything else is a sentence at once."""

import os
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from biometrics.encode import EncoderFailed
from biometrics.network_file import MOST_BYTES, read_network
from tests.biometrics.networks import face_network, finished
from tests.biometrics.support import HOPPER


def written(folder: Path, content: bytes) -> Path:
    path = folder / "mine.onnx"
    path.write_bytes(content)
    return path


def changed(change: str) -> bytes:
    """A face network with one thing about it that must not be."""
    model = onnx.load_model_from_string(face_network())
    if change in ("weights elsewhere", "weights elsewhere, in a branch"):
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="../../etc/passwd")
    if change == "weights elsewhere, in a branch":
        outer = helper.make_node("If", ["yes"], ["numbers"])
        outer.attribute.append(helper.make_attribute("then_branch", model.graph))
        del model.graph.initializer[:], model.graph.node[:]
        model.graph.node.append(outer)
    if change == "an operator of its own":
        model.graph.node[0].domain = "com.example"
    return bytes(model.SerializeToString())


def test_a_network_is_read_whole_with_its_sum(tmp_path: Path) -> None:
    """Its bytes, their SHA-256, and whether it scales pixels itself."""
    content = face_network(scales=True)
    file = read_network(written(tmp_path, content))
    assert file.model == content
    assert len(file.sha256) == 64
    assert file.scales
    assert not read_network(written(tmp_path, face_network())).scales


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is no ONNX file"),
        (b"this is a text file", "is no ONNX file"),
        (HOPPER.read_bytes(), "is no ONNX file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "is no ONNX file"),
        (b"PK\x03\x04" + bytes(100), "is no ONNX file"),
        (bytes(4096), "is no ONNX file"),
        (b"\x08", "not all of one"),
        (b"\x08\x07" * 50, "not all of one"),
        (face_network()[:-2000], "not all of one"),
        (finished(onnx.GraphProto()), "not all of one"),
        (changed("weights elsewhere"), "another file"),
        (changed("weights elsewhere, in a branch"), "another file"),
        (changed("an operator of its own"), "com.example"),
    ],
)
def test_a_file_that_is_no_network_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, says: str
) -> None:
    """Nothing, a text, pictures, an archive, zeros, half a file, references out of it."""
    with pytest.raises(EncoderFailed, match=says) as caught:
        read_network(written(tmp_path, content))
    assert str(caught.value).startswith("mine.onnx ")


def test_a_file_of_two_gigabytes_is_refused_without_reading_it(tmp_path: Path) -> None:
    """Sparse on the disk, it would fill the memory."""
    path = tmp_path / "mine.onnx"
    with path.open("wb") as file:
        file.truncate(2 * MOST_BYTES)
    with pytest.raises(EncoderFailed, match=r"mine\.onnx is larger"):
        read_network(path)


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """Missing, a folder, a pipe that nobody writes into."""
    with pytest.raises(EncoderFailed, match=r"missing\.onnx cannot be read"):
        read_network(tmp_path / "missing.onnx")
    with pytest.raises(EncoderFailed, match="no ordinary file"):
        read_network(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.onnx")
        with pytest.raises(EncoderFailed, match="no ordinary file"):
            read_network(tmp_path / "pipe.onnx")
