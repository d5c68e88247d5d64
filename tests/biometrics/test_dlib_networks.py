"""The two networks' plans: what dlib's layers hold lands where it belongs, misfits are refused."""

import dataclasses

import numpy as np
import pytest

from biometrics import dlib_networks
from biometrics.cnn_detector import weights_path as detector_weights
from biometrics.dlib_engine import weights_path
from biometrics.dlib_networks import detector_model, encoder_model
from biometrics.dlib_weights import (
    Affine,
    Convolution,
    Layer,
    Plain,
    WeightsUnreadable,
    read_layers,
)
from biometrics.onnx_session import open_session, run


@pytest.fixture(scope="module")
def layers() -> list[Layer]:
    """Those of the shipped encoder."""
    return read_layers(weights_path().read_bytes())


@pytest.fixture(scope="module")
def detector_layers() -> list[Layer]:
    """Those of the shipped detector."""
    return read_layers(detector_weights().read_bytes())


def test_the_same_weights_give_the_same_bytes(layers: list[Layer]) -> None:
    """So two processes that convert at once write the same file."""
    assert encoder_model(layers, {"a": "b"}) == encoder_model(layers, {"a": "b"})


@pytest.mark.parametrize("count", [0, 1, 40, 107])
def test_a_network_that_ends_early_is_refused(layers: list[Layer], count: int) -> None:
    """As from a file that was cut off between two layers."""
    with pytest.raises(WeightsUnreadable, match="expected, got the end"):
        encoder_model(layers[:count], {})


def test_a_network_that_goes_on_is_refused(layers: list[Layer]) -> None:
    """It is not the one whose plan the graph follows."""
    with pytest.raises(WeightsUnreadable, match="1 layers too many"):
        encoder_model([*layers, Plain("relu_")], {})


def test_scaling_pixels_costs_no_precision() -> None:
    """The scale is a power of two."""
    assert np.log2(dlib_networks.PIXEL_SCALE) == -8


def test_the_detector_scores_every_eighth_pixel(detector_layers: list[Layer]) -> None:
    """Three convolutions halve the tile; the others keep its size."""
    session = open_session(detector_model(detector_layers, {}), threads=1)
    scores = run(session, tile=np.zeros((1, 3, 109, 93), np.float32))
    assert scores.shape == (1, 1, 11, 9)


def test_the_turned_convolution_gives_the_same_scores(detector_layers: list[Layer]) -> None:
    """The last layer by the book, for one place in the middle."""
    last = detector_layers[-1]
    assert isinstance(last, Convolution)
    values = np.random.default_rng(0).normal(size=(1, 48, 9, 9)).astype(np.float32)
    values[:, 45:] = 0
    from onnx import TensorProto

    from biometrics.onnx_graph import GraphBuilder

    graph = GraphBuilder()
    model = graph.model(
        into=("x", TensorProto.FLOAT, [1, 48, 9, 9]),
        out=("y", TensorProto.FLOAT, [1, 1, 9, 9]),
        result=dlib_networks._score(graph, "x", last),
        metadata={},
    )
    expected = float((values[0, :45] * last.filters[0]).sum() + last.biases[0])
    assert run(open_session(model, threads=1), x=values)[0, 0, 4, 4] == pytest.approx(
        expected, abs=1e-4
    )


def test_a_scale_or_score_that_does_not_fit_is_refused(
    layers: list[Layer], detector_layers: list[Layer]
) -> None:
    """Instead of being stretched over the channels."""
    with pytest.raises(WeightsUnreadable, match="does not fit"):
        encoder_model([layers[0], Affine(np.ones(1), np.ones(1)), *layers[2:]], {})
    last = detector_layers[-1]
    assert isinstance(last, Convolution)
    strange = dataclasses.replace(last, padding=3)
    with pytest.raises(WeightsUnreadable, match="score"):
        detector_model([*detector_layers[:-1], strange], {})


def test_one_network_is_not_the_other(layers: list[Layer], detector_layers: list[Layer]) -> None:
    """The encoder's file is no detector, and the other way round."""
    with pytest.raises(WeightsUnreadable, match="channels"):
        detector_model(layers, {})
    with pytest.raises(WeightsUnreadable, match="channels"):
        encoder_model(detector_layers, {})
