"""The story told by small actors, and once by the real programs as anybody would run them."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from demo import story
from demo.errors import DemoFailed, TookTooLong
from demo.programs import ROOT
from tests.demo.actors import BROKEN, answers, play, says

EVENTS = [f"{n:032x}" for n in range(1, 4)]
ENROLLED = {"event": "enrolled", "display_name": "Eileen Collins", "samples": 3}


def verdict(number: int, outcome: str, name: str | None, label: str) -> dict[str, object]:
    """A checkpoint's line."""
    return {"event": "verdict", "event_id": EVENTS[number], "outcome": outcome,
            "display_name": name, "label": label, "latency_ms": 300.0}  # fmt: skip


SERVER = says(
    {"event": "listening", "host": "127.0.0.1", "port": 5},
    {"event": "event_stored", "event_id": EVENTS[0], "outcome": "not_enrolled", "subject": None},
)
ACTORS = {
    "--samples": answers(ENROLLED),
    "--json": answers({"in": 1}),
    "lobby-gate": says({"event": "ready"}, verdict(0, "not_enrolled", None, "Eileen Collins")),
    "side-door": says({"event": "ready"}),
    "server": SERVER,
}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a person reads; the database is left out, and no actor comes twice."""
    monkeypatch.setattr(story, "ENCORE_S", 0.5)
    monkeypatch.setattr(story, "rows_after", lambda *_: [])
    monkeypatch.setattr(story, "disagreements", lambda *_: [])
    return []


def test_the_story_enrols_who_was_not_recognised(
    told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, from a checkpoint of its own, and only after she was seen."""
    started = play(monkeypatch, ACTORS)
    result = story.perform(tmp_path, 0.5, told.append)
    assert [words[0:2] for words in started if "--samples" in words] == [["client", "enrol"]]
    assert result.summary["enrolled"] == ["Eileen Collins"]
    assert result.summary["events"] == result.summary["not_enrolled"] == 1
    assert result.complaints == ["Eileen Collins was enrolled and not identified after that"]
    assert "Lobby gate: not enrolled: not named (Eileen Collins stands there), 300.0 ms" in told


