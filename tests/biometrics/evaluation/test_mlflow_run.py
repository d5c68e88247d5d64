"""Runs in MLflow: with a stand-in always, with the real one where it is installed."""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from biometrics.evaluation import mlflow_run, report_files
from biometrics.evaluation.mlflow_run import (
    NotLogged,
    check_installed,
    log_run,
    metrics,
    parameters,
)
from biometrics.evaluation.report_files import NAMES
from tests.biometrics.evaluation.sets import small_document
from tests.biometrics.evaluation.test_tables import made_result

SETTINGS = (
    "MLFLOW_DISABLE_TELEMETRY",
    "DO_NOT_TRACK",
    "MLFLOW_ALLOW_FILE_STORE",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES",
    "MLFLOW_HTTP_REQUEST_TIMEOUT",
    "GIT_PYTHON_REFRESH",
)


class FakeClient:
    """Writes down what it is given."""

    fails = False

    def __init__(self, tracking_uri: str) -> None:
        assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
        self.calls: list[tuple[Any, ...]] = [("uri", tracking_uri)]
        made.append(self)

    def get_experiment_by_name(self, name: str) -> None:
        self.calls.append(("looked for", name))

    def create_experiment(self, name: str, artifact_location: str | None) -> str:
        self.calls.append(("experiment", name, artifact_location))
        return "7"

    def create_run(self, experiment: str, run_name: str) -> SimpleNamespace:
        self.calls.append(("run", experiment, run_name))
        return SimpleNamespace(info=SimpleNamespace(run_id="abc"))

    def log_param(self, _run: str, key: str, text: str) -> None:
        self.calls.append(("param", key, text))

    def log_metric(self, _run: str, key: str, value: float) -> None:
        if self.fails:
            raise RuntimeError("no room on the server\nmore of it")
        self.calls.append(("metric", key, value))

    def log_artifact(self, _run: str, path: str, folder: str = "") -> None:
        assert Path(path).stat().st_size > 0
        self.calls.append(("artifact", Path(path).name, folder))

    def set_terminated(self, _run: str, status: str) -> None:
        self.calls.append(("ended", status))


made: list[FakeClient] = []


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> type[FakeClient]:
    """A module named `mlflow` that is none."""
    made.clear()
    monkeypatch.setattr(FakeClient, "fails", False)
    for name in SETTINGS:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    module, tracking = ModuleType("mlflow"), ModuleType("mlflow.tracking")
    tracking.MlflowClient = FakeClient  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mlflow", module)
    monkeypatch.setitem(sys.modules, "mlflow.tracking", tracking)
    monkeypatch.setattr(mlflow_run, "check_installed", lambda uri: None)
    monkeypatch.setattr(report_files, "write_pdf", lambda document, path: path.write_text("pdf"))
    return FakeClient


def test_a_run_holds_parameters_metrics_curves_and_files(client: type[FakeClient]) -> None:
    """And MLflow was told not to report before it was imported."""
    result = made_result()
    assert log_run("http://example:5000", small_document(), result) == "abc"
    calls = made[0].calls
    assert ("experiment", "FaceNetGrid", None) in calls
    assert ("param", "encoder", "made-up") in calls
    assert dict(call[1:] for call in calls if call[0] == "metric") == metrics(result)
    artifacts = [call[1:] for call in calls if call[0] == "artifact"]
    assert [name for name, folder in artifacts if not folder] == list(NAMES)
    assert ("curve-pairs.csv", "curves") in artifacts
    assert calls[-1] == ("ended", "FINISHED")
    assert os.environ["DO_NOT_TRACK"] == "true"
    assert "MLFLOW_ALLOW_FILE_STORE" not in os.environ


def test_files_of_a_database_lie_beside_it(client: type[FakeClient], tmp_path: Path) -> None:
    """Not where the user happens to stand; a folder's own store is allowed for that address."""
    result = made_result()
    log_run(f"sqlite:///{tmp_path}/runs.db", small_document(), result)
    assert ("experiment", "FaceNetGrid", (tmp_path / "mlartifacts").as_uri()) in made[0].calls
    log_run("file:runs", small_document(), result)
    assert os.environ["MLFLOW_ALLOW_FILE_STORE"] == "true"


def test_what_goes_wrong_is_one_sentence(
    client: type[FakeClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the password of the address; the run is marked as failed."""
    monkeypatch.setattr(FakeClient, "fails", True)
    result = made_result()
    with pytest.raises(NotLogged) as refused:
        log_run("http://user:secret@example", small_document(), result)
    assert (
        str(refused.value) == "MLflow at http://example did not keep the run: no room on the server"
    )
    assert made[0].calls[-1] == ("ended", "FAILED")


def test_a_server_that_is_not_there(
    client: type[FakeClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In plain words; an error without a text is named by its kind."""

    def fail(*_values: object) -> None:
        raise errors.pop()

    errors = [ValueError(), OSError("HTTPConnectionPool: Max retries exceeded with url: /api")]
    monkeypatch.setattr(FakeClient, "log_param", fail)
    for end in ("it does not answer.", "ValueError"):
        with pytest.raises(NotLogged, match=f"did not keep the run: {end}"):
            log_run("http://example", small_document(), made_result())


@pytest.mark.parametrize(
    ("uri", "lacking", "named"),
    [
        ("http://x", {"mlflow"}, "(mlflow missing)"),
        ("sqlite:///x.db", {"sqlalchemy"}, "(sqlalchemy missing)"),
    ],
)
def test_without_mlflow_the_sentence_says_what_to_type(
    monkeypatch: pytest.MonkeyPatch, uri: str, lacking: set[str], named: str
) -> None:
    """Databases need more than servers do."""
    find = lambda name: None if name in lacking else object()  # noqa: E731
    monkeypatch.setattr(importlib.util, "find_spec", find)
    with pytest.raises(NotLogged, match=r"pip install -r .*requirements-mlflow\.txt") as refused:
        check_installed(uri)
    assert named in str(refused.value)
    lacking.clear()
    check_installed(uri)


def test_figures_of_a_whole_result() -> None:
    """Names that MLflow takes, numbers that are numbers, nothing of anybody's encoding."""
    found = metrics(made_result())
    assert found["verification.accuracy"] == pytest.approx(5 / 6)
    assert found["openset.fused_template.fnir_at_fpir_0.01"] == 0.0
    assert found["calibration.4_enrolled.asked_0.003.fpir"] >= 0
    assert all(set(name) <= ALLOWED for name in found)
    assert parameters(made_result())["people"] == "4"
    skipped = {"skipped": "Why."}
    few = metrics({**made_result(), "verification": skipped, "openset": skipped})
    assert "openset.fused_template.fnir_at_fpir_0.01" not in few


ALLOWED = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:-")


def test_the_real_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder's own store, where MLflow is installed: found again with its figures."""
    tracking = pytest.importorskip(
        "mlflow.tracking", reason="needs MLflow: pip install -r requirements-mlflow.txt"
    )
    for name in SETTINGS:
        monkeypatch.setenv(name, "true" if name.startswith(("MLFLOW_D", "DO", "MLFLOW_A")) else "1")
    result = made_result()
    uri = (tmp_path / "runs").as_uri()
    run = log_run(uri, small_document(), result)
    kept = tracking.MlflowClient(tracking_uri=uri).get_run(run)
    assert kept.data.metrics == pytest.approx(metrics(result))
    assert kept.data.params == parameters(result)
