"""A report about the people enrolled, as the server's window shows it: words and numbers, no Tk."""

from dataclasses import dataclass
from typing import Any

from biometrics.evaluation.site_document import (
    advice,
    attention_rows,
    measured_sentences,
    site_sentences,
)
from protocol.text import printable
from server.fault_words import count

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Distances:
    """Shares of searches by distance; `edges` is one longer than the two others."""

    edges: tuple[float, ...]
    visits: tuple[float, ...]
    strangers: tuple[float, ...]
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationView:
    """What the page shows.

    Args:
        made_at_ms: When it was measured.
        people: Enrolled then.
        tiles: Number and note of the people, the limit, the strangers named, the people missed.
        sentences: What was measured, in words.
        rows: Kind, who, and detail of everybody who should be looked after.
        more: How many of those are not among the rows.
        advice: What to do, by kind.
        distances: For the picture; None with fewer than two people.
    """

    made_at_ms: int
    people: int
    tiles: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]
    rows: tuple[tuple[str, str, str], ...]
    more: int
    advice: tuple[tuple[str, str], ...]
    distances: Distances | None


def evaluation_view(result: dict[str, Any]) -> EvaluationView:
    """The page's content from what `server.evaluation` found."""
    rows, more = attention_rows(result)
    searches = result.get("searches")
    policy = result["policy"]
    single = result["single_samples"]["count"]
    return EvaluationView(
        made_at_ms=result["made_at_ms"],
        people=result["people"],
        tiles=(
            (
                f"{result['people']}",
                f"{count(result['samples'], 'sample')}, {single} with one only",
            ),
            (f"{policy['threshold']:.3f}", f"for {policy['per_1000']:g} strangers in 1000"),
            _share(policy["fpir"], policy["fpir_interval"], 2),
            _share(policy["fnir"], policy["fnir_interval"], 1),
        ),
        sentences=(
            tuple(measured_sentences(result)) if searches else tuple(site_sentences(result)[1:])
        ),
        rows=tuple((kind, _safe(who), _safe(detail)) for kind, who, detail in rows),
        more=more,
        advice=tuple(advice().items()) if rows else (),
        distances=None if searches is None else _distances(searches),
    )


def _share(share: float, interval: list[float], digits: int) -> tuple[str, str]:
    low, high = (f"{100 * end:.{digits}f}" for end in interval)
    return f"{100 * share:.{digits}f} %", f"expected, {low} to {high} %"


def _distances(searches: dict[str, Any]) -> Distances:
    shares = searches["histograms"]
    return Distances(
        tuple(shares["edges"]),
        tuple(shares["genuine"]),
        tuple(shares["impostor"]),
        searches["threshold"],
    )


def _safe(text: str) -> str:
    return printable(text, _LONGEST)
