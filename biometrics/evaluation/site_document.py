"""The report about a site's own people: what to expect, and who should be enrolled again."""

import time
from typing import Any

from biometrics.evaluation.document import Document, Listing, Section, Table
from biometrics.evaluation.folder_document import calibration_section, calibration_sentences
from biometrics.evaluation.plots import site_plots
from biometrics.evaluation.tables import between, percent, spread_rows

_LISTS = {
    "look_alikes": "Alike, or enrolled twice",
    "disagreeing_samples": "A sample unlike others",
    "single_samples": "One sample only",
    "poor_samples": "Poor samples only",
}
_ADVICE = {
    "look_alikes": (
        "See whether it is one person twice, and delete one of them. Twins stay; doors will send "
        "them to the desk."
    ),
    "disagreeing_samples": (
        "Another face may have been taken by mistake: delete the person and enrol again."
    ),
    "single_samples": "Add two more samples, on another day if you can.",
    "poor_samples": "Enrol again, nearer to the camera and in better light.",
}


def site_document(result: dict[str, Any]) -> Document:
    """Everything `site_report` found.

    Args:
        result: What it gives.
    """
    sections = [_people(result)]
    if result["people"]:
        sections.append(_policy(result))
    if "searches" in result:
        sections.append(_searches(result["searches"]))
    sections.append(_attention(result))
    if result["people"]:
        sections.append(calibration_section(result["calibration"]))
    return Document(
        title="Evaluation of the people enrolled",
        summary=tuple(site_sentences(result)),
        sections=tuple(sections),
    )


def site_sentences(result: dict[str, Any]) -> list[str]:
    """What matters most."""
    people, samples = result["people"], result["samples"]
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(result["made_at_ms"] / 1000))
    if people == 0:
        return [f"Nobody is enrolled: there is nothing to evaluate ({made}).", *_left_out(result)]
    who = "1 person" if people == 1 else f"{people} people"
    of = "1 sample" if samples == 1 else f"{samples} samples"
    policy = result["policy"]
    lines = [
        f"{who} with {of}; {made}. Encoder {result['encoder']}.",
        (
            f"At most {policy['per_1000']:g} of 1000 strangers may be named: the limit is "
            f"{policy['threshold']:.3f}. {policy['sentence']}"
        ),
    ]
    if policy["strangers"]:
        one = policy["strangers"] == 1
        who_else = (
            "1 stranger kept sharpens" if one else f"{policy['strangers']} strangers kept sharpen"
        )
        lines.append(f"{who_else} the limits.")
    if people == 1:
        lines.append("With one person there is nobody to compare with: all of it is a guess.")
    elif people < 10:
        lines.append(
            f"{people} people say little about strangers: what is expected rests on other people's "
            "faces."
        )
    lines += measured_sentences(result)
    lines += [
        f"{title}: {result[key]['count']}."
        for key, title in _LISTS.items()
        if result.get(key, {}).get("count")
    ]
    return [*lines, *_left_out(result)]


def measured_sentences(result: dict[str, Any]) -> list[str]:
    """What came out when everybody was left out in turn, and whether the targets are kept."""
    lines = _measured(result["searches"]) if "searches" in result else []
    return [*lines, *calibration_sentences(result["calibration"])] if result["people"] > 1 else []


def advice() -> dict[str, str]:
    """What to do about each kind of `attention_rows`."""
    return {title: _ADVICE[key] for key, title in _LISTS.items()}


def attention_rows(result: dict[str, Any]) -> tuple[list[tuple[str, str, str]], int]:
    """Everybody who should be looked after: kind, who, detail; and how many more there are."""
    rows = []
    more = 0
    for key, title in _LISTS.items():
        found = result.get(key)
        if found is None:
            continue
        more += found["count"] - len(found["shown"])
        rows += [(title, *_parts(entry)) for entry in found["shown"]]
    return rows, more


