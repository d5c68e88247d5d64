"""The report of a liveness test: every kind by itself, what it is worth, and the caveat."""

from typing import Any

import pytest

from biometrics.evaluation.intervals import interval
from biometrics.evaluation.markdown import markdown, summary
from biometrics.evaluation.pad_document import pad_document


def _row(rate: str, wrong: int, judged: int, **more: Any) -> dict[str, Any]:
    return {
        "rate": rate,
        "wrong": wrong,
        "judged": judged,
        "share": wrong / judged if judged else None,
        "interval": list(interval(wrong, judged)),
        "wrong_files": [f"f{number}.mp4" for number in range(wrong)],
        "reasons": {"border": judged - wrong},
        **more,
    }


def _result() -> dict[str, Any]:
    return {
        "folder": "door",
        "kinds": {
            "live": {"recordings": 40, "without_a_face": 0},
            "replay": {"recordings": 4, "without_a_face": 1},
        },
        "passive": {
            "image cues": {
                "live": _row("BPCER", 2, 40, undecided=0),
                "replay": _row("APCER", 1, 3, undecided=0),
            }
        },
        "active": {"replay": _row("APCER", 0, 0, challenges=0, challenges_passed=0)},
        "unreadable": [{"file": "x.mp4", "why": "x.mp4 is not a video this program can read."}],
        "without_a_face": ["replay/dark.mp4"],
        "passed_over": [],
    }


def test_the_summary_has_a_line_a_kind_and_says_what_it_is_worth() -> None:
    """Shares with counts and intervals, few recordings named, and that it is no proof."""
    text = summary(pad_document(_result()))
    assert "Recordings: live: 40, replay: 4; 1 unreadable." in text
    assert "Fewer than 30 recordings of replay:" in text
    assert "image cues, live: BPCER 5.0 % (2 of 40; " in text
    assert "image cues, replay: APCER 33.3 % (1 of 3; " in text
    assert "active check, replay: APCER nothing judged (0 of 0; 0.0 to 100.0 %)" in text
    assert "a deterrent, not proof" in text


def test_the_report_names_the_files_that_were_decided_wrongly() -> None:
    """And those that could not be read or show nobody."""
    text = markdown(pad_document(_result()))
    assert "### People refused: 2" in text
    assert "### replay: passed: 1" in text
    assert "replay/dark.mp4" in text
    assert "x.mp4 is not a video" in text
    assert "| replay | APCER | 1 of 3 | 33.3 % |" in text


def test_a_clean_run_says_so() -> None:
    """Nothing unreadable, nothing without a face, no attacks recorded."""
    clean = _result() | {"unreadable": [], "without_a_face": [], "active": {}}
    text = markdown(pad_document(clean))
    assert "Every file was read and shows a face." in text


@pytest.mark.parametrize(("left", "says"), [("live", "folder of attacks"), ("replay", '"live"')])
def test_what_is_missing_is_said(left: str, says: str) -> None:
    """People alone or attacks alone are half a measurement."""
    result = _result()
    result["kinds"] = {left: result["kinds"][left]}
    cues = result["passive"]["image cues"]
    result["passive"] = {"image cues": {left: cues[left]}}
    text = summary(pad_document(result))
    assert "There is no folder" in text
    assert says in text
