"""Tests of the checkpoint without a window."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from client.camera.errors import SourceEnded
from client.checkpoint import Parts
from client.headless import ended_by_signals, run
from client.lines import Lines
from client.settings import ClientSettings
from tests.client.fake_server import FakeServer
from tests.client.fakes import GRACE, FakeEyes, FakeSource
from tests.grids import identity
from tests.support import wait_until

ROOT = Path(__file__).resolve().parents[2]


def lines_of(stream: io.StringIO) -> list[dict[str, object]]:
    """The lines printed so far."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_clip_is_looked_at_to_its_end_and_every_verdict_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ready, one verdict, a clock that is off, and what happened at the end; exit code 0."""
    monkeypatch.setattr("client.headless._LAST_VERDICT_S", 0.3)
    monkeypatch.setattr("client.pace.PERIOD_S", 0.05)
    source = FakeSource(GRACE)
    stream = io.StringIO()
    codes: list[int] = []
    with FakeServer() as server:
        server.clock_ahead_s = 3_630.0
        parts = Parts(open_source=source.open, open_eyes=FakeEyes, identity=identity())
        settings = ClientSettings(server_port=server.port)
        thread = threading.Thread(
            target=lambda: codes.append(run(settings, Lines(stream), parts=parts))
        )
        thread.start()
        wait_until(
            lambda: all(
                each in stream.getvalue()
                for each in ('"verdict"', '"event": "ready"', '"clock_ahead_min": -60')
            )
        )
        source.error = SourceEnded("clip.mp4 is over.")
        thread.join(10)
    found = lines_of(stream)
    events = [line["event"] for line in found]
    assert codes == [0]
    assert events.count("ready") == events.count("verdict") == 1
    assert found[-1]["event"] == "ended"
    assert found[-1]["verdicts"] == {"identified": 1}
    assert found[-1]["threads_ended"] is True
    assert found[-1]["look_ms"] == 1.0
    assert [line["engine"] for line in found if line["event"] == "engine"] == ["fake engine"]
    cameras = [line["state"] for line in found if line["event"] == "camera"]
    assert cameras == ["starting", "ok", "ended"]


def test_the_time_ends_it_and_no_camera_is_an_error() -> None:
    """Exit code 1, the sentence is in the lines."""
    stream = io.StringIO()
    settings = ClientSettings(server_port=9, source="folder:/none")
    code = run(
        settings, Lines(stream), seconds=0.6, parts=Parts(open_eyes=FakeEyes, identity=identity())
    )
    assert code == 1
    assert "no folder /none" in stream.getvalue()
    states = {line["state"] for line in lines_of(stream) if line["event"] == "link"}
    assert "unreachable" in states


def test_signals_are_heard_and_given_back() -> None:
    """SIGTERM ends the block, afterwards it is what it was."""
    before = signal.getsignal(signal.SIGTERM)
    with ended_by_signals() as ended:
        os.kill(os.getpid(), signal.SIGTERM)
        wait_until(ended.is_set)
    assert signal.getsignal(signal.SIGTERM) is before


def client(*arguments: str, timeout_s: float = 20) -> subprocess.CompletedProcess[str]:
    """Runs the real program."""
    return subprocess.run(
        [sys.executable, "-m", "client", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def test_the_command_line_names_what_is_wrong(tmp_path: Path) -> None:
    """A sentence and exit code 2, no traceback."""
    settings = ("--settings", str(tmp_path / "none.json"))
    for arguments, word in (
        (("--server", "x:y"), "server address"),
        (("--name", " "), "checkpoint_name"),
        (("--checkpoint-id", "A B"), "checkpoint_id"),
    ):
        done = client("--headless", *settings, *arguments)
        assert done.returncode == 2
        assert word in done.stderr
        assert "Traceback" not in done.stderr


def test_the_real_program_says_what_it_does_with_a_bad_settings_file(tmp_path: Path) -> None:
    """Kept aside, defaults used; a source that does not exist; ends by its time."""
    path = tmp_path / "checkpoint.json"
    path.write_text("junk", encoding="utf-8")
    done = client(
        "--headless", "--seconds", "0.5", "--settings", str(path),
        "--source", "folder:/none", "--server", "127.0.0.1:9",
    )  # fmt: skip
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert found[0]["event"] == "settings"
    assert "kept as" in found[0]["sentence"]
    assert found[-1]["event"] == "ended"