def _measured(searches: dict[str, Any]) -> list[str]:
    strangers, visits = searches["strangers"], searches["visits"]
    lines = [
        (
            f"Left out in turn, {strangers['people']} people searched as strangers: "
            f"{percent(strangers['named'])} were named ({between(strangers['interval'])})."
        )
    ]
    if visits["people"]:
        have, were = ("has", "was") if visits["people"] == 1 else ("have", "were")
        lines.append(
            f"{visits['people']} of them {have} several samples and {were} searched with one of "
            f"them against the rest: {percent(visits['missed'], 1)} were missed "
            f"({between(visits['interval'], 1)}). With all samples enrolled fewer are missed; at a "
            "door, on another day, more."
        )
    else:
        lines.append("Nobody has two samples, so nobody could be searched for.")
    return lines


def _left_out(result: dict[str, Any]) -> list[str]:
    if not result["left_out"]:
        return []
    count, why = len(result["left_out"]), result["left_out"][0].rstrip(".")
    return [f"{count} {'file' if count == 1 else 'files'} of people left out, first: {why}."]


def _people(result: dict[str, Any]) -> Section:
    counts = result["people_by_samples"]
    tables = []
    if counts:
        row = ("people", *(str(count) for count in counts.values()))
        tables.append(Table("People by number of samples", ("samples", *counts), (row,)))
    measures = {"age of a sample, days": result["age_days"], **result["quality"]}
    rows = spread_rows(measures)
    if rows:
        head = ("measure", "min", "p5", "median", "p95", "max")
        tables.append(Table("What the samples are like", head, rows))
    unknown = [name for name, found in result["quality"].items() if found is None]
    sentences = []
    if result["people"] and len(unknown) == len(result["quality"]):
        sentences.append("Nothing was measured when these samples were taken.")
    return Section(
        title="People",
        sentences=tuple(sentences),
        tables=tuple(tables),
        listings=(
            (Listing("Left out", len(result["left_out"]), tuple(result["left_out"])),)
            if result["left_out"]
            else ()
        ),
    )


def _policy(result: dict[str, Any]) -> Section:
    in_force = result["policy"]["per_1000"]
    rows = tuple(
        (
            f"{row['per_1000']:g} in 1000" + (" (in force)" if row["per_1000"] == in_force else ""),
            f"{row['threshold']:.3f}",
            f"{percent(row['fpir'])} ({between(row['fpir_interval'])})",
            f"{percent(row['fnir'], 1)} ({between(row['fnir_interval'], 1)})",
        )
        for row in result["targets"]
    )
    head = (
        "strangers that may be named",
        "limit",
        "expected: strangers named (90 %)",
        "expected: people missed (90 %)",
    )
    return Section(
        title="What to expect",
        sentences=("The target is set on the server's page Settings.",),
        tables=(Table("Targets", head, rows),),
    )


def _searches(searches: dict[str, Any]) -> Section:
    refused = searches["strangers"]["refused_by_the_margin"]
    more = searches["visits"]["refused_by_the_margin"]
    sentences = [*_measured(searches)]
    if refused or more:
        sentences.append(
            f"{percent(refused, 1)} of the strangers' searches and {percent(more, 1)} of the "
            "visits are refused whatever the limit, since two people are about equally near or "
            "somebody else is nearer; they are not in the picture."
        )
    return Section(
        title="Searches among your own people",
        sentences=tuple(sentences),
        plots=site_plots(searches),
    )


def _attention(result: dict[str, Any]) -> Section:
    listings = [
        Listing(_LISTS[key], found["count"], tuple(_entry(entry) for entry in found["shown"]))
        for key in _LISTS
        if (found := result.get(key)) and found["count"]
    ]
    sentences = [
        f"{_LISTS[key]}: {_ADVICE[key][:1].lower()}{_ADVICE[key][1:]}"
        for key in _LISTS
        if result.get(key, {}).get("count")
    ]
    return Section(
        title="People to look after",
        sentences=tuple(sentences or ["Nobody: nothing stands out."]),
        listings=tuple(listings),
    )


def _entry(entry: Any) -> str:
    who, detail = _parts(entry)
    return f"{who}: {detail}" if detail else who


def _parts(entry: Any) -> tuple[str, str]:
    if isinstance(entry, str):
        return entry, ""
    if "names" in entry:
        return " and ".join(entry["names"]), f"distance {entry['distance']:.3f}"
    if "flaw" in entry:
        return entry["name"], entry["flaw"]
    source = f", {entry['source']}" if entry["source"] else ""
    return entry["name"], f"distance {entry['distance']:.3f}{source}"
