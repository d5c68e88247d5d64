"""The graphs: what each builder adds computes what dlib's layer would, and misfits are refused."""

import numpy as np
import onnx
import pytest

from biometrics import onnx_graph
from biometrics.dlib_engine import weights_path
from biometrics.dlib_weights import (
    Affine,
    Convolution,
    Dense,
    Layer,
    Plain,
    WeightsUnreadable,
    read_layers,
)
from biometrics.onnx_graph import GraphBuilder, LayerQueue, encoder_model
from biometrics.onnx_session import open_session, run


@pytest.fixture(scope="module")
def layers() -> list[Layer]:
    """Those of the shipped encoder."""
    return read_layers(weights_path().read_bytes())


def test_a_scale_and_shift_are_folded_into_the_convolution() -> None:
    """One node computes both layers."""
    filters = np.array([[[[2.0]]], [[[3.0]]]], dtype=np.float32)
    convolution = Convolution(filters, np.array([1.0, 1.0], dtype=np.float32), 1, 0)
    after = Affine(np.array([10.0, 100.0]), np.array([0.5, 0.25]))
    graph = GraphBuilder()
    result = graph.convolution("x", convolution, after)
    floats = onnx.TensorProto.FLOAT
    model = graph.model(
        into=("x", floats, [1, 1, 1, 1]),
        out=("y", floats, [1, 2, 1, 1]),
        result=result,
        metadata={},
    )
    answer = run(open_session(model, threads=1), x=np.full((1, 1, 1, 1), 5, np.float32))
    assert answer.ravel().tolist() == [10 * 11 + 0.5, 100 * 16 + 0.25]


def test_a_scale_of_another_size_is_refused() -> None:
    """Instead of being stretched over the channels."""
    convolution = Convolution(np.ones((2, 1, 1, 1), np.float32), np.ones(2, np.float32), 1, 0)
    with pytest.raises(WeightsUnreadable, match="does not fit"):
        GraphBuilder().convolution("x", convolution, Affine(np.ones(1), np.ones(1)))


def test_the_same_weights_give_the_same_bytes(layers: list[Layer]) -> None:
    """So two processes that convert at once write the same file."""
    assert encoder_model(layers, {"a": "b"}) == encoder_model(layers, {"a": "b"})


def test_metadata_stays_in_the_model(layers: list[Layer]) -> None:
    """ONNX Runtime gives it back."""
    session = open_session(encoder_model(layers, {"colour": "blue"}), threads=1)
    assert session.get_modelmeta().custom_metadata_map["colour"] == "blue"


@pytest.mark.parametrize("count", [0, 1, 40, 107])
def test_a_network_that_ends_early_is_refused(layers: list[Layer], count: int) -> None:
    """As from a file that was cut off between two layers."""
    with pytest.raises(WeightsUnreadable, match="expected, got the end"):
        encoder_model(layers[:count], {})


def test_a_network_that_goes_on_is_refused(layers: list[Layer]) -> None:
    """It is not the one whose plan the graph follows."""
    with pytest.raises(WeightsUnreadable, match="1 layers too many"):
        encoder_model([*layers, Plain("relu_")], {})


def test_the_queue_wants_each_layer_where_it_belongs() -> None:
    """Another kind, another tag, other channels."""
    narrow = Convolution(np.ones((2, 1, 1, 1), np.float32), np.ones(2, np.float32), 1, 0)
    with pytest.raises(WeightsUnreadable, match="Dense expected, got Plain"):
        LayerQueue([Plain("relu_")]).dense()
    with pytest.raises(WeightsUnreadable, match="relu_ expected, got add_prev_"):
        LayerQueue([Plain("add_prev_")]).plain("relu_")
    with pytest.raises(WeightsUnreadable, match="1 to 2 channels"):
        LayerQueue([narrow]).convolution((3, 32))
    assert LayerQueue([Dense(np.ones((1, 1), np.float32))]).dense().matrix.shape == (1, 1)


def test_scaling_pixels_costs_no_precision() -> None:
    """The scale is a power of two."""
    assert np.log2(onnx_graph.PIXEL_SCALE) == -8
