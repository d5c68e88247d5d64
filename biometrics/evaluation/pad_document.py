"""The result of a liveness test as a document: a table a check, a row a kind, never a mean."""

from typing import Any

from biometrics.evaluation.document import Document, Listing, Section, Table
from biometrics.evaluation.pad_evaluate import FEW
from biometrics.evaluation.pad_recordings import LIVE
from biometrics.evaluation.tables import between, percent

_DETERRENT = (
    "Liveness checks are a deterrent, not proof: these rates hold for these kinds of attack, "
    "these cameras and this light. A video fed in place of the camera's is not among them."
)
_MOSTLY = (
    "A recording counts as live when the check says so in most of its frames. Those in which it "
    "never had enough frames stand apart, under no decision."
)
_TRIED = (
    "Each recording of an attack is tried against each of the six challenges of two actions, from "
    "its beginning; it counts as passed when one of the six lets it through. An attacker meets "
    "one of them, drawn at random."
)
_NOT_ASKED = "People are not counted: nobody asked those in the recordings to do anything."
_HEAD = ("kind", "rate", "wrong", "share", "95 % interval", "no decision", "why refused")


def pad_document(result: dict[str, Any]) -> Document:
    """From what `evaluate_pad` gives."""
    sections = [
        Section(
            title=f"Passive: {name}",
            sentences=(_MOSTLY,),
            tables=(_table(name, rows),),
            listings=_wrong(rows),
        )
        for name, rows in result["passive"].items()
    ]
    return Document(
        title=f"Liveness: {result['folder']}",
        summary=(*_summary(result), _DETERRENT),
        sections=(*sections, _active(result), _files(result)),
    )


def _summary(result: dict[str, Any]) -> list[str]:
    counts = [f"{kind}: {count['recordings']}" for kind, count in result["kinds"].items()]
    lines = [f"Recordings: {', '.join(counts)}; {len(result['unreadable'])} unreadable."]
    if LIVE not in result["kinds"]:
        lines.append(f'There is no folder "{LIVE}": how many people are refused is not measured.')
    if result["kinds"].keys() == {LIVE}:
        lines.append("There is no folder of attacks: how many of them pass is not measured.")
    few = [kind for kind, count in result["kinds"].items() if count["recordings"] < FEW]
    if few:
        lines.append(
            f"Fewer than {FEW} recordings of {', '.join(few)}: the intervals say how little such "
            "a share is worth."
        )
    for name, rows in result["passive"].items():
        lines += [f"{name}, {_sentence(kind, row)}" for kind, row in rows.items()]
    lines += [
        f"active check, {_sentence(kind, row)}; a challenge by chance is passed "
        f"{row['challenges_passed']} times in {row['challenges']}"
        for kind, row in result["active"].items()
    ]
    return lines


def _sentence(kind: str, row: dict[str, Any]) -> str:
    share = "nothing judged" if row["share"] is None else percent(row["share"], 1)
    return (
        f"{kind}: {row['rate']} {share} ({row['wrong']} of {row['judged']}; "
        f"{between(row['interval'], 1)})"
    )


def _table(title: str, rows: dict[str, Any]) -> Table:
    return Table(title, _HEAD, tuple(_row(kind, row) for kind, row in rows.items()))


def _row(kind: str, row: dict[str, Any]) -> tuple[str, ...]:
    reasons = ", ".join(f"{word} {count}" for word, count in sorted(row["reasons"].items()))
    return (
        kind,
        row["rate"],
        f"{row['wrong']} of {row['judged']}",
        "" if row["share"] is None else percent(row["share"], 1),
        between(row["interval"], 1),
        str(row.get("undecided", 0)),
        reasons,
    )


def _wrong(rows: dict[str, Any]) -> tuple[Listing, ...]:
    titles = {kind: "People refused" if kind == LIVE else f"{kind}: passed" for kind in rows}
    return tuple(
        Listing(titles[kind], len(row["wrong_files"]), tuple(row["wrong_files"][:50]))
        for kind, row in rows.items()
        if row["wrong_files"]
    )


def _active(result: dict[str, Any]) -> Section:
    return Section(
        title="Active: challenges of two actions",
        sentences=(_TRIED, _NOT_ASKED),
        tables=(_table("Active check", result["active"]),) if result["active"] else (),
        listings=_wrong(result["active"]),
    )


def _files(result: dict[str, Any]) -> Section:
    unreadable = [entry["why"] for entry in result["unreadable"]]
    lists = {
        "Unreadable": unreadable,
        "Without a face (failures to acquire)": result["without_a_face"],
        "Passed over": result["passed_over"],
    }
    return Section(
        title="Files",
        sentences=() if any(lists.values()) else ("Every file was read and shows a face.",),
        listings=tuple(
            Listing(title, len(files), tuple(files[:50])) for title, files in lists.items() if files
        ),
    )
