"""The reader of dlib's files: the shipped networks, layers made by hand, and broken files."""

import numpy as np
import pytest

from biometrics.dlib_engine import weights_path
from biometrics.dlib_weights import (
    Affine,
    Convolution,
    Dense,
    Plain,
    WeightsUnreadable,
    read_layers,
)
from tests.biometrics.dat_files import convolution, integers, real, tag, tensor


def test_the_shipped_encoder_is_read_whole() -> None:
    """Its 29 convolutions, each with a scale and shift, and 128 outputs at the end."""
    layers = read_layers(weights_path().read_bytes())
    kinds = [type(layer) for layer in layers]
    assert kinds.count(Convolution) == kinds.count(Affine) == 29
    first, last = layers[0], layers[-1]
    assert isinstance(first, Convolution)
    assert (first.filters.shape, first.stride, first.padding) == ((32, 3, 7, 7), 2, 0)
    assert isinstance(last, Dense)
    assert last.matrix.shape == (256, 128)


def test_layers_come_with_their_numbers_in_order() -> None:
    """Filters, biases, stride and padding; bookkeeping between layers is stepped over."""
    filters = np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2)
    data = (
        b"\x01\x01\x01\x0dloss_metric_2 and more"
        + convolution(filters, [0.5, -0.5], stride=2, padding=1)
        + b"110\x01\x00"
        + tag("affine_")
        + tensor(2, 3, 4, 5)
        + tag("relu_")
        + tag("fc_2")
        + integers(2, 3)
        + tensor(1, 2, 3, 4, 5, 6)
    )
    con, affine, relu, dense = read_layers(data)
    assert isinstance(con, Convolution)
    assert (con.filters == filters).all()
    assert con.biases.tolist() == [0.5, -0.5]
    assert (con.stride, con.padding) == (2, 1)
    assert isinstance(affine, Affine)
    assert (affine.scale.tolist(), affine.shift.tolist()) == ([2, 3], [4, 5])
    assert relu == Plain("relu_")
    assert isinstance(dense, Dense)
    assert dense.matrix.tolist() == [[1, 2], [3, 4], [5, 6]]


def test_batch_normalisation_becomes_a_scale_and_a_shift() -> None:
    """With the running statistics and the epsilon of the file."""
    data = (
        tag("bn_con2")
        + tensor(3.0, 1.0)
        + integers(*range(10))
        + tensor(9.0)
        + tensor(9.0)
        + tensor(2.0)
        + tensor(3.75)
        + integers(100, 100)
        + real(16, -4) * 4
        + real(1, -2)
    )
    (layer,) = read_layers(data)
    assert isinstance(layer, Affine)
    assert layer.scale.tolist() == [1.5]
    assert layer.shift.tolist() == [-2.0]


def test_a_tag_among_the_floats_is_no_layer() -> None:
    """Floats are stepped over by their count."""
    hidden = np.frombuffer(tag("relu_") + b"\0", "<f4")
    data = convolution(np.zeros((1, 1, 1, 1)), [0.0], stride=1, padding=0)
    data += tag("affine_") + tensor(*hidden, *hidden)
    assert [type(layer) for layer in read_layers(data)] == [Convolution, Affine]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no layer"),
        (b"not a network at all" * 50, "no layer"),
        (tag("con_4"), "ends inside a number"),
        (tag("con_4") + b"\x09" + bytes(20), "unexpected length"),
        (tag("con_4") + integers(3, 1, 1, 1, 1), "version 2 expected"),
        (tag("con_4") + integers(2, -1, 1, 1, 1), "version 2 expected"),
        (tag("con_4") + integers(2, 1 << 40, 1 << 40, 1, 1), "ends inside a tensor"),
        (tag("con_4") + tensor(1, 2, 3) + integers(2, 5, 5, 1, 1, 0, 0), "do not fill"),
        (tag("con_4") + tensor(1, 2) + integers(1, 1, 1, 2, 1, 0, 0), "unexpected shape"),
        (tag("con_4") + tensor(float("nan")), "not finite"),
        (tag("affine_") + tensor(1, 2, 3), "odd count"),
        (tag("fc_2") + integers(2, 2) + tensor(1, 2, 3), "numbers expected"),
        (tag("relu_") * 10_001, "more than 10000 layers"),
    ],
)
def test_what_is_no_network_is_refused_with_a_sentence(data: bytes, says: str) -> None:
    """Never a crash, and nothing huge is allocated on a file's word."""
    with pytest.raises(WeightsUnreadable, match=says):
        read_layers(data)


def test_a_normalisation_with_a_senseless_number_is_refused() -> None:
    """An exponent outside every float, and an epsilon of nought."""
    start = tag("bn_con2") + tensor(1, 1) + integers(*range(10)) + tensor(1) * 4 + integers(1, 1)
    for rates, epsilon in ((real(1, 5000), real(1, -9)), (real(16, -4), real(0, 0))):
        with pytest.raises(WeightsUnreadable, match=r"exponent|unexpected shape"):
            read_layers(start + rates * 4 + epsilon)
