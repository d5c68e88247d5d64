"""Plots of an evaluation with matplotlib, which is imported when the first one is drawn."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (6.4, 4.0)
"""Inches of a plot."""
GENUINE, IMPOSTOR = "#1b6ca8", "#c4532b"
"""Colours of the two distributions; apart for the colour-blind too."""

Drawing = Callable[["Axes", dict[str, Any]], None]


def figures(result: dict[str, Any]) -> "list[tuple[str, Figure]]":
    """Every plot the result has figures for, with its title."""
    from matplotlib.figure import Figure

    drawn = []
    for title, part, draw in _wanted(result):
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.add_subplot()
        draw(axes, part)
        axes.set_title(title)
        axes.grid(visible=True, alpha=0.3)
        drawn.append((title, figure))
    return drawn


def _wanted(result: dict[str, Any]) -> list[tuple[str, dict[str, Any], Drawing]]:
    wanted: list[tuple[str, dict[str, Any], Drawing]] = []
    verification = result.get("verification") or {}
    parts = (
        (f"pairs of {verification.get('folds')} folds", verification),
        ("every pair", verification.get("every_pair") or {}),
    )
    for name, part in parts:
        if "curve" in part:
            wanted += [
                (f"Distances, {name}", part, histogram),
                (f"ROC, {name}", part, roc),
                (f"DET, {name}", part, det),
            ]
    openset = result.get("openset") or {}
    if "rules" in openset:
        wanted.append(("Identification: missed at a target FPIR", openset, identification))
    return wanted


def histogram(axes: "Axes", part: dict[str, Any]) -> None:
    """Both distributions with the thresholds drawn."""
    shares = part["histograms"]
    for name, colour in (("genuine", GENUINE), ("impostor", IMPOSTOR)):
        axes.stairs(shares[name], shares["edges"], fill=True, alpha=0.5, color=colour, label=name)
    lines = {f"FMR {row['fmr_target']:g}": row["threshold"] for row in part["at_fmr"]}
    for (label, place), style in zip(lines.items(), ("--", "-.", ":"), strict=True):
        axes.axvline(place, color="black", linestyle=style, linewidth=1, label=label)
    axes.axvline(part["eer_threshold"], color="grey", linewidth=1, label="equal error")
    axes.set_xlabel("distance between unit templates")
    axes.set_ylabel("share of pairs")
    axes.legend(fontsize="small")


def roc(axes: "Axes", part: dict[str, Any]) -> None:
    """Genuine pairs accepted over impostor pairs accepted, which runs in decades."""
    curve = part["curve"]
    accepted = [1 - fnmr for fnmr in curve["fnmr"]]
    axes.plot(curve["fmr"], accepted, color=GENUINE, drawstyle="steps-post")
    axes.set_xscale("log")
    axes.set_xlim(max(1e-6, 0.5 / part["impostor"]), 1)
    axes.set_ylim(max(0.0, _worst(curve) - 0.02), 1.005)
    axes.set_xlabel("FMR")
    axes.set_ylabel("1 - FNMR")


def det(axes: "Axes", part: dict[str, Any]) -> None:
    """Both errors in decades (the usual axes of the normal distribution read worse)."""
    curve = part["curve"]
    least = 0.5 / max(part["impostor"], part["genuine"])
    points = [
        (fmr, fnmr)
        for fmr, fnmr in zip(curve["fmr"], curve["fnmr"], strict=True)
        if fmr > 0 and fnmr > 0
    ]
    axes.plot([fmr for fmr, _ in points], [fnmr for _, fnmr in points], color=IMPOSTOR)
    axes.plot([least, 1], [least, 1], color="grey", linewidth=0.8, linestyle=":")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("FMR")
    axes.set_ylabel("FNMR")


def identification(axes: "Axes", part: dict[str, Any]) -> None:
    """FNIR of every rule at the target FPIRs, and where fixed rules lie."""
    for row in part["rules"]:
        targets = [100 * at["fpir_target"] for at in row["at_fpir"]]
        missed = [100 * at["fnir"] for at in row["at_fpir"]]
        axes.plot(targets, missed, marker="o", markersize=4, label=row["rule"])
    for row, sign in zip(part["fixed"], ("k*", "kX"), strict=False):
        place = max(100 * row["fpir"], 1e-2)
        axes.plot([place], [100 * row["fnir"]], sign, markersize=8, label=row["rule"])
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("FPIR: strangers named, %")
    axes.set_ylabel("FNIR: people missed, %")
    axes.legend(fontsize="x-small")


def _worst(curve: dict[str, Any]) -> float:
    """Genuine pairs accepted at the smallest FMR that is not none."""
    shares = zip(curve["fmr"], curve["fnmr"], strict=True)
    return next((1 - fnmr for fmr, fnmr in shares if fmr > 0), 0.0)
