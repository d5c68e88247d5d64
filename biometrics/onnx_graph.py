"""dlib's two face networks as ONNX graphs: built layer by layer from what their files hold."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from biometrics.dlib_weights import Affine, Convolution, Dense, Layer, Plain, WeightsUnreadable

OPSET, IR_VERSION = 17, 8
"""Old enough for every ONNX Runtime that has wheels for Python 3.11."""
AVERAGE_COLOUR = (122.782, 117.001, 104.298)
"""What dlib subtracts from red, green and blue: the mean of its training pictures."""
PIXEL_SCALE = 1 / 256
"""What dlib multiplies by afterwards; a power of two, so that folding it into weights is exact."""

_RESIDUAL = ((32, 32, 3), (32, 64, 3), (64, 128, 2), (128, 256, 2), (256, 256, 0))
"""Channels in, channels out, and plain blocks after the down block of each stage of the encoder;
the first stage has no down block."""
_SIDE_AFTER_POOL = 35
_L = TypeVar("_L", Convolution, Affine, Dense, Plain)


class LayerQueue:
    """The layers of a file, taken in order and checked on the way."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._layers = list(layers)
        self._next = 0

    def convolution(self, channels: tuple[int, int] | None = None) -> Convolution:
        """The next convolution, of these channels in and out."""
        layer = self._take(Convolution)
        out, into = layer.filters.shape[:2]
        if channels is not None and (into, out) != channels:
            raise WeightsUnreadable(f"layer {self._next}: {into} to {out} channels, not {channels}")
        return layer

    def affine(self) -> Affine:
        """The next scale and shift."""
        return self._take(Affine)

    def dense(self) -> Dense:
        """The next fully connected layer."""
        return self._take(Dense)

    def plain(self, tag: str) -> None:
        """Steps over a layer without numbers."""
        if (found := self._take(Plain)).tag != tag:
            raise WeightsUnreadable(f"layer {self._next}: {tag} expected, got {found.tag}")

    def end(self) -> None:
        """Nothing may be left."""
        if self._next != len(self._layers):
            raise WeightsUnreadable(f"{len(self._layers) - self._next} layers too many")

    def _take(self, kind: type[_L]) -> _L:
        layer = self._layers[self._next] if self._next < len(self._layers) else None
        self._next += 1
        if not isinstance(layer, kind):
            found = "the end" if layer is None else type(layer).__name__
            raise WeightsUnreadable(f"layer {self._next}: {kind.__name__} expected, got {found}")
        return layer


