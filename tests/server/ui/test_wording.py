"""Tests of how events are worded."""

import time

import pytest
from msgspec.structs import replace

from database.reader import EventFilter
from database.records import OUTCOMES
from server.failed_sign_ins import FailedSignIns
from server.held_up import REPLAYED, TRIED
from server.settings import ServerSettings
from server.ui import wording
from server.ui.made_up import MadeUpGrid
from server.ui.wording import OUTCOMES as WORDS
from server.ui.wording import (
    ago,
    clock,
    held_up,
    left,
    matches,
    result,
    row,
    seen_at,
    when,
    why,
)

NOW_MS = 1_795_000_000_000


@pytest.fixture
def grid() -> MadeUpGrid:
    """Makes events."""
    return MadeUpGrid(ServerSettings(), lambda _event: None, full=False)


def test_every_outcome_has_its_own_sign_and_word() -> None:
    """Seven outcomes are told apart without colour, and the words are those of the design."""
    assert set(WORDS) == set(OUTCOMES)
    assert len({sign for sign, _, _ in WORDS.values()}) == 7
    assert [word for _, word, _ in WORDS.values()] == [
        "Identified",
        "Not enrolled",
        "Ambiguous",
        "Poor quality",
        "No face",
        "Server unreachable",
        "Spoof suspected",
    ]


def test_what_is_suspected_says_of_what(grid: MadeUpGrid) -> None:
    """Too many tries and a picture sent again are not called a spoof by somebody there."""
    record = grid.event(NOW_MS, "spoof_suspected")
    assert (row(record)[3], held_up(record)) == ("⊘ Spoof suspected", False)
    tried = replace(record, reason=f"{TRIED} Nobody is named.")
    assert (row(tried)[3], held_up(tried)) == ("⊘ Too many tries", True)
    assert dict(why(tried).facts)["Result"] == "⊘ Too many tries"
    again = replace(record, reason=f"{REPLAYED} Nobody is named.")
    assert (row(again)[3], held_up(again)) == ("⊘ Sent before", False)
    alone = "The checkpoint decided without the server: not enrolled. The server finds otherwise."
    afterwards = replace(record, reason=f"{alone} Found now: {TRIED} Nobody is named.")
    assert (row(afterwards)[3], held_up(afterwards)) == ("⊘ Too many tries", True)
    assert result(afterwards)[2] == "warn"
    named = replace(grid.event(NOW_MS, "identified"), reason=TRIED)
    assert (row(named)[3], held_up(named)) == ("✓ Identified", False)


def test_a_changed_entry_is_none_of_the_outcomes(grid: MadeUpGrid) -> None:
    """Whatever it says now; that is a fact of its own."""
    for outcome in OUTCOMES:
        record = replace(grid.event(NOW_MS, outcome), changed=True)
        assert result(record) == ("!", "Changed", "bad")
        assert "! Changed" in row(record)
        assert dict(why(record).facts)["Says now"] == WORDS[outcome][1]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_row_and_why_of_every_outcome(grid: MadeUpGrid, outcome: str) -> None:
    """Every outcome gives eight cells and an explanation that never speaks of scores."""
    record = grid.event(NOW_MS, outcome)  # type: ignore[arg-type]
    assert len(row(record)) == 8
    answer = why(record)
    assert answer.sentence
    text = " ".join(f"{name} {value}" for name, value in answer.facts).lower()
    for word in ("score", "confidence", "similarity", "certain"):
        assert word not in text + answer.sentence.lower()


def test_why_has_every_number_of_the_verdict(grid: MadeUpGrid) -> None:
    """Nearest, runner-up, margin, limit, quality, frames, encoder and latency are there."""
    record = grid.event(NOW_MS, "ambiguous", name="Grace Hopper")
    facts = dict(why(record).facts)
    assert facts["Nearest"] == f"{record.nearest_distance:.3f} · Grace Hopper"
    assert f"{record.runner_up_distance:.3f}" in facts["Runner-up"]
    assert facts["Margin"] == f"{record.margin:.3f}"
    assert facts["Limit"].startswith("0.321")
    assert facts["Quality"].startswith("face ")
    assert facts["Frames"] == f"{record.frames} fused"
    assert facts["Face model"] == record.encoder
    assert facts["Verdict in"] == f"{record.latency_ms} ms"


