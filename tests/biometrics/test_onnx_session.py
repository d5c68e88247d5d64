"""ONNX Runtime opened one way: refusals are sentences, threads are counted."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from biometrics import onnx_session
from biometrics.onnx_session import RuntimeRefused, default_threads, open_session, run


def doubling() -> bytes:
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["y"])],
        "doubling",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])],
    )
    opset = helper.make_opsetid("", onnx_graph_opset())
    model = helper.make_model(graph, opset_imports=[opset], ir_version=8)
    return bytes(model.SerializeToString())


def onnx_graph_opset() -> int:
    from biometrics.onnx_graph import OPSET

    return OPSET


def test_a_network_runs_with_the_threads_asked_for() -> None:
    """One result, as an array."""
    session = open_session(doubling(), threads=1)
    assert session.get_session_options().intra_op_num_threads == 1
    assert run(session, x=np.array([1, 2], np.float32)).tolist() == [2, 4]


def test_the_default_leaves_cores_to_others() -> None:
    """At least one thread, at most four."""
    assert 1 <= default_threads() <= 4
    with pytest.raises(ValueError, match="threads"):
        open_session(doubling(), threads=0)


@pytest.mark.parametrize("model", [b"", b"this is no network", doubling()[:-9]])
def test_what_is_no_network_is_refused(model: bytes) -> None:
    """With a sentence of one line."""
    with pytest.raises(RuntimeRefused, match="refuses the network") as caught:
        open_session(model)
    assert "\n" not in str(caught.value)


def test_a_provider_that_is_not_there_is_refused() -> None:
    """Never replaced by another one in silence."""
    with pytest.raises(RuntimeRefused, match="no NoSuchProvider here"):
        open_session(doubling(), provider="NoSuchProvider")


def test_wrong_inputs_are_refused() -> None:
    """Another shape, another kind of number, another name."""
    session = open_session(doubling(), threads=1)
    for inputs in ({"x": np.zeros(3, np.float32)}, {"x": np.zeros(2)}, {"z": np.zeros(2)}):
        with pytest.raises(RuntimeRefused, match="failed"):
            run(session, **inputs)


def test_nothing_is_reported_to_anybody(tmp_path: Path) -> None:
    """Whatever version is installed: the switches are set before it loads, no identifier is made.

    In a process of its own, with an empty home, and without what silences it in tests anyway.
    """
    model = tmp_path / "doubling.onnx"
    model.write_bytes(doubling())
    code = (
        "import pathlib, sys\n"
        "from biometrics import onnx_session\n"
        "assert 'onnxruntime' not in sys.modules\n"
        f"onnx_session.open_session(pathlib.Path({str(model)!r}).read_bytes(), threads=1)\n"
    )
    home = tmp_path / "home"
    home.mkdir()
    silencing = {"CI", "ORT_RUNNING_UNIT_TESTS", *onnx_session.NO_TELEMETRY}
    environment = {name: value for name, value in os.environ.items() if name not in silencing}
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    subprocess.run([sys.executable, "-B", "-c", code], env=environment, check=True)
    assert list(home.iterdir()) == []
    assert all(os.environ.get(name) == "1" for name in onnx_session.NO_TELEMETRY)


def test_only_one_module_loads_onnx_runtime() -> None:
    """So that nothing gets round the switches."""
    room = Path(onnx_session.__file__).parent
    loading = [path.name for path in room.rglob("*.py") if "import onnxruntime" in path.read_text()]
    assert loading == ["onnx_session.py"]


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on an installation without it."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(RuntimeRefused, match="cannot be loaded"):
        onnx_session.open_session(doubling())
