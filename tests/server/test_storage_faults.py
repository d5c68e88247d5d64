"""Faults of the history as a checkpoint meets them: through the real server, over its socket.

`FACENETGRID_LONG` set, the lock of another process is held for 30 s instead of 1.5 s.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path

import pytest

from server import recognition, serving_loop
from server.events import GridState
from tests.server.programs import ROOT
from tests.server.wire import Served, face, identify, new_id, served
from tests.support import wait_until

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and users are those of POSIX")

_DIES_AT = """
import os, signal, sys
from pathlib import Path
from database import log
from database.transactions import Store
from tests.server.wire import face, identify, served
root, event_id, stage = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
add_all, write_together = Store.add_all, log.write_together
def die():
    os.kill(os.getpid(), signal.SIGKILL)
def dying_add(store, several):
    if stage == "after insert":
        add_all(store, several)
    die()
def dying_commit(store, jobs):
    write_together(store, jobs)
    die()
with served(root) as running, running.checkpoint() as gate:
    gate.ask(identify(face(2)))
    if stage in ("before insert", "after insert"):
        Store.add_all = dying_add
    if stage == "after commit":
        log.write_together = dying_commit
    answer = gate.ask(identify(face(1), event_id=event_id))
    print(answer.kind, flush=True)
    die()
"""


@POSIX
def test_f2_a_server_killed_at_every_stage_stores_every_event_once(tmp_path: Path) -> None:
    """Before the insert, after it, after the commit, after the answer was written.

    The checkpoint sends the event again to the server that starts next, and has its answer.
    """
    stages = {
        "before insert": (1, ""),
        "after insert": (1, ""),
        "after commit": (2, ""),
        "after the answer": (2, "verdict"),
    }
    events = {stage: new_id() for stage in stages}
    children = {
        stage: subprocess.Popen(
            [sys.executable, "-c", _DIES_AT, str(tmp_path / stage), events[stage], stage],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for stage in stages
    }
    for stage, child in children.items():
        said, complaints = child.communicate(timeout=120)
        assert child.returncode == -signal.SIGKILL, complaints
        assert said.strip() == stages[stage][1]
    for stage, (kept, _said) in stages.items():
        with served(tmp_path / stage) as running, running.checkpoint() as gate:
            assert running.grid.history.count() == kept, stage
            answer = gate.ask(identify(face(1), event_id=events[stage]))
            assert (answer.kind, answer.event_id) == ("verdict", events[stage])
            assert running.grid.history.count() == 2
            found = running.grid.history.find(events[stage])
            assert found is not None


_HOLDS_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
connection.execute("ROLLBACK")
"""