def test_what_came_late_shows_when_it_was_seen(grid: MadeUpGrid) -> None:
    """With a mark, and no verdict time: nobody stood there for it."""
    now = grid.event(NOW_MS, "identified")
    at_once = replace(now, latency_ms=9_999)
    assert (row(at_once)[0], row(at_once)[7]) == (when(NOW_MS, NOW_MS), "9999 ms")
    assert row(replace(now, latency_ms=93_070))[7] == "93 s"
    seen_ms = NOW_MS - 98_750
    late = replace(
        now, outcome="server_unreachable", late=True, latency_ms=98_750, captured_at_ms=seen_ms
    )
    assert (row(late)[0], row(late)[7]) == (when(seen_ms, NOW_MS), "late")
    assert seen_at(late).endswith("stored later")
    assert dict(why(late).facts)["Verdict in"] == "– (the event came 98 s after it was seen)"
    old = replace(late, captured_at_ms=NOW_MS - 30 * 3_600_000, decided_by="checkpoint")
    assert row(old)[7] == "offline"
    assert "came 30 h after" in dict(why(old).facts)["Verdict in"]


def test_why_says_what_the_limit_came_from(grid: MadeUpGrid) -> None:
    """Crowd and target of that moment; events of before it was noted have neither."""
    record = grid.event(NOW_MS, "not_enrolled")
    grounds = {
        "target_per_1000": 3.0,
        "people": 420.0,
        "strangers": 843.0,
        "largest_limit": 0.3371,
        "crowding": 0.0213,
        "lowered": 0.0158,
    }
    record = replace(record, threshold=0.3213)
    facts = dict(why(replace(record, grounds=grounds)).facts)
    assert facts["Crowd"] == "limit 0.016 lower: 0.021 more like others than usual"
    assert facts["Target"] == (
        "at most 3 of 1000 strangers named, measured on 420 people and 843 strangers: "
        "limit 0.337 at most"
    )
    alone = {**grounds, "crowding": 0.0, "lowered": 0.0, "strangers": 0.0}
    facts = dict(why(replace(record, grounds=alone)).facts)
    assert facts["Crowd"] == "limit not lowered: no more like others than usual"
    assert "strangers:" not in facts["Target"]
    facts = dict(why(replace(record, grounds=grounds, threshold=0.3413)).facts)
    assert facts["Target"].endswith("limit 0.337 at most, 0.020 more for one sample")
    assert not {"Crowd", "Target"} & set(dict(why(replace(record, grounds={})).facts))


def test_f11_a_clock_that_is_off_is_named(grid: MadeUpGrid) -> None:
    """A checkpoint's clock a day off, and the server's set back, are marked and told apart."""
    right = replace(grid.event(NOW_MS, "identified"), captured_at_ms=NOW_MS - 200, latency_ms=200)
    assert not row(right)[0].endswith("!")
    assert "(" not in dict(why(right).facts)["Captured"]
    for off_ms, words in (
        (-61_000, "61 s ahead"),
        (3_600_000, "60 min behind"),
        (86_400_000, "24 h behind"),
        (-86_400_000, "24 h ahead"),
    ):
        off = replace(right, captured_at_ms=NOW_MS - 200 - off_ms, clock_skew=True)
        assert f"the checkpoint's clock was {words}" in dict(why(off).facts)["Captured"]
        assert row(off)[0].endswith(" !")
    back = replace(right, clock_skew=True)
    assert "server's clock was set back" in dict(why(back).facts)["Captured"]


def test_what_a_checkpoint_decided_alone_is_marked(grid: MadeUpGrid) -> None:
    """In the row in place of the time to the verdict, and in words with whom it named."""
    record = grid.event(NOW_MS, "identified")
    assert dict(why(record).facts)["Decided"] == "by the server"
    assert row(record)[-1].endswith(" ms")
    alone = replace(
        record,
        decided_by="checkpoint",
        offline_outcome="identified",
        offline_subject_id="d" * 32,
        offline_name="Mary \x1b Jackson",
    )
    assert row(alone)[-1] == "offline"
    assert dict(why(alone).facts)["Decided"] == (
        "at the checkpoint, without the server: identified as Mary \\x1b Jackson"
    )


