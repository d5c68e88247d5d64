"""A made-up evaluation of made-up people, for the pictures of the page and its tests."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from server.events import EvaluationEnded, EvaluationProgress, GridEvent


class MadeUpEvaluation:
    """What the window asks of an evaluation.

    Args:
        post: Where events go.

    Attributes:
        found: The newest report; None when nothing was measured yet.
        asked: What was asked for, in order.
    """

    def __init__(self, post: Callable[[GridEvent], None]) -> None:
        self._post = post
        self.found: dict[str, Any] | None = None
        self.running = False
        self.asked: list[str] = []

    def begin(self) -> bool:
        """Begins, and goes on when `go_on` or `end` is called."""
        self.asked.append("begin")
        self.running = True
        return True

    def cancel(self) -> None:
        """Ends at once."""
        self.asked.append("cancel")
        self.running = False
        self._post(EvaluationEnded(cancelled=True))

    def go_on(self, done: int, total: int) -> None:
        """Some of it is done."""
        self._post(EvaluationProgress("comparing everybody with everybody", done, total))

    def end(self, problem: str = "") -> None:
        """All of it is done."""
        self.running = False
        if not problem:
            self.found = made_up_report()
        self._post(EvaluationEnded(problem))

    def write_to(self, folder: Path) -> tuple[Path, ...]:
        """Writes files of the usual names."""
        paths = tuple(folder / f"report.{ending}" for ending in ("html", "pdf", "md", "json"))
        for path in paths:
            path.write_text("made up")
        return paths

    def latest(self) -> dict[str, Any] | None:
        """What was found last."""
        return self.found


def made_up_report(*, people: int = 12, now_ms: int | None = None) -> dict[str, Any]:
    """As `biometrics.evaluation.site.site_report` gives it, as far as it is shown."""
    expected = {
        "per_1000": 3,
        "threshold": 0.323,
        "margin": 0.03,
        "strangers": 0,
        "fpir": 0.003,
        "fpir_interval": [0.0014, 0.0054],
        "fnir": 0.081,
        "fnir_interval": [0.06, 0.11],
        "sentence": "Expected: about 3.0 of 1000 strangers named, about 8 of 100 enrolled missed.",
    }
    return {
        "format": 1,
        "encoder": "dlib-resnet-v1:3f1d4a",
        "made_at_ms": time.time_ns() // 1_000_000 if now_ms is None else now_ms,
        "people": people,
        "samples": 31,
        "people_by_samples": {"1": 2, "2": 1, "3": 9},
        "left_out": [],
        "age_days": None,
        "quality": {"face width, px": None},
        "single_samples": {"count": 2, "shown": ["Alan Turing", "Mary Jackson"]},
        "poor_samples": {
            "count": 1,
            "shown": [{"name": "Edsger Dijkstra", "flaw": "come closer: 54 px, 80 needed"}],
        },
        "disagreeing_samples": {
            "count": 1,
            "shown": [{"name": "Annie Easley", "distance": 0.512, "source": "team.jpg"}],
        },
        "look_alikes": {
            "count": 1,
            "shown": [{"names": ["Ada Lovelace", "Augusta King"], "distance": 0.118}],
        },
        "policy": expected,
        "targets": [expected],
        "searches": {
            "threshold": 0.323,
            "histograms": _histograms(),
            "strangers": {
                "people": people,
                "named": 0.0,
                "interval": [0.0, 0.22],
                "refused_by_the_margin": 0.4,
            },
            "visits": {
                "people": 10,
                "missed": 0.1,
                "interval": [0.018, 0.404],
                "refused_by_the_margin": 0.0,
            },
        },
        "calibration": {
            "skipped": f"Among {people} people there are too few to play strangers; 40 are needed."
        },
    }


def _histograms() -> dict[str, list[float]]:
    edges = [0.015 * number for number in range(81)]

    def bell(middle: float, width: float) -> list[float]:
        heights = [math.exp(-(((edge - middle) / width) ** 2)) for edge in edges[:-1]]
        return [height / sum(heights) if height > 0.01 else 0.0 for height in heights]

    return {"edges": edges, "genuine": bell(0.25, 0.06), "impostor": bell(0.43, 0.05)}
