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


def finished(graph: GraphProto, metadata: dict[str, str] | None = None) -> bytes:
    """A graph as the bytes of a model."""
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)
    helper.set_model_props(model, metadata or {})
    return bytes(model.SerializeToString())
