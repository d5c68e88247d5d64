"""Plots of an evaluation with matplotlib, which is imported when the first one is drawn."""

from functools import partial
from typing import TYPE_CHECKING, Any

from biometrics.evaluation.document import Plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = (6.4, 4.0)
"""Inches of a plot that stands alone."""
GENUINE, IMPOSTOR = "#1b6ca8", "#c4532b"
"""Colours of the two distributions; apart for the colour-blind too."""


def verification_plots(report: dict[str, Any]) -> tuple[Plot, ...]:
    """Distributions, ROC and DET of the list of pairs, and of every pair."""
    parts = (
        (f"pairs of {report.get('folds')} folds", "pairs", report),
        ("every pair", "every-pair", report.get("every_pair") or {}),
    )
    kinds = (("Distances", histogram), ("ROC", roc), ("DET", det))
    return tuple(
        Plot(f"{word}, {name}", f"{word.lower()}-{short}", partial(draw, part=part))
        for name, short, part in parts
        if "curve" in part
        for word, draw in kinds
    )


def identification_plots(report: dict[str, Any]) -> tuple[Plot, ...]:
    """What is missed at the targets, and how well the targets are kept."""
    if "rules" not in report:
        return ()
    draw = partial(identification, part=report)
    return (Plot("Identification: missed at a target FPIR", "identification", draw),)


def calibration_plots(report: dict[str, Any]) -> tuple[Plot, ...]:
    """Strangers named over strangers asked for."""
    if "rows" not in report:
        return ()
    draw = partial(calibration, part=report)
    return (Plot("Strangers named: asked for and measured", "calibration", draw),)


def site_plots(report: dict[str, Any]) -> tuple[Plot, ...]:
    """Visitors and strangers made of the site's own people, the limit in force between them."""
    if "histograms" not in report:
        return ()
    draw = partial(site_histogram, part=report)
    return (Plot("Everybody left out in turn", "site-distances", draw),)


def site_histogram(axes: "Axes", part: dict[str, Any]) -> None:
    """Distances to the nearest person as the policy counts them, and its limit."""
    shares = part["histograms"]
    names = {"genuine": "visit: to oneself", "impostor": "stranger: to the nearest person"}
    for (name, label), colour in zip(names.items(), (GENUINE, IMPOSTOR), strict=True):
        edges = shares["edges"]
        axes.stairs(shares[name], edges, fill=True, alpha=0.5, color=colour, label=label)
    limit = part["threshold"]
    axes.axvline(limit, color="black", linewidth=1.2, label=f"limit in force: {limit:.3f}")
    axes.set_xlabel("distance as the policy counts it")
    axes.set_ylabel("share of searches")
    axes.set_xlim(0, 0.8)
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="small")


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
    axes.grid(visible=True, alpha=0.3)
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
    axes.grid(visible=True, alpha=0.3)


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
    axes.grid(visible=True, alpha=0.3)


def identification(axes: "Axes", part: dict[str, Any]) -> None:
    """FNIR at the target FPIRs: the habit, the plain rule, and the product's in its variants."""
    first = part["rules"][:2]
    rows = [*first, *(row for row in part["rules"][2:] if row["rule"].startswith("the product"))]
    for row, mark in zip(rows, "os^vDP*X" * 3, strict=False):
        targets = [100 * at["fpir_target"] for at in row["at_fpir"]]
        missed = [100 * at["fnir"] for at in row["at_fpir"]]
        axes.plot(targets, missed, marker=mark, markersize=4, linewidth=1, label=row["rule"])
    _percents(axes)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("FPIR: strangers named, %")
    axes.set_ylabel("FNIR: people missed, %")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="x-small")


def calibration(axes: "Axes", part: dict[str, Any]) -> None:
    """A line a size of the gallery; on the diagonal what was asked for is what came out."""
    sizes = sorted({row["enrolled"] for row in part["rows"]})
    asked = sorted({100 * row["asked"] for row in part["rows"]})
    axes.fill_between(
        asked,
        [share * part["allowed"][0] for share in asked],
        [share * part["allowed"][1] for share in asked],
        color="grey",
        alpha=0.2,
        label="kept to",
    )
    axes.plot(asked, asked, color="grey", linewidth=0.8, linestyle=":")
    for size, mark in zip(sizes, "os^vDP*X" * 4, strict=False):
        rows = [row for row in part["rows"] if row["enrolled"] == size]
        found = [max(100 * row["fpir"], 1e-2) for row in rows]
        places = [100 * row["asked"] for row in rows]
        axes.plot(places, found, marker=mark, markersize=4, linewidth=1, label=f"{size} enrolled")
    _percents(axes)
    axes.set_yscale("log")
    axes.set_xlabel("strangers named, asked for, %")
    axes.set_ylabel("strangers named, measured, %")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize="x-small")


def _percents(axes: "Axes") -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")


def _worst(curve: dict[str, Any]) -> float:
    """Genuine pairs accepted at the smallest FMR that is not none."""
    shares = zip(curve["fmr"], curve["fnmr"], strict=True)
    return next((1 - fnmr for fmr, fnmr in shares if fmr > 0), 0.0)
