"""Small ONNX networks that stand in for real ones."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from biometrics.onnx_convert import REFERENCE, written
from biometrics.onnx_graph import IR_VERSION, OPSET


def encoder_like(claimed: np.ndarray) -> bytes:
    """A network with the encoder's input that answers nought, and claims other numbers."""
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["chips"], ["floats"], to=TensorProto.FLOAT),
            helper.make_node("ReduceMean", ["floats"], ["grey"], axes=[1, 2, 3], keepdims=0),
            helper.make_node("Unsqueeze", ["grey", "one"], ["column"]),
            helper.make_node("MatMul", ["column", "noughts"], ["encodings"]),
        ],
        "small",
        [helper.make_tensor_value_info("chips", TensorProto.UINT8, ["n", 150, 150, 3])],
        [helper.make_tensor_value_info("encodings", TensorProto.FLOAT, ["n", 128])],
        [
            numpy_helper.from_array(np.array([1]), "one"),
            numpy_helper.from_array(np.zeros((1, 128), np.float32), "noughts"),
        ],
    )
    return finished(graph, {REFERENCE: written(claimed)})


def finished(graph: object, metadata: dict[str, str] | None = None) -> bytes:
    """A graph as the bytes of a model."""
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)
    helper.set_model_props(model, metadata or {})
    return bytes(model.SerializeToString())