def test_names_are_made_safe_to_show(grid: MadeUpGrid) -> None:
    """B16: control, ANSI and right-to-left characters become visible escapes."""
    cells = row(grid.event(NOW_MS, "identified", name="a\r\nb\x1b[31m\u202egnp\x00"))
    assert cells[2] == "a\\x0d\\x0ab\\x1b[31m\\u202egnp\\x00"


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (EventFilter(), True),
        (EventFilter(text="grace"), True),
        (EventFilter(text="GRÂCE"), True),
        (EventFilter(text="nobody"), False),
        (EventFilter(outcomes=("identified",)), True),
        (EventFilter(outcomes=("no_face",)), False),
        (EventFilter(from_ms=NOW_MS, to_ms=NOW_MS + 1), True),
        (EventFilter(to_ms=NOW_MS), False),
        (EventFilter(from_ms=NOW_MS + 1), False),
        (EventFilter(checkpoint_id="somewhere-else"), False),
        (EventFilter(subject_id="f" * 32), False),
    ],
)
def test_live_events_pass_the_same_filters(
    grid: MadeUpGrid, where: EventFilter, *, expected: bool
) -> None:
    """What the database would find is what a live event is shown for."""
    assert matches(grid.event(NOW_MS, "identified", name="Grace Hopper"), where) is expected


def test_times_are_said_in_words() -> None:
    """Ages and times left are rough where they are not known better."""
    assert ago(NOW_MS, NOW_MS + 3_000, connected=True) == "now"
    assert ago(NOW_MS, NOW_MS + 3_000) == "3 s ago"
    assert ago(NOW_MS, NOW_MS + 14 * 60_000) == "14 min ago"
    assert ago(NOW_MS, NOW_MS + 3 * 86_400_000) == "3 d ago"
    assert left(None) == "working out the time left"
    assert left(4) == "a few seconds left"
    assert left(38) == "about 40 s left"
    assert left(154) == "about 3 min left"


def test_flaws_are_words(grid: MadeUpGrid) -> None:
    """None of them is a name of the code; one of a later version is shown as it came."""
    record = grid.event(NOW_MS, "poor_quality")
    known = ("too_small", "several_faces", "upside_down")
    said = dict(why(replace(record, flaws=known)).facts)["Flaws"]
    assert said == "face too small, several faces in view, upside down"
    assert "Flaws" not in dict(why(replace(record, flaws=())).facts)


def test_a_row_names_the_year_of_another_one() -> None:
    """This year's rows are short; older ones cannot be taken for them."""
    year_ms = 366 * 86_400_000
    assert when(NOW_MS, NOW_MS) == clock(NOW_MS)[5:]
    assert when(NOW_MS - year_ms, NOW_MS) == clock(NOW_MS - year_ms)[:-3]


def test_failed_sign_ins_are_told_with_the_day() -> None:
    """As people say it; one or several; where they were."""
    now = time.mktime((2026, 3, 1, 0, 30, 0, 0, 0, -1))
    before = round(time.mktime((2026, 2, 28, 21, 14, 0, 0, 0, -1)) * 1000)
    now_ms = round(now * 1000)
    assert wording.day(before, now_ms) == "yesterday 21:14"
    assert wording.day(now_ms, now_ms) == "today 00:30"
    assert wording.day(before - 86_400_000, now_ms) == "2026-02-27 21:14"
    told = wording.failed_sign_ins(FailedSignIns(2, before, 0, ever=True), now_ms)
    assert told == (
        "2 tries to sign in with your name failed since you last signed in here "
        "(last: yesterday 21:14)."
    )
    one = wording.failed_sign_ins(FailedSignIns(1, before, 1, ever=False), now_ms)
    assert "1 try to sign in" in one
    assert "since your account was made (last: yesterday 21:14, at a checkpoint)" in one
    some = wording.failed_sign_ins(FailedSignIns(3, before, 1, ever=True), now_ms)
    assert "some at a checkpoint" in some
