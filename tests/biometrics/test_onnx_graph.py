"""The graph builder, and the queue that wants each layer where it belongs."""

import numpy as np
import onnx
import pytest

from biometrics.dlib_weights import Convolution, Dense, Plain, WeightsUnreadable
from biometrics.onnx_graph import GraphBuilder, LayerQueue
from biometrics.onnx_session import open_session, run


def test_a_convolution_computes_what_its_numbers_say() -> None:
    """Filters, biases, stride and padding reach the node."""
    filters = np.array([[[[2.0]]], [[[3.0]]]], dtype=np.float32)
    convolution = Convolution(filters, np.array([1.0, 0.5], dtype=np.float32), 2, 0)
    graph = GraphBuilder()
    result = graph.convolution("x", convolution)
    floats = onnx.TensorProto.FLOAT
    model = graph.model(
        into=("x", floats, [1, 1, 3, 1]),
        out=("y", floats, [1, 2, 2, 1]),
        result=result,
        metadata={"colour": "blue"},
    )
    session = open_session(model, threads=1)
    answer = run(session, x=np.array([5, 0, 7], np.float32).reshape(1, 1, 3, 1))
    assert answer.ravel().tolist() == [11, 15, 15.5, 21.5]
    assert session.get_modelmeta().custom_metadata_map["colour"] == "blue"


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
