"""The figures of an evaluation as sentences and tables, which every kind of report shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """Text in rows; every row has as many cells as the head."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def percent(share: float, digits: int = 2) -> str:
    """A share as "12.34 %"."""
    return f"{100 * share:.{digits}f} %"


def between(interval: Sequence[float], digits: int = 2) -> str:
    """A 95 % interval as "0.10 to 0.60 %"."""
    return f"{100 * interval[0]:.{digits}f} to {percent(interval[1], digits)}"


def statements(result: dict[str, Any]) -> list[str]:
    """The few sentences that matter most."""
    data = result["data"]
    several = data["several_faces"]["count"]
    lines = [
        (
            f"{data['pictures']} pictures of {data['people']} people; "
            f"{data['failures_to_acquire']} without a usable face "
            f"({data['unreadable']['count']} unreadable), {several} with several faces. "
            f"Encoder {result['encoder']}."
        ),
    ]
    lines += [f"Taken for one person: {' = '.join(names)}." for names in data["two_spellings"]]
    duplicates = data["exact_duplicates"]["count"] + data["near_duplicates"]["count"]
    if duplicates:
        lines.append(f"{duplicates} groups of duplicates.")
    if data["under_two_names"]["count"]:
        lines.append(f"{data['under_two_names']['count']} pictures are there under two names.")
    verification = result.get("verification")
    if verification is not None:
        lines += _verification_statements(verification)
    openset = result.get("openset")
    if openset is not None:
        lines += _openset_statements(openset)
    return lines


def _openset_statements(report: dict[str, Any]) -> list[str]:
    if "skipped" in report:
        return [f"Identification was not measured: {report['skipped']}"]
    lines = [
        (
            f"Identification among {report['enrolled']} people, mean of {report['seeds']} seeds; "
            f"{report['searched']} of them and {report['strangers']} strangers are searched; "
            f"without a face: {report['not_acquired']['searched']} and "
            f"{report['not_acquired']['strangers']}."
        )
    ]
    lines += [
        f"{row['rule'].capitalize()}: {percent(row['fpir'])} of strangers named, "
        f"{percent(row['fnir'])} of people missed."
        for row in report["fixed"]
    ]
    lines += [
        f"{row['rule'].capitalize()}: missed "
        + ", ".join(
            f"{percent(at['fnir'], 1)} at FPIR {100 * at['fpir_target']:g} %"
            for at in row["at_fpir"]
        )
        + f" (of {row['searched']} people; {row['strangers']} strangers)."
        for row in report["rules"]
    ]
    return lines


def _verification_statements(report: dict[str, Any]) -> list[str]:
    if "skipped" in report:
        return [f"Verification was not measured: {report['skipped']}"]
    accuracy, naive = report["accuracy"], report["naive"]
    how = (
        "each fold at the best threshold of the others"
        if report["cross_validated"]
        else "one fold at its own best threshold, which flatters"
    )
    missing = report["not_acquired"]
    folds = f"{report['folds']} folds" if report["folds"] > 1 else "1 fold"
    lines = [
        (
            f"Verification accuracy {percent(accuracy['mean'])} ± {percent(accuracy['deviation'])} "
            f"over {folds} ({report['genuine']} pairs of one person, "
            f"{report['impostor']} of two; {how}); 95 % interval "
            f"{between(report['accuracy_interval'])}. The raw distance within 0.6: "
            f"{percent(naive['accuracy']['mean'])}."
        ),
        (
            f"Pairs with a picture without a face, counted as refused: {missing['genuine']} of one "
            f"person, {missing['impostor']} of two."
        ),
        (
            f"Precision {percent(report['precision']['mean'])}, recall "
            f"{percent(report['recall']['mean'])}, F1 {percent(report['f1']['mean'])}, "
            f"equal error rate {percent(report['eer'])}."
        ),
    ]
    if report["left_out_by_limit"]:
        lines.append(f"{report['left_out_by_limit']} pairs were left out by --limit.")
    if report["problems"]["count"]:
        lines.append(
            f"{report['problems']['count']} lines of the list of pairs could not be used; "
            f"the first: {report['problems']['shown'][0]}"
        )
    every = report.get("every_pair")
    if every:
        figures = ", ".join(
            f"{percent(row['fnmr'])} at FMR {row['fmr_target']:g}" for row in every["at_fmr"]
        )
        lines.append(
            f"Every pair of the set ({every['impostor']} of two people): missed {figures}."
        )
    return lines


def listings(result: dict[str, Any]) -> list[tuple[str, int, list[str]]]:
    """Lists of files that need somebody's eye: title, how many, the first of them."""
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
    return [
        (title, data[key]["count"], data[key]["shown"])
        for key, title in titles.items()
        if data[key]["count"]
    ]


def measures_table(result: dict[str, Any]) -> Table:
    """Sizes, light and blur."""
    head = ("measure", "min", "p5", "median", "p95", "max")
    rows = tuple(
        (name, *(f"{spread[key]:g}" for key in head[1:]))
        for name, spread in result["data"]["measures"].items()
        if spread is not None
    )
    return Table("What the pictures are like", head, rows)


def balance_table(result: dict[str, Any]) -> Table:
    """How many people have how many pictures."""
    counts = result["data"]["balance"]["people_by_pictures"]
    rows = tuple((key, str(count)) for key, count in counts.items())
    return Table("People by number of pictures", ("pictures", "people"), rows)


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
    note = "* fewer strangers than such an FPIR needs to be claimed with 95 % confidence"
    return Table(f"Missed at a target FPIR ({note})", head, tuple(rows))


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
    return Table("Rules with a threshold of their own", ("rule", "FPIR", "FNIR"), rows)


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


def report_tables(result: dict[str, Any]) -> list[Table]:
    """Every table the result has figures for."""
    tables = [measures_table(result), balance_table(result)]
    verification, openset = result.get("verification") or {}, result.get("openset") or {}
    if "per_fold" in verification:
        tables += [fold_table(verification), fmr_table(verification)]
    if verification.get("changed"):
        tables.append(changed_table(verification))
    if openset.get("rules"):
        tables += [openset_table(openset), fixed_table(openset)]
    return tables
