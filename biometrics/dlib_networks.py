"""dlib's two face networks as ONNX graphs, in the plans that dlib's files follow."""

from collections.abc import Mapping, Sequence

import numpy as np

from biometrics.dlib_weights import Affine, Convolution, Layer, WeightsUnreadable
from biometrics.onnx_graph import GraphBuilder, LayerQueue

AVERAGE_COLOUR = (122.782, 117.001, 104.298)
"""What dlib subtracts from red, green and blue: the mean of its training pictures."""
PIXEL_SCALE = 1 / 256
"""What dlib multiplies by afterwards; a power of two, so that folding it into weights is exact."""

_RESIDUAL = ((32, 32, 3), (32, 64, 3), (64, 128, 2), (128, 256, 2), (256, 256, 0))
"""Channels in, channels out, and plain blocks after the down block of each stage of the encoder;
the first stage has no down block."""
_SIDE_AFTER_POOL = 35
_DETECTOR = ((3, 16), (16, 32), (32, 32), (32, 45), (45, 45), (45, 45))
"""Channels in and out of the detector's convolutions; a last one gives the score."""
_BLOCK = 16
"""ONNX Runtime's fast convolutions want channels in eights or sixteens; zeros fill them up."""


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
    now = graph.convolution(now, _folded(_of_pixels(queue.convolution((3, 32))), queue.affine()))
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


def detector_model(layers: Sequence[Layer], metadata: Mapping[str, str]) -> bytes:
    """The MMOD detector: a tile `float32 (1, 3, h, w)` to scores `float32 (1, 1, r, c)`.

    The tile holds colours minus the average, and nought between pictures. A score belongs to the
    window of 80 by 80 px round pixel (8 c + 14, 8 r + 14).

    Raises:
        WeightsUnreadable: These are not the layers of dlib's detector.
    """
    from onnx import TensorProto

    queue, graph = LayerQueue(layers), GraphBuilder()
    now = "tile"
    for index, channels in enumerate(_DETECTOR):
        layer, after = queue.convolution(channels), queue.affine()
        layer = _filled_up(_folded(_of_pixels(layer) if index == 0 else layer, after))
        now = _relu(graph, queue, graph.convolution(now, layer))
    now = _score(graph, now, queue.convolution((_DETECTOR[-1][1], 1)))
    queue.end()
    return graph.model(
        into=("tile", TensorProto.FLOAT, [1, 3, "h", "w"]),
        out=("scores", TensorProto.FLOAT, [1, 1, "r", "c"]),
        result=now,
        metadata=metadata,
    )


def _score(graph: GraphBuilder, now: str, layer: Convolution) -> str:
    """A convolution to one channel, as a transposed one: a sum of 81 shifted products.

    The same numbers; 2 ms instead of 22 to 38 for a 640x480 picture, because ONNX Runtime
    computes a convolution to one channel as if it were sixteen.
    """
    turned = layer.filters[0, :, None, ::-1, ::-1]
    fill = -turned.shape[0] % _BLOCK
    weights = np.pad(turned, ((0, fill), (0, 0), (0, 0), (0, 0)))
    if layer.stride != 1 or 2 * layer.padding + 1 != weights.shape[2]:
        raise WeightsUnreadable("the score's convolution has an unexpected shape")
    return graph.node(
        "ConvTranspose",
        now,
        graph.constant(weights),
        graph.constant(layer.biases),
        kernel_shape=list(weights.shape[2:]),
        strides=[1, 1],
        pads=[layer.padding] * 4,
    )


def _folded(layer: Convolution, after: Affine) -> Convolution:
    """A convolution with the scale and shift after it."""
    if after.scale.shape != layer.biases.shape:
        raise WeightsUnreadable("a scale that does not fit its convolution")
    filters = layer.filters.astype(np.float64) * after.scale[:, None, None, None]
    biases = layer.biases.astype(np.float64) * after.scale + after.shift
    return Convolution(
        filters.astype(np.float32), biases.astype(np.float32), layer.stride, layer.padding
    )


def _filled_up(layer: Convolution) -> Convolution:
    """Channels of noughts up to the next sixteen; the colours stay three."""
    out, into = layer.filters.shape[:2]
    more_out, more_in = -out % _BLOCK, (-into % _BLOCK if into > 3 else 0)
    return Convolution(
        np.pad(layer.filters, ((0, more_out), (0, more_in), (0, 0), (0, 0))),
        np.pad(layer.biases, (0, more_out)),
        layer.stride,
        layer.padding,
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
    now = graph.convolution(start, _folded(queue.convolution(both), queue.affine()))
    now = _relu(graph, queue, now)
    now = graph.convolution(now, _folded(queue.convolution(both), queue.affine()))
    queue.plain("add_prev_")
    return _relu(graph, queue, graph.node("Add", now, start))


def _down_block(
    graph: GraphBuilder, queue: LayerQueue, start: str, channels: tuple[int, int], side: int
) -> tuple[str, int]:
    """Half the side: convolutions added to an average pool; the smaller one grows by zeros."""
    into, out = channels
    now = graph.convolution(start, _folded(queue.convolution(channels), queue.affine()))
    now = _relu(graph, queue, now)
    now = graph.convolution(now, _folded(queue.convolution((out, out)), queue.affine()))
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
