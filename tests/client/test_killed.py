"""F3: the checkpoint is killed at every step an event takes; what was kept reaches the server."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.keeping import open_kept
from protocol.messages import Identify
from tests.client.fake_server import FakeServer
from tests.client.killed_checkpoint import KILLED_AT
from tests.client.test_errands import probe
from tests.grids import grid

ROOT = Path(__file__).resolve().parents[2]
COUNT = 6
PLACES = (
    "mid-capture",
    "mid-enqueue",
    "mid-send",
    "before the answer is handled",
    "before it is forgotten",
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX")


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """A server that remembers what came."""
    with FakeServer() as running:
        yield running


def run(
    settings: Path, server: FakeServer, where: str, first: int, count: int = COUNT
) -> tuple[int, list[str]]:
    """The exit code, and what the process said."""
    if not (settings.parent / "identity").exists():
        grid().identity(settings.parent / "identity", "lobby-1")
    done = subprocess.run(
        [
            sys.executable, "-m", "tests.client.killed_checkpoint",
            str(settings), str(server.port), where, str(first), str(count),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.splitlines() or [done.stderr]


@pytest.mark.parametrize("where", PLACES)
def test_f3_nothing_enqueued_is_lost_when_the_checkpoint_is_killed(
    tmp_path: Path, server: FakeServer, where: str
) -> None:
    """F3: what `put` took is sent by the next program, with the same content under the same id."""
    settings = tmp_path / "checkpoint.json"
    code, said = run(settings, server, where, 0)
    assert code == -9, said
    kept = {line.removeprefix("kept ") for line in said if line.startswith("kept ")}
    assert len(kept) >= KILLED_AT, said
    assert (probe(KILLED_AT).event_id in kept) == (where not in ("mid-capture", "mid-enqueue"))
    assert run(settings, server, "nowhere", 100, 0) == (0, ["empty"])
    asked = [each for each in server.of(Identify) if isinstance(each, Identify)]
    assert kept <= {each.event_id for each in asked}
    for event_id in kept:
        sent = [each for each in asked if each.event_id == event_id]
        number = int(event_id, 16)
        assert {each.encoding for each in sent} == {probe(number).encoding}
        assert {each.captured_at_ms for each in sent} == {probe(number).captured_at_ms}
    first_of_each = list(dict.fromkeys(each.event_id for each in asked))
    assert first_of_each == sorted(first_of_each), "the order they happened in"
    outbox = open_kept(settings)
    assert (len(outbox), outbox.dead_count) == (0, 0)
    outbox.close()


def test_f3_nobody_is_said_to_have_been_told_a_verdict_that_died_with_the_program(
    tmp_path: Path, server: FakeServer
) -> None:
    """F3: what a new program sends for an old one is late: history shall not claim a welcome."""
    settings = tmp_path / "checkpoint.json"
    outbox = open_kept(settings)
    outbox.put(probe(5))
    outbox.close()
    assert run(settings, server, "nowhere", 100)[0] == 0
    late = {each.event_id: each.late for each in server.of(Identify) if isinstance(each, Identify)}
    assert late.pop(probe(5).event_id)
    assert not any(late.values())
