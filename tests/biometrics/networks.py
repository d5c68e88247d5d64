"""Small ONNX networks that stand in for real ones."""

import numpy as np
from onnx import GraphProto, TensorProto, helper, numpy_helper

from biometrics.onnx_graph import IR_VERSION, OPSET
from biometrics.trusted_network import REFERENCE


def detector_like(claimed: str) -> bytes:
    """A network with the detector's input that never finds a face, and claims it does."""
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["tile"], ["grey"], axes=[1, 2, 3], keepdims=1),
            helper.make_node("Mul", ["grey", "nought"], ["scores"]),
        ],
        "small",
        [helper.make_tensor_value_info("tile", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 1, "r", "c"])],
        [numpy_helper.from_array(np.zeros(1, np.float32), "nought")],
    )
    return finished(graph, {REFERENCE: claimed})


def face_network(
    *,
    dimensions: int = 128,
    channels_first: bool = True,
    one_by_one: bool = False,
    scales: bool = False,
    side: int = 112,
    seed: int = 1,
) -> bytes:
    """From a picture of 112x112 to numbers: means of its parts, mixed at random."""
    count: str | int = 1 if one_by_one else "n"
    sides = [3, side, side] if channels_first else [side, side, 3]
    mixing = np.random.default_rng(seed).normal(size=(3 * 49, dimensions)).astype(np.float32)
    constants = {
        "mixing": mixing,
        "half": np.full(1, 127.5, np.float32),
    }
    nodes, now = [], "pixels"
    if scales:
        nodes += [
            helper.make_node("Sub", [now, "half"], ["less"]),
            helper.make_node("Div", ["less", "half"], ["scaled"]),
        ]
        now = "scaled"
    if not channels_first:
        nodes.append(helper.make_node("Transpose", [now], ["planes"], perm=[0, 3, 1, 2]))
        now = "planes"
    step = side // 7
    nodes += [
        helper.make_node(
            "AveragePool", [now], ["parts"], kernel_shape=[step, step], strides=[step, step]
        ),
        helper.make_node("Flatten", ["parts"], ["row"]),
        helper.make_node("MatMul", ["row", "mixing"], ["numbers"]),
    ]
    floats = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "face",
        [helper.make_tensor_value_info("pixels", floats, [count, *sides])],
        [helper.make_tensor_value_info("numbers", floats, [count, dimensions])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    return finished(graph)


def finished(graph: GraphProto, metadata: dict[str, str] | None = None) -> bytes:
    """A graph as the bytes of a model."""
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)
    helper.set_model_props(model, metadata or {})
    return bytes(model.SerializeToString())
