"""The report about a folder: its sentences, and which tables and plots stand under them."""

from typing import Any

from biometrics.evaluation.document import Document, Section
from biometrics.evaluation.openset import HABIT, PLAIN
from biometrics.evaluation.plots import (
    calibration_plots,
    identification_plots,
    verification_plots,
)
from biometrics.evaluation.tables import (
    balance_table,
    between,
    calibration_table,
    changed_table,
    fixed_table,
    fmr_table,
    fold_table,
    listings,
    measures_table,
    openset_table,
    percent,
    speed_table,
)


def folder_document(result: dict[str, Any]) -> Document:
    """Everything `evaluate` measured.

    Args:
        result: What `evaluate` gives.
    """
    sections = [_data(result)]
    verification, openset = result.get("verification"), result.get("openset")
    calibration = result.get("calibration")
    if verification is not None:
        sections += _verification(verification)
    if openset is not None:
        sections.append(_identification(openset))
    if calibration is not None:
        sections.append(calibration_section(calibration))
    sections.append(_speed(result))
    return Document(
        title=f"Evaluation of {result['folder']}",
        summary=(
            *data_sentences(result)[:1],
            *(verification_sentences(verification)[:1] if verification is not None else ()),
            *(openset_sentences(openset) if openset is not None else ()),
            *(calibration_sentences(calibration) if calibration is not None else ()),
        ),
        sections=tuple(sections),
    )


def data_sentences(result: dict[str, Any]) -> list[str]:
    """What the folder holds, and what is wrong with it."""
    data = result["data"]
    several = data["several_faces"]["count"]
    lines = [
        (
            f"{data['pictures']} pictures of {data['people']} people; "
            f"{data['failures_to_acquire']} without a usable face "
            f"({data['unreadable']['count']} unreadable), {several} with several faces. "
            f"Encoder {result['encoder']}."
        )
    ]
    if result.get("limit") is not None:
        lines.append(f"Only the first {result['limit']} pictures were looked at (--limit).")
    lines += [f"Taken for one person: {' = '.join(names)}." for names in data["two_spellings"]]
    duplicates = data["exact_duplicates"]["count"] + data["near_duplicates"]["count"]
    if duplicates:
        lines.append(
            f"{data['exact_duplicates']['count']} groups of files with the same content, "
            f"{data['near_duplicates']['count']} pairs that show nearly the same photograph."
        )
    if data["under_two_names"]["count"]:
        lines.append(
            f"{data['under_two_names']['count']} pictures are there under two names: these are "
            "errors of the set, and every figure below suffers from them."
        )
    balance = data["balance"]
    if balance["largest_person"]:
        lines.append(
            f"Half of the people have {balance['median_pictures']:g} pictures or fewer; the most "
            f"are of {balance['largest_person']}, {percent(balance['largest_share'], 1)} of all."
        )
    return lines


def verification_sentences(report: dict[str, Any]) -> list[str]:
    """Accuracy with its sample, and the usual numbers."""
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
            f"equal error rate {percent(report['eer'])}, area under the ROC curve "
            f"{report['area_under_roc']:.4f}."
        ),
        f"Pairs: {report['pairs']}.",
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
            f"{percent(row['fnmr'])} at FMR {100 * row['fmr_target']:g} %"
            for row in every["at_fmr"]
        )
        lines.append(
            f"Every pair of the set ({every['impostor']} of two people): missed {figures}."
        )
    return lines


def openset_sentences(report: dict[str, Any]) -> list[str]:
    """Who was searched, and what the product and the habit make of it."""
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
        f"{_capital(row['rule'])}: {percent(row['fpir'])} of strangers named, "
        f"{percent(row['fnir'], 1)} of people missed."
        for row in report["fixed"]
        if row["rule"] == HABIT or row["rule"].startswith(f"{PLAIN}, asked")
    ]
    return lines


def calibration_sentences(report: dict[str, Any]) -> list[str]:
    """Whether the share of strangers asked for is kept to."""
    if "skipped" in report:
        return [f"Calibration was not measured: {report['skipped']}"]
    largest = max(row["enrolled"] for row in report["rows"])
    shares = "; ".join(
        f"{100 * row['asked']:g} % asked, {percent(row['fpir'])} named ({row['verdict']})"
        for row in report["rows"]
        if row["enrolled"] == largest
    )
    return [
        (
            f"Calibration with {largest} enrolled, on people never used for it, mean of "
            f"{report['seeds']} galleries: {shares}."
        )
    ]


def _data(result: dict[str, Any]) -> Section:
    return Section(
        title="Data",
        sentences=tuple(data_sentences(result)),
        tables=(measures_table(result), balance_table(result)),
        listings=listings(result),
    )


def _verification(report: dict[str, Any]) -> list[Section]:
    sentences = tuple(verification_sentences(report))
    if "skipped" in report:
        return [Section(title="Verification", sentences=sentences)]
    sections = [
        Section(
            title="Verification",
            sentences=sentences,
            tables=(fold_table(report), fmr_table(report)),
            plots=verification_plots(report),
        )
    ]
    if report.get("changed"):
        what = (
            "The second picture of genuine pairs was made worse in known steps. Only pairs in "
            "which both unchanged faces are found count; the first row is the pairs' own misses."
        )
        sections.append(
            Section(title="Changed pictures", sentences=(what,), tables=(changed_table(report),))
        )
    return sections


def _identification(report: dict[str, Any]) -> Section:
    if "skipped" in report:
        return Section(title="Identification", sentences=tuple(openset_sentences(report)))
    return Section(
        title="Identification",
        sentences=tuple(openset_sentences(report)[:1]),
        tables=(openset_table(report), fixed_table(report)),
        plots=identification_plots(report),
    )


def calibration_section(report: dict[str, Any]) -> Section:
    """How well the share of strangers asked for is kept to."""
    sentences = calibration_sentences(report)
    if "skipped" in report:
        return Section(title="Calibration", sentences=tuple(sentences))
    how = (
        "A policy is fitted on the people enrolled alone, for a share of strangers that may be "
        "named; then people who had no part in it are searched. Kept means that between "
        f"{report['allowed'][0]:.2g} and {report['allowed'][1]:.2g} times the share asked for "
        "was named."
    )
    return Section(
        title="Calibration",
        sentences=(how, *sentences),
        tables=(calibration_table(report),),
        plots=calibration_plots(report),
    )


def _speed(result: dict[str, Any]) -> Section:
    speed = result.get("speed")
    if not speed or not speed["looked_at"]:
        return Section(
            title="Speed", sentences=("Every picture was known from an earlier run: not measured.",)
        )
    sentence = (
        f"{speed['looked_at']} pictures in {speed['seconds']:g} s: {speed['pictures_per_s']:g} a "
        f"second with {speed['threads']} threads on {speed['cores']} cores, {speed['engine']}. "
        f"{speed['kept_from_before']} pictures were known from before."
    )
    return Section(title="Speed", sentences=(sentence,), tables=(speed_table(speed),))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
