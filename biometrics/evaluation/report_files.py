"""A report as files: JSON, Markdown, HTML and PDF; where asked, plots and curves of their own."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from biometrics.evaluation.document import Document, Plot
from biometrics.evaluation.html import page
from biometrics.evaluation.markdown import markdown
from biometrics.evaluation.pdf import write_pdf
from biometrics.evaluation.plots import SIZE

NAMES = ("report.json", "report.md", "report.html", "report.pdf")


def as_text(result: dict[str, Any]) -> str:
    """The result as one JSON object.

    Raises:
        ValueError: It holds a number that JSON has no word for.
    """
    return json.dumps(result, allow_nan=False)


def write_reports(document: Document, result: dict[str, Any], folder: Path) -> tuple[Path, ...]:
    """Writes all four, each whole or not at all, for their owner's eyes; returns their paths.

    They name files and people, and not everybody on this computer should read them.

    Raises:
        OSError: A file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _whole(folder / NAMES[0], lambda path: _text(path, as_text(result) + "\n"))
    _whole(folder / NAMES[1], lambda path: _text(path, markdown(document)))
    _whole(folder / NAMES[2], lambda path: _text(path, page(document)))
    _whole(folder / NAMES[3], lambda path: write_pdf(document, path))
    return tuple(folder / name for name in NAMES)


def write_curves(document: Document, result: dict[str, Any], folder: Path) -> tuple[Path, ...]:
    """Every plot as a PNG, and the ROC and DET curves as CSV; returns the paths.

    Raises:
        OSError: A file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = [
        _drawn(plot, folder / f"{plot.name}.png")
        for section in document.sections
        for plot in section.plots
    ]
    verification = result.get("verification") or {}
    parts = {"pairs": verification, "every-pair": verification.get("every_pair") or {}}
    for name, part in parts.items():
        if "curve" in part:
            path = folder / f"curve-{name}.csv"
            with path.open("w", newline="", encoding="utf-8") as file:
                rows = csv.writer(file)
                rows.writerow(part["curve"])
                rows.writerows(zip(*part["curve"].values(), strict=True))
            written.append(path)
    return tuple(written)


def _drawn(plot: Plot, path: Path) -> Path:
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.add_subplot()
    plot.draw(axes)
    axes.set_title(plot.title)
    figure.savefig(path, dpi=120)
    return path


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _whole(path: Path, write: Callable[[Path], object]) -> None:
    """Under another name first, so that an interruption leaves the old file or the new one."""
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.touch(mode=0o600)
    try:
        write(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
