"""The figures of an evaluation of a folder as tables and lists."""

from collections.abc import Sequence
from typing import Any

from biometrics.evaluation.document import Listing, Table


def percent(share: float, digits: int = 2) -> str:
    """A share as "12.34 %"."""
    return f"{100 * share:.{digits}f} %"


def between(interval: Sequence[float], digits: int = 2) -> str:
    """A 95 % interval as "0.10 to 0.60 %"."""
    return f"{100 * interval[0]:.{digits}f} to {percent(interval[1], digits)}"


def listings(result: dict[str, Any]) -> tuple[Listing, ...]:
    """Lists of files that need somebody's eye."""
    titles = {
        "unreadable": "Pictures that cannot be read",
        "without_a_face": "Pictures without a face",
        "several_faces": "Pictures with several faces",
        "exact_duplicates": "Files with the same content",
        "near_duplicates": "Nearly the same photograph",
        "under_two_names": "One picture under two names",
        "passed_over": "Files passed over",
    }
    data = result["data"]
    return tuple(
        Listing(title, data[key]["count"], tuple(data[key]["shown"]))
        for key, title in titles.items()
        if data[key]["count"]
    )


def measures_table(result: dict[str, Any]) -> Table:
    """Sizes, light and blur."""
    head = ("measure", "min", "p5", "median", "p95", "max")
    return Table("What the pictures are like", head, spread_rows(result["data"]["measures"]))


def spread_rows(measures: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
    """A row a measure that was taken: smallest, 5 %, half, 95 %, largest."""
    return tuple(
        (name, *(f"{spread[key]:.4g}" for key in ("min", "p5", "median", "p95", "max")))
        for name, spread in measures.items()
        if spread is not None
    )


def balance_table(result: dict[str, Any]) -> Table:
    """How many people have how many pictures."""
    counts = result["data"]["balance"]["people_by_pictures"]
    row = ("people", *(str(count) for count in counts.values()))
    return Table("People by number of pictures", ("pictures", *counts), (row,))


def fold_table(report: dict[str, Any]) -> Table:
    """Every fold at the threshold of the others, the mean, and the habit beside it."""
    names = ("accuracy", "precision", "recall", "f1", "fmr", "fnmr")
    rows = [
        (f"fold {number}", f"{threshold:.3f}", *(percent(fold[name]) for name in names))
        for number, (fold, threshold) in enumerate(
            zip(report["per_fold"], report["thresholds"], strict=True), start=1
        )
    ]
    rows.append(("mean", "", *(percent(report[name]["mean"]) for name in names)))
    rows.append(("deviation", "", *(percent(report[name]["deviation"]) for name in names)))
    naive = report["naive"]
    rows.append(("raw distance", "0.600", *(percent(naive[name]["mean"]) for name in names)))
    head = ("", "threshold", "accuracy", "precision", "recall", "F1", "FMR", "FNMR")
    return Table("Folds", head, tuple(rows))


def fmr_table(report: dict[str, Any]) -> Table:
    """FNMR at the target FMRs, from the list of pairs and from every pair of the set."""
    rows = []
    for name, part in (("list", report), ("every pair", report.get("every_pair"))):
        for row in part["at_fmr"] if part else ():
            enough = "yes" if row["supported"] else f"no: {row['needed']} impostor pairs needed"
            rows.append(
                (
                    name,
                    f"{row['fmr_target']:g}",
                    f"{row['threshold']:.4f}",
                    f"{percent(row['fmr'], 4)} ({between(row['fmr_interval'], 4)})",
                    f"{percent(row['fnmr'])} ({between(row['fnmr_interval'])})",
                    enough,
                )
            )
    head = ("pairs", "target FMR", "threshold", "FMR (95 %)", "FNMR (95 %)", "enough to claim it")
    return Table("Missed at a target FMR", head, tuple(rows))


def openset_table(report: dict[str, Any]) -> Table:
    """FNIR at the target FPIRs of every rule, and rank-1 errors apart."""
    rows = []
    for row in report["rules"]:
        cells = [
            f"{percent(at['fnir'], 1)} ({between(at['fnir_interval'], 1)})"
            + ("" if at["supported"] else " *")
            for at in row["at_fpir"]
        ]
        errors = percent(row["rank_one_errors"], 1)
        rows.append((row["rule"], str(row["searched"]), str(row["strangers"]), *cells, errors))
    targets = [
        f"FNIR at FPIR {100 * at['fpir_target']:g} %" for at in report["rules"][0]["at_fpir"]
    ]
    head = ("rule", "people searched", "strangers", *targets, "rank-1 errors")
    note = (
        "* fewer strangers than such an FPIR needs to be claimed with 95 % confidence. Thresholds "
        "are set on the searches themselves, so these are the rules' own limits; what the product "
        "does with a threshold fitted beforehand is in the next table."
    )
    return Table("People missed (FNIR) at a target FPIR", head, tuple(rows), note)


def fixed_table(report: dict[str, Any]) -> Table:
    """Rules with a threshold of their own."""
    rows = tuple(
        (
            row["rule"],
            f"{percent(row['fpir'])} ({between(row['fpir_interval'])})",
            f"{percent(row['fnir'])} ({between(row['fnir_interval'])})",
        )
        for row in report["fixed"]
    )
    head = ("rule", "strangers named, FPIR (95 %)", "people missed, FNIR (95 %)")
    return Table("Thresholds set beforehand: what came out", head, rows)


def changed_table(report: dict[str, Any]) -> Table:
    """Genuine pairs missed when the second picture is changed."""
    changed = report["changed"]
    rows = tuple(
        (
            row["change"],
            str(row["not_acquired"]),
            f"{percent(row['fnmr'], 1)} ({between(row['fnmr_interval'], 1)})",
            "" if row["median_distance"] is None else f"{row['median_distance']:.3f}",
        )
        for row in changed["rows"]
    )
    title = (
        f"Changed pictures: {changed['pairs']} pairs of one person, threshold "
        f"{changed['threshold']:.3f}"
    )
    return Table(title, ("second picture", "no face found", "FNMR (95 %)", "median distance"), rows)


def calibration_table(report: dict[str, Any]) -> Table:
    """Strangers named when so many were asked for, by the size of the gallery."""
    rows: tuple[tuple[str, ...], ...] = tuple(
        (
            str(row["enrolled"]),
            f"{100 * row['asked']:g} %",
            f"{percent(row['fpir'])} ({between(row['fpir_interval'])})",
            " ".join(f"{100 * share:.2f}" for share in row["fpir_of_seeds"]),
            row["verdict"],
            percent(row["expected"]),
            "" if row["fnir"] is None else percent(row["fnir"], 1),
            "" if row["naive_fpir"] is None else percent(row["naive_fpir"], 1),
        )
        for row in report["rows"]
    )
    habit = any(row["naive_fpir"] is not None for row in report["rows"])
    head: tuple[str, ...] = (
        "enrolled",
        "asked for",
        "strangers named (95 %)",
        "in each gallery, %",
        "verdict",
        "the fit's own estimate",
        "people missed",
        "raw within 0.6 names",
    )
    if not habit:  # stored templates are not raw
        head, rows = head[:-1], tuple(row[:-1] for row in rows)
    return Table("Strangers named when so many were asked for", head, rows)


def speed_table(speed: dict[str, Any]) -> Table:
    """Milliseconds of a picture in each step."""
    rows = tuple((step, f"{ms:.1f}") for step, ms in speed["ms_per_picture"].items())
    note = "Times of one thread while the others work too; encoding is of a batch, shared out."
    return Table("Where the time goes", ("step", "ms a picture"), rows, note)