def test_f9_another_process_holds_the_write_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer is given meanwhile, the writer lives, and the same event then goes in once."""
    hold_s = 30.0 if os.environ.get("FACENETGRID_LONG") else 1.5
    monkeypatch.setattr(serving_loop, "COMMIT_WAIT_S", 0.4)
    with served(tmp_path) as running, running.checkpoint(timeout_s=hold_s + 10) as gate:
        writer = running.grid._opened.log._thread
        assert writer is not None
        with subprocess.Popen(
            [sys.executable, "-c", _HOLDS_LOCK, str(running.folder.database)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            request, until, refused = identify(face(1)), time.monotonic() + hold_s, 0
            while time.monotonic() < until:
                answer = gate.ask(identify(face(1), event_id=request.event_id))
                assert (answer.kind, answer.retryable) == ("error", True)
                refused += 1
            assert refused >= 2
            assert running.grid.status.state is GridState.NOT_RECORDING
            other.communicate("")
        assert gate.ask(identify(face(1), event_id=request.event_id)).kind == "verdict"
        wait_until(lambda: running.grid.status.state is GridState.RUNNING)
        assert running.grid._opened.log._thread is writer
        assert running.grid.history.count() == 1


_AS_NOBODY = """
import os, sys
from pathlib import Path
from tests.server.wire import Served
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
running = Served(Path(sys.argv[1]))
status = running.grid.start().result(timeout=20)
print(status.state.value, "|", status.sentence)
running.close()
"""


@POSIX
def test_f7_a_server_on_a_read_only_history_does_not_start(tmp_path: Path) -> None:
    """It says what to do, listens to nobody, and changes nothing."""
    with tempfile.TemporaryDirectory() as name:  # tmp_path is closed to other users
        root = Path(name) / "data"
        Path(name).chmod(0o755)
        with served(root) as running:
            path = running.folder.database
        if os.getuid() == 0:
            for one in (root, *root.rglob("*")):
                os.chown(one, 65534, 65534)
        path.chmod(0o444)
        before = path.read_bytes()
        done = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, str(root)],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )
        assert done.stdout.startswith(GridState.READ_ONLY.value), done.stderr
        assert "check the permissions" in done.stdout
        assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["overwritten page", "garbage header", "zero bytes"])
def test_f8_a_server_finds_damage_at_its_start_and_restores(tmp_path: Path, damage: str) -> None:
    """Found before anybody is served; set aside, restored, and a checkpoint is served again."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        assert gate.ask(identify(face(1))).kind == "verdict"
        path = running.folder.database
        running.grid.back_up()
    content = bytearray(path.read_bytes())
    if damage == "overwritten page":
        content[4096:8192] = os.urandom(4096)
    elif damage == "garbage header":
        content[:100] = os.urandom(100)
    path.write_bytes(b"" if damage == "zero bytes" else content)
    broken = Served(tmp_path)
    status = broken.grid.start().result(timeout=10)
    assert status.state is GridState.DATABASE_DAMAGED
    assert status.backups == 1
    assert not broken.grid.ready
    assert broken.grid.restore_database().result(timeout=10).state is GridState.STOPPED
    assert broken.grid.start().result(timeout=10).state is GridState.RUNNING
    with broken.checkpoint() as gate:
        assert gate.ask(identify(face(1))).kind == "verdict"
    assert broken.grid.history.count() == 2
    broken.close()
    assert len(list(path.parent.glob("match_history.damaged-*"))) >= 1


def test_f11_clocks_a_day_off_and_the_servers_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stored with the server's time, flagged, and in the order they came."""
    noon_ms, hour_ms, day_ms = 1_790_000_000_000, 3_600_000, 86_400_000
    now = [noon_ms]
    clock = types.SimpleNamespace(
        time_ns=lambda: now[0] * 1_000_000, monotonic=time.monotonic, sleep=time.sleep
    )
    monkeypatch.setattr(recognition, "time", clock)
    steps = (  # the server's clock, the checkpoint's, flagged
        (noon_ms, noon_ms, False),
        (noon_ms + 1_000, noon_ms - day_ms, True),
        (noon_ms + 2_000, noon_ms + day_ms, True),
        (noon_ms + 3_000, noon_ms + 3_000, False),
        (noon_ms - hour_ms, noon_ms - hour_ms, True),  # the server's own went back
        (noon_ms - hour_ms + 1_000, noon_ms - hour_ms + 1_000, False),
    )
    with served(tmp_path) as running, running.checkpoint() as gate:
        for now_ms, captured_ms, _flagged in steps:
            now[0] = now_ms
            request = identify(face(1), captured_at_ms=captured_ms - 250)
            assert gate.ask(request).kind == "verdict"
        rows = running.grid.history.query().rows[::-1]
    assert [row.recorded_at_ms for row in rows] == [
        time_ms for time_ms, _captured, _flagged in steps
    ]
    assert [row.clock_skew for row in rows] == [flagged for _now, _captured, flagged in steps]


def test_a_history_of_another_key_is_not_opened(tmp_path: Path) -> None:
    """Its names could not be read, and new ones must not be mixed in."""
    for name in ("one", "other"):
        with served(tmp_path / name) as running, running.checkpoint() as gate:
            assert gate.ask(identify(face(1))).kind == "verdict"
    mine = Served(tmp_path / "one")
    shutil.copyfile(tmp_path / "other/database/match_history.db", mine.folder.database)
    status = mine.grid.start().result(timeout=10)
    assert status.state is GridState.KEY_UNUSABLE
    assert "another key" in status.sentence
    mine.close()
