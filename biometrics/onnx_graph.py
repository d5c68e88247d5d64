"""Building an ONNX graph node by node, and taking the layers of a dlib file one by one."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from biometrics.dlib_weights import Affine, Convolution, Dense, Layer, Plain, WeightsUnreadable

OPSET, IR_VERSION = 17, 8
"""Old enough for every ONNX Runtime that has wheels for Python 3.11."""

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

    def convolution(self, into: str, layer: Convolution) -> str:
        """A convolution with its biases."""
        return self.node(
            "Conv",
            into,
            self.constant(layer.filters),
            self.constant(layer.biases),
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
