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
    gives: str = "encodings",
) -> bytes:
    """From a picture of 112x112 to numbers: means of its parts, mixed at random.

    Args:
        dimensions: How many numbers.
        channels_first: How it takes pixels.
        one_by_one: Whether it takes one picture a run.
        scales: Whether it begins by scaling pixels itself.
        side: Of the pictures.
        seed: Another one is another network.
        gives: "encodings", or what no face network gives.
    """
    count: str | int = 1 if one_by_one else "n"
    sides = [3, side, side] if channels_first else [side, side, 3]
    mixing = np.random.default_rng(seed).normal(size=(3 * 49, dimensions)).astype(np.float32)
    constants = {
        "mixing": mixing,
        "half": np.full(1, 127.5, np.float32),
        "nan": np.full(1, np.nan, np.float32),
        "nought": np.zeros(1, np.float32),
        "one": np.ones(1, np.float32),
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
        helper.make_node("MatMul", ["row", "mixing"], ["mixed"]),
    ]
    floats = out = TensorProto.FLOAT
    match gives:
        case "nan":
            nodes.append(helper.make_node("Mul", ["mixed", "nan"], ["numbers"]))
        case "zeros":
            nodes.append(helper.make_node("Mul", ["mixed", "nought"], ["numbers"]))
        case "the same":
            nodes.append(helper.make_node("Mul", ["mixed", "nought"], ["naught"]))
            nodes.append(helper.make_node("Add", ["naught", "one"], ["numbers"]))
        case "whole numbers":
            out = TensorProto.INT64
            nodes.append(helper.make_node("Cast", ["mixed"], ["numbers"], to=out))
        case _:
            nodes.append(helper.make_node("Identity", ["mixed"], ["numbers"]))
    graph = helper.make_graph(
        nodes,
        "face",
        [helper.make_tensor_value_info("pixels", floats, [count, *sides])],
        [helper.make_tensor_value_info("numbers", out, [count, dimensions])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    return finished(graph)


def pad_network(
    *,
    side: int = 128,
    classes: int = 3,
    live_class: int = 0,
    live_from: float = 0.5,
    shares: bool = False,
    broken: bool = False,
) -> bytes:
    """From a square picture to a number a class: live where its first colour is bright enough.

    Args:
        side: Of the picture it takes.
        classes: How many it answers.
        live_class: Which of them is high for a bright picture.
        live_from: How bright, in the pixels' own scale.
        shares: Answer with shares that are together 1; else with plain numbers.
        broken: Answer with numbers that are none.
    """
    steep = np.zeros((1, classes), np.float32)
    steep[0, live_class] = np.nan if broken else 40 / max(live_from, 1e-3)
    nodes = [
        helper.make_node("Slice", ["pixels", "from", "to", "axes"], ["red"]),
        helper.make_node("ReduceMean", ["red"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Sub", ["mean", "level"], ["above"]),
        helper.make_node("Reshape", ["above", "row"], ["one"]),
        helper.make_node("MatMul", ["one", "steep"], ["numbers"]),
        helper.make_node("Softmax", ["numbers"], ["shared"], axis=1),
    ]
    constants = {
        "from": np.array([0], np.int64),
        "to": np.array([1], np.int64),
        "axes": np.array([1], np.int64),
        "level": np.array([live_from], np.float32),
        "row": np.array([1, 1], np.int64),
        "steep": steep,
    }
    floats = TensorProto.FLOAT
    answer = "shared" if shares else "numbers"
    graph = helper.make_graph(
        nodes if shares else nodes[:-1],
        "pad",
        [helper.make_tensor_value_info("pixels", floats, [1, 3, side, side])],
        [helper.make_tensor_value_info(answer, floats, [1, classes])],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    return finished(graph)


def finished(graph: GraphProto, metadata: dict[str, str] | None = None) -> bytes:
    """A graph as the bytes of a model."""
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)
    helper.set_model_props(model, metadata or {})
    return bytes(model.SerializeToString())
