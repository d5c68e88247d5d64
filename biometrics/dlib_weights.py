"""Reads the layers of a network that dlib saved: a `.dat` file of tags, small integers and floats.

A network is written deepest layer first. A layer is a tag (a length and a name such as `con_4`),
then integers of variable length and tensors. An integer is one byte that holds the count of bytes
that follow (its high bit is the sign), then those bytes, lowest first. A tensor is five integers
(version 2, then its four sizes) and raw little-endian float32. Between layers stands bookkeeping
of training, which is skipped by looking for the next known tag; floats are stepped over by their
count, so that no float is ever taken for a tag.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Tensor = NDArray[np.float32]
"""The numbers of one tensor, flat."""

MOST_LAYERS = 10_000
"""More than any network has: a file that repeats a tag for ever ends here."""
_MOST_FLOATS = 1 << 28
_ALIAS = 5
_TAGS = ("con_4", "affine_", "bn_con2", "fc_2", "relu_", "max_pool_2", "avg_pool_2", "add_prev_")
_ANY_TAG = re.compile(b"|".join(b"\x01" + bytes([len(t)]) + t.encode() for t in _TAGS))


class WeightsUnreadable(ValueError):  # noqa: N818 - named for what happened
    """Raised when a file is not the network it should be; the message says where it differs."""


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """Filters `(out, in, rows, columns)` and biases `(out,)`, float32."""

    filters: NDArray[np.float32]
    biases: NDArray[np.float32]
    stride: int
    padding: int


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """A scale and a shift for each channel: what batch normalisation comes to after training."""

    scale: NDArray[np.float64]
    shift: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Dense:
    """A fully connected layer without bias: `(inputs, outputs)`, float32."""

    matrix: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Plain:
    """A layer without numbers: `relu_`, `max_pool_2`, `avg_pool_2` or `add_prev_`."""

    tag: str


Layer = Convolution | Affine | Dense | Plain


def read_layers(data: bytes) -> list[Layer]:
    """Every layer of the file, in the order in which a picture passes them.

    Raises:
        WeightsUnreadable: The bytes are not a network of these layers.
    """
    reader = _Reader(data)
    layers: list[Layer] = []
    while (tag := reader.next_tag()) is not None:
        layers.append(_layer(tag, reader))
        if len(layers) > MOST_LAYERS:
            raise WeightsUnreadable(f"the network has more than {MOST_LAYERS} layers")
    if not layers:
        raise WeightsUnreadable("there is no layer of a dlib network in the file")
    return layers


def _layer(tag: str, reader: "_Reader") -> Layer:
    if tag == "con_4":
        return _convolution(reader)
    if tag == "affine_":
        scale, shift = np.split(_even(reader.tensor(), reader), 2)
        return Affine(scale.astype(np.float64), shift.astype(np.float64))
    if tag == "bn_con2":
        return _normalisation(reader)
    if tag == "fc_2":
        outputs, inputs = reader.integers(2)
        numbers = reader.tensor()
        if numbers.size != outputs * inputs:
            raise reader.problem(f"{inputs} x {outputs} numbers expected, got {numbers.size}")
        return Dense(numbers.reshape(inputs, outputs))
    return Plain(tag)


def _convolution(reader: "_Reader") -> Convolution:
    numbers = reader.tensor()
    count, rows, columns, stride_y, stride_x, padding_y, padding_x = reader.integers(7)
    if min(count, rows, columns, stride_y) < 1 or stride_y != stride_x or padding_y != padding_x:
        raise reader.problem("a convolution of an unexpected shape")
    weights = numbers.size - count
    if weights <= 0 or weights % (count * rows * columns):
        raise reader.problem(f"{numbers.size} numbers do not fill {count} filters {rows}x{columns}")
    filters = numbers[:weights].reshape(count, -1, rows, columns)
    return Convolution(filters, numbers[weights:], stride_y, padding_y)


def _normalisation(reader: "_Reader") -> Affine:
    """Batch normalisation with the running statistics, as dlib computes it when not training."""
    gamma, beta = np.split(_even(reader.tensor(), reader).astype(np.float64), 2)
    reader.integers(2 * _ALIAS)
    reader.tensor()  # the last batch's means and deviations are for training alone
    reader.tensor()
    means, variances = (reader.tensor().astype(np.float64) for _ in range(2))
    reader.integers(2)
    for _ in range(4):  # rates of learning
        reader.real()
    epsilon = reader.real()
    if not means.size == variances.size == gamma.size or not 0 < epsilon < 1:
        raise reader.problem("a batch normalisation of an unexpected shape")
    scale = gamma / np.sqrt(variances + epsilon)
    return Affine(scale, beta - scale * means)


def _even(numbers: Tensor, reader: "_Reader") -> Tensor:
    if numbers.size % 2:
        raise reader.problem("an odd count of scales and shifts")
    return numbers


class _Reader:
    """A place in the file that only moves forward."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def next_tag(self) -> str | None:
        """Moves behind the next known tag; None when there is none."""
        found = _ANY_TAG.search(self._data, self._at)
        if found is None:
            return None
        self._at = found.end()
        return found.group()[2:].decode("ascii")

    def problem(self, what: str) -> WeightsUnreadable:
        """The error, with the place."""
        return WeightsUnreadable(f"{what}, at byte {self._at}")

    def integers(self, count: int) -> list[int]:
        """The next integers."""
        return [self._integer() for _ in range(count)]

    def real(self) -> float:
        """The next float64: two integers, a mantissa and a power of two."""
        mantissa, exponent = self.integers(2)
        if not -2000 < exponent < 2000:
            raise self.problem(f"a number with exponent {exponent}")
        return mantissa * 2.0**exponent

    def tensor(self) -> Tensor:
        """The next tensor, flat."""
        version, *sizes = self.integers(5)
        count = int(np.prod([max(size, 0) for size in sizes], dtype=object))
        if version != 2 or min(sizes) < 0:
            raise self.problem(f"a tensor of version 2 expected, got {version} {sizes}")
        if count > _MOST_FLOATS or self._at + 4 * count > len(self._data):
            raise self.problem(f"the file ends inside a tensor of {count} numbers")
        numbers = np.frombuffer(self._data, dtype="<f4", count=count, offset=self._at)
        self._at += 4 * count
        if not np.isfinite(numbers).all():
            raise self.problem("a tensor holds numbers that are not finite")
        return numbers.astype(np.float32)

    def _integer(self) -> int:
        if self._at >= len(self._data):
            raise self.problem("the file ends inside a number")
        head = self._data[self._at]
        size, end = head & 0x7F, self._at + 1 + (head & 0x7F)
        if not 1 <= size <= 8 or end > len(self._data):
            raise self.problem("a number of an unexpected length")
        value = int.from_bytes(self._data[self._at + 1 : end], "little")
        self._at = end
        return -value if head & 0x80 else value