def test_an_enrolment_is_not_cut_off(
    told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a slow computer the story goes on until she is recognised, and ends then."""
    monkeypatch.setattr(story, "ENCORE_S", 60.0)
    enrolled = tmp_path / "enrolled"
    enrols = (
        "import json, pathlib, time\n"
        f"time.sleep(1.5)\nprint(json.dumps({ENROLLED!r}), flush=True)\n"
        f"time.sleep(0.5)\npathlib.Path({str(enrolled)!r}).touch()\n"
    )
    comes_again = (
        "import json, pathlib, signal, threading\nasked = threading.Event()\n"
        "signal.signal(signal.SIGTERM, lambda *_: asked.set())\n"
        """print('{"event": "ready"}', flush=True)\n"""
        f"while not (pathlib.Path({str(enrolled)!r}).exists() or asked.wait(0.05)): pass\n"
        f"print(json.dumps({verdict(1, 'identified', 'Eileen Collins', 'Eileen Collins')!r}),"
        " flush=True)\n"
        "asked.wait()\n"
    )
    actors = {
        "--samples": enrols,
        "side-door": comes_again,
    }
    play(monkeypatch, {**actors, **{k: v for k, v in ACTORS.items() if k not in actors}})
    result = story.perform(tmp_path, 0.5, told.append)
    assert result.complaints == []
    assert result.summary["enrolled"] == ["Eileen Collins"]
    assert any("its end" in text for text in told)


def failing_once(folder: Path, first: dict[str, object], then: dict[str, object]) -> str:
    """The source of an enrolment that fails with one answer and ends with another."""
    return (
        f"import json, pathlib, sys\nbefore = pathlib.Path({str(folder / 'tried')!r})\n"
        f"again = before.exists()\nbefore.touch()\n"
        f"print(json.dumps({then!r} if again else {first!r}), flush=True)\n"
        f"sys.exit(0 if again and {then!r}['event'] == 'enrolled' else 6)\n"
    )


SILENT = {"event": "not_enrolled", "code": "server_unreachable", "message": "It fell silent."}
ALREADY = {"event": "not_enrolled", "code": "already_enrolled", "message": "Enrolled already."}


@pytest.mark.parametrize("then", [ENROLLED, ALREADY], ids=["enrolled", "had arrived"])
def test_a_lost_connection_is_tried_again(
    then: dict[str, object], told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a person would press Save again; what arrived the first time is no failure."""
    started = play(monkeypatch, {"--samples": failing_once(tmp_path, SILENT, then), **{
        key: source for key, source in ACTORS.items() if key != "--samples"
    }})  # fmt: skip
    result = story.perform(tmp_path, 0.5, told.append)
    assert len([words for words in started if "--samples" in words]) == 2
    assert result.summary["enrolled"] == ["Eileen Collins"]


def test_tries_are_limited(
    told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that stays silent is told after the third."""
    silent = failing_once(tmp_path, SILENT, SILENT)
    others = {key: source for key, source in ACTORS.items() if key != "--samples"}
    started = play(monkeypatch, {"--samples": silent, **others})
    with pytest.raises(DemoFailed, match="could not be enrolled: It fell silent"):
        story.perform(tmp_path, 10.0, told.append)
    assert len([words for words in started if "--samples" in words]) == 3


def test_settings_of_the_user_are_left_alone(
    told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every checkpoint has its own file in the demo's folder, the server its own data."""
    started = play(monkeypatch, ACTORS)
    story.perform(tmp_path, 0.5, told.append)
    for words in started:
        option = "--settings" if words[0] == "client" else "--data"
        assert words[words.index(option) + 1].startswith(str(tmp_path)), words


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"--json": BROKEN}, "folder enrolment ended with exit code 1"),
        ({"--json": answers({"in": 0, "rows": ["no face"]})}, "portrait was not enrolled"),
        ({"side-door": BROKEN}, "side-door ended with exit code 1"),
        ({"server": BROKEN}, "server ended with exit code 1"),
        (
            {"--samples": answers({"event": "not_enrolled", "message": "No face in view."})},
            "Eileen Collins could not be enrolled: No face in view",
        ),
        ({"side-door": says({"event": "ready"}, {"event": "fault", "sentence": "Oh."})}, "Oh."),
    ],
)
def test_what_goes_wrong_is_told(
    changed: dict[str, str],
    message: str,
    told: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each program's failure ends the story with its own words."""
    play(monkeypatch, {**ACTORS, **changed})
    with pytest.raises(DemoFailed, match=message):
        story.perform(tmp_path, 3.0, told.append)


def test_a_silent_program_is_not_waited_for_for_ever(
    told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait for readiness is bounded and says what was awaited."""
    monkeypatch.setattr(story, "START_S", 1.0)
    play(monkeypatch, {**ACTORS, "side-door": says()})
    with pytest.raises(TookTooLong, match="both checkpoints to be ready"):
        story.perform(tmp_path, 1.0, told.append)


def test_the_real_programs_tell_it() -> None:
    """One visitor identified, one not enrolled, then enrolled and identified; nothing false.

    Real encoder, sockets and database: `run.py demo --headless --json`, for half the usual time:
    long enough for each visitor at each checkpoint, and an enrolment is given the time it takes.
    """
    start_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "demo", "--headless", "--seconds", "15", "--json"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert len(done.stdout.splitlines()) == 1, done.stdout
    assert summary["identified"]["Grace Hopper"] >= 2
    assert summary["identified"]["Eileen Collins"] >= 1
    assert summary["not_enrolled"] >= 1
    assert summary["enrolled"] == ["Eileen Collins"]
    assert summary["false_names"] == 0
    assert Path(summary["database"]).is_file()
    assert time.monotonic() - start_s >= 15
