"""An evaluation as a run in MLflow, where that is installed and asked for.

MLflow is foreign to everything else here: it is imported when it is needed, told not to report to
its makers, and whatever goes wrong with it is one sentence. The measurement is done by then.
"""

import importlib
import importlib.util
import math
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from biometrics.evaluation.document import Document
from biometrics.evaluation.report_files import write_curves, write_reports

_ROOT = Path(__file__).resolve().parents[2]
EXPERIMENT = "FaceNetGrid"
INSTALL = f"{sys.executable} -m pip install -r {_ROOT / 'requirements-mlflow.txt'}"
_MOST_LETTERS = 500
_DATABASES = ("sqlite", "postgresql", "mysql", "mssql")


class NotLogged(Exception):  # noqa: N818 - named for what happened
    """Raised when a run could not be kept; the text says why and what to do."""


def check_installed(uri: str) -> None:
    """Finds out before the work whether MLflow is there for such an address.

    Raises:
        NotLogged: It is not installed, or what it needs for a database is not.
    """
    needed = ["mlflow"]
    if uri.startswith(_DATABASES):
        needed += ["sqlalchemy", "alembic"]
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        raise NotLogged(
            f"MLflow is not complete here ({', '.join(missing)} missing), so nothing is logged to "
            f"it; the evaluation goes on. To install it: {INSTALL}"
        )


def log_run(uri: str, document: Document, result: dict[str, Any]) -> str:
    """Keeps parameters, metrics, curves and the report's files as a run; returns its id.

    Args:
        uri: As MLflow has it: `http://server:5000`, `sqlite:///mlflow.db`, `file:mlruns`.
        document: The report.
        result: What `evaluate` gives.

    Raises:
        NotLogged: MLflow is not there, or refuses.
        OSError: The files cannot be written beforehand.
    """
    check_installed(uri)
    _quiet(uri)
    with tempfile.TemporaryDirectory() as folder:
        reports = write_reports(document, result, Path(folder))
        curves = write_curves(document, result, Path(folder) / "curves")
        try:
            return _log(uri, result, reports, curves)
        except Exception as error:  # foreign code, with the errors of many libraries
            raise NotLogged(
                f"MLflow at {_safe(uri)} did not keep the run: {_why(error)}"
            ) from error


def parameters(result: dict[str, Any]) -> dict[str, str]:
    """What the run depends on, and what the set is, as texts."""
    data = result["data"]
    found = {
        "folder": result["folder"],
        "encoder": result["encoder"],
        "engine": result["engine"],
        "limit": result["limit"],
        "pictures": data["pictures"],
        "people": data["people"],
        "pairs": (result.get("verification") or {}).get("pairs"),
        "enrolled": (result.get("openset") or {}).get("enrolled"),
        "seeds": (result.get("openset") or {}).get("seeds"),
    }
    return {key: str(value)[:_MOST_LETTERS] for key, value in found.items() if value is not None}


def metrics(result: dict[str, Any]) -> dict[str, float]:
    """Every figure of the summary, by names that stay the same from run to run."""
    return {
        _name(name): float(value)
        for name, value in _metrics(result)
        if value is not None and math.isfinite(value)
    }


def _metrics(result: dict[str, Any]) -> Iterator[tuple[str, float | None]]:
    data = result["data"]
    yield "data.failures_to_acquire", data["failures_to_acquire"]
    yield "data.unreadable", data["unreadable"]["count"]
    yield "data.near_duplicates", data["near_duplicates"]["count"]
    yield "speed.pictures_per_s", result["speed"]["pictures_per_s"]
    report = result.get("verification") or {}
    for score in ("accuracy", "precision", "recall", "f1", "fmr", "fnmr"):
        if score in report:
            yield f"verification.{score}", report[score]["mean"]
            yield f"verification.raw_0.6.{score}", report["naive"][score]["mean"]
    yield "verification.eer", report.get("eer")
    yield "verification.area_under_roc", report.get("area_under_roc")
    for name, part in (("pairs", report), ("every_pair", report.get("every_pair") or {})):
        for row in part.get("at_fmr", ()):
            yield f"{name}.fnmr_at_fmr_{row['fmr_target']:g}", row["fnmr"]
    for row in (report.get("changed") or {}).get("rows", ()):
        yield f"changed.{row['change']}.fnmr", row["fnmr"]
    openset = result.get("openset") or {}
    for row in openset.get("rules", ()):
        yield f"openset.{row['rule']}.rank_one_errors", row["rank_one_errors"]
        for at in row["at_fpir"]:
            yield f"openset.{row['rule']}.fnir_at_fpir_{at['fpir_target']:g}", at["fnir"]
    for row in openset.get("fixed", ()):
        yield f"openset.{row['rule']}.fpir", row["fpir"]
        yield f"openset.{row['rule']}.fnir", row["fnir"]
    for row in (result.get("calibration") or {}).get("rows", ()):
        yield f"calibration.{row['enrolled']}_enrolled.asked_{row['asked']:g}.fpir", row["fpir"]


def _log(
    uri: str, result: dict[str, Any], reports: tuple[Path, ...], curves: tuple[Path, ...]
) -> str:
    client = importlib.import_module("mlflow.tracking").MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    where = (
        experiment.experiment_id
        if experiment is not None
        else client.create_experiment(EXPERIMENT, artifact_location=_artifacts(uri))
    )
    run = client.create_run(where, run_name=f"{result['folder']}, {result['encoder']}"[:250])
    known = str(run.info.run_id)
    try:
        for key, text in parameters(result).items():
            client.log_param(known, key, text)
        for key, value in metrics(result).items():
            client.log_metric(known, key, value)
        for path in reports:
            client.log_artifact(known, str(path))
        for path in curves:
            client.log_artifact(known, str(path), "curves")
    except BaseException:
        client.set_terminated(known, "FAILED")
        raise
    client.set_terminated(known, "FINISHED")
    return known


def _quiet(uri: str) -> None:
    """Settings MLflow reads from the environment, before it is imported.

    It has reported its use to its makers since 3.2, unless told not to. It asks a server that
    does not answer for many minutes, and it calls the file store old, but we were asked for it.
    """
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["DO_NOT_TRACK"] = "true"
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    if uri.startswith("file:") or "://" not in uri:
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")


def _artifacts(uri: str) -> str | None:
    """Beside a database that is a file; MLflow would put them where the user happens to stand."""
    if not uri.startswith("sqlite:///"):
        return None
    return (Path(uri.removeprefix("sqlite:///")).resolve().parent / "mlartifacts").as_uri()


def _name(text: str) -> str:
    """Only letters that MLflow allows in names."""
    return re.sub(r"[^A-Za-z0-9_./:-]+", "_", text.replace("%", "percent"))


def _why(error: Exception) -> str:
    """The first line, or a plain word for the most frequent trouble."""
    text = str(error).strip()
    if "Max retries exceeded" in text or "Connection refused" in text:
        return "it does not answer."
    return (text.splitlines() or [type(error).__name__])[0][:300]


def _safe(uri: str) -> str:
    """Without a password."""
    return re.sub(r"//[^/@]*@", "//", uri)