class GraphBuilder:
    """Collects nodes and constants; every method returns the name of what it added."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, values: NDArray[Any]) -> str:
        """A constant tensor."""
        from onnx import numpy_helper

        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """A node with one output."""
        from onnx import helper

        name = f"{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def convolution(self, into: str, layer: Convolution, after: Affine | None = None) -> str:
        """A convolution with the scale and shift after it folded in (in float64)."""
        filters, biases = layer.filters.astype(np.float64), layer.biases.astype(np.float64)
        if after is not None:
            if after.scale.shape != biases.shape:
                raise WeightsUnreadable("a scale that does not fit its convolution")
            filters = filters * after.scale[:, None, None, None]
            biases = biases * after.scale + after.shift
        return self.node(
            "Conv",
            into,
            self.constant(filters.astype(np.float32)),
            self.constant(biases.astype(np.float32)),
            kernel_shape=list(layer.filters.shape[2:]),
            strides=[layer.stride] * 2,
            pads=[layer.padding] * 4,
        )

    def model(
        self,
        *,
        into: tuple[str, int, Sequence[str | int]],
        out: tuple[str, int, Sequence[str | int]],
        result: str,
        metadata: Mapping[str, str],
    ) -> bytes:
        """The checked model, serialised the same way every time.

        Args:
            into: Name, ONNX element type and shape of the input.
            out: The same of the output.
            result: What the output is a copy of.
            metadata: Words to keep inside the file.
        """
        import onnx
        from onnx import helper

        nodes = [*self._nodes, helper.make_node("Identity", [result], [out[0]])]
        graph = helper.make_graph(
            nodes,
            "facenetgrid",
            [helper.make_tensor_value_info(*into)],
            [helper.make_tensor_value_info(*out)],
            self._constants,
        )
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        helper.set_model_props(model, dict(metadata))
        onnx.checker.check_model(model)
        serialised: bytes = model.SerializeToString(deterministic=True)
        return serialised


def encoder_model(layers: Sequence[Layer], metadata: Mapping[str, str]) -> bytes:
    """The recognition network: chips `uint8 (n, 150, 150, 3)` to encodings `float32 (n, 128)`.

    Raises:
        WeightsUnreadable: These are not the layers of dlib's recognition network.
    """
    from onnx import TensorProto

    queue, graph = LayerQueue(layers), GraphBuilder()
    floats = graph.node("Cast", "chips", to=TensorProto.FLOAT)
    planes = graph.node("Transpose", floats, perm=[0, 3, 1, 2])
    mean = np.array(AVERAGE_COLOUR, dtype=np.float32).reshape(1, 3, 1, 1)
    now = graph.node("Sub", planes, graph.constant(mean))
    now = graph.convolution(now, _of_pixels(queue.convolution((3, 32))), queue.affine())
    now = _relu(graph, queue, now)
    queue.plain("max_pool_2")
    now = graph.node("MaxPool", now, kernel_shape=[3, 3], strides=[2, 2])
    side = _SIDE_AFTER_POOL
    for stage, (into, out, plain_blocks) in enumerate(_RESIDUAL):
        if stage:
            now, side = _down_block(graph, queue, now, (into, out), side)
        for _ in range(plain_blocks):
            now = _plain_block(graph, queue, now, out)
    queue.plain("avg_pool_2")
    now = graph.node("Flatten", graph.node("GlobalAveragePool", now))
    now = graph.node("MatMul", now, graph.constant(queue.dense().matrix))
    queue.end()
    return graph.model(
        into=("chips", TensorProto.UINT8, ["n", 150, 150, 3]),
        out=("encodings", TensorProto.FLOAT, ["n", 128]),
        result=now,
        metadata=metadata,
    )


def _of_pixels(layer: Convolution) -> Convolution:
    """The first convolution, for pixels of 0 to 255 minus the average colour."""
    scaled = layer.filters * np.float32(PIXEL_SCALE)
    return Convolution(scaled, layer.biases, layer.stride, layer.padding)


def _relu(graph: GraphBuilder, queue: LayerQueue, now: str) -> str:
    queue.plain("relu_")
    return graph.node("Relu", now)


def _plain_block(graph: GraphBuilder, queue: LayerQueue, start: str, channels: int) -> str:
    both = (channels, channels)
    now = graph.convolution(start, queue.convolution(both), queue.affine())
    now = _relu(graph, queue, now)
    now = graph.convolution(now, queue.convolution(both), queue.affine())
    queue.plain("add_prev_")
    return _relu(graph, queue, graph.node("Add", now, start))


def _down_block(
    graph: GraphBuilder, queue: LayerQueue, start: str, channels: tuple[int, int], side: int
) -> tuple[str, int]:
    """Half the side: convolutions added to an average pool; the smaller one grows by zeros."""
    into, out = channels
    now = graph.convolution(start, queue.convolution(channels), queue.affine())
    now = _relu(graph, queue, now)
    now = graph.convolution(now, queue.convolution((out, out)), queue.affine())
    queue.plain("avg_pool_2")
    pooled = graph.node("AveragePool", start, kernel_shape=[2, 2], strides=[2, 2])
    queue.plain("add_prev_")
    # An unpadded 3x3 convolution of stride 2 may end one row before a 2x2 pool of stride 2.
    side_now, side_pooled = (side - 3) // 2 + 1, side // 2
    now = _grown(graph, now, 0, side_pooled - side_now)
    pooled = _grown(graph, pooled, out - into, 0)
    return _relu(graph, queue, graph.node("Add", now, pooled)), side_pooled


def _grown(graph: GraphBuilder, now: str, channels: int, pixels: int) -> str:
    """Zeros for more channels, and at the bottom and the right edge."""
    if channels == pixels == 0:
        return now
    ends = np.array([0, 0, 0, 0, 0, channels, pixels, pixels], dtype=np.int64)
    return graph.node("Pad", now, graph.constant(ends))
