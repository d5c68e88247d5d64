"""The event log under kill -9: nothing acknowledged is lost, nothing is stored twice."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.database.examples import event
from tests.database.test_log import WAIT_S, make, stored_ids


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database will be."""
    return tmp_path / "match_history.db"


_KILLED_AT = """
import os, signal, sys
from pathlib import Path
from database.log import EventLog
from database.transactions import Store
from tests.database.examples import CIPHER, event
path, event_id, stage = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
def die(*_args):
    os.kill(os.getpid(), signal.SIGKILL)
add = Store.add
def add_and_die(store, row):
    add(store, row)
    die()
log = EventLog(path, CIPHER, backup_folder=path.parent / "backups")
log.open()
if stage == "before insert":
    Store.add = die
if stage == "after insert":
    Store.add = add_and_die
if stage == "after commit":
    from concurrent.futures import Future
    Future.set_result = die
log.append(event(event_id=event_id)).result(20)
if stage == "after the answer":
    die()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
@pytest.mark.parametrize(
    ("stage", "kept"),
    [("before insert", 0), ("after insert", 0), ("after commit", 1), ("after the answer", 1)],
)
def test_f2_killed_at_every_stage_an_event_is_stored_once(
    path: Path, stage: str, kept: int
) -> None:
    """All or nothing by itself, and exactly one row when the checkpoint sends it again."""
    record = event()
    make_once = make(path)
    make_once.open()
    make_once.close()
    done = subprocess.run(
        [sys.executable, "-c", _KILLED_AT, str(path), record.event_id, stage], check=False
    )
    assert done.returncode == -signal.SIGKILL
    with make(path) as log:
        assert len(stored_ids(path)) == kept
        assert log.append(record).result(WAIT_S).duplicate is bool(kept)
    assert stored_ids(path) == [record.event_id]


_WRITER = """
import sys, threading
from pathlib import Path
from database.log import EventLog
from tests.database.examples import CIPHER, event
path = Path(sys.argv[1])
log = EventLog(path, CIPHER, backup_folder=path.parent / "backups")
log.open()
printing = threading.Lock()
def work():
    while True:
        record = log.append(event()).result(20).record
        with printing:
            print(record.event_id, flush=True)
for _ in range(6):
    threading.Thread(target=work).start()
"""


def test_f1_kill_9_loses_nothing_acknowledged(path: Path) -> None:
    """Five kills under load: acknowledged minus stored is empty, no id twice, sound, soon ready."""
    acknowledged: list[str] = []
    for _ in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            acknowledged += [child.stdout.readline().strip() for _ in range(60)]
            child.kill()
            # What was printed before the kill was acknowledged as well; a cut line was not.
            rest = child.stdout.read()
            acknowledged += [line for line in rest.split("\n")[:-1] if line]
        assert len(acknowledged[-1]) == 32
    began = time.monotonic()
    with make(path) as log:
        assert time.monotonic() - began < 3.0
        again = log.append(event(event_id=acknowledged[0])).result(WAIT_S)
        assert again.duplicate
    stored = stored_ids(path)
    assert set(acknowledged) - set(stored) == set()
    assert len(stored) == len(set(stored))
    assert len(acknowledged) >= 300
