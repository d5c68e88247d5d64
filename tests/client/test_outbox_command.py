"""Tests of `python -m client outbox`."""

import io
import json
import subprocess
import sys
from pathlib import Path

from client.keeping import open_kept
from client.outbox_command import SHOWN, run
from tests.client.test_errands import probe
from tests.client.test_outbox_file import report

ROOT = Path(__file__).resolve().parents[2]


def told(settings: Path, *, discard: bool = False) -> tuple[int, str, str]:
    """The exit code and what was printed."""
    out, err = io.StringIO(), io.StringIO()
    return run(settings, out, err, discard_dead=discard), out.getvalue(), err.getvalue()


def test_what_waits_and_what_was_refused_is_listed_while_a_checkpoint_runs(tmp_path: Path) -> None:
    """Counts, the oldest, and why; nothing of a face."""
    settings = tmp_path / "checkpoint.json"
    outbox = open_kept(settings)
    for number in range(SHOWN + 2):
        outbox.put(report(number))
    outbox.put(probe(99))
    outbox.bury(probe(99).event_id, "implausible_encoding", 5)
    code, out, err = told(settings)
    assert (code, err) == (0, "")
    assert out.startswith(f"{SHOWN + 2} events wait for the server.\n")
    assert f"{report(0).event_id}  no face" in out
    assert "\nand 2 more\n" in out
    assert ["Captured", "Event", "What"] in [line.split() for line in out.splitlines()]
    assert ["Captured", "Event", "Why"] in [line.split() for line in out.splitlines()]
    assert "1 could not be delivered." in out
    assert "could not be encoded" in out
    said = io.StringIO()
    assert run(settings, said, said, as_json=True) == 0
    found = json.loads(said.getvalue())
    assert (found["waiting"], len(found["events"])) == (SHOWN + 2, SHOWN + 2)
    assert found["events"][0]["event_id"] == report(0).event_id
    assert [one["code"] for one in found["refused"]] == ["implausible_encoding"]
    code, _out, err = told(settings, discard=True)
    assert code == 1
    assert "Another checkpoint runs with the same settings" in err
    outbox.close()


def test_discarding_forgets_the_refused_ones_alone(tmp_path: Path) -> None:
    """From the command line, as a program of its own."""
    settings = tmp_path / "checkpoint.json"
    outbox = open_kept(settings)
    for number in (1, 2):
        outbox.put(report(number))
    outbox.bury(report(1).event_id, "bad_message", 5)
    outbox.close()
    done = subprocess.run(
        [
            sys.executable, "-m", "client", "--settings", str(settings),
            "outbox", "--discard-dead",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("1 discarded.\n")
    assert told(settings)[1].startswith("1 event waits for the server.\n")
    assert "delivered" not in told(settings)[1]


def test_no_file_and_a_damaged_one_are_sentences(tmp_path: Path) -> None:
    """Exit code 1; what was damaged is set aside only by who may write."""
    settings = tmp_path / "checkpoint.json"
    assert told(settings)[0] == 1
    open_kept(settings).close()
    (tmp_path / "checkpoint-outbox.db").write_bytes(b"garbage" * 999)
    code, _out, err = told(settings)
    assert code == 1
    assert "damaged" in err
    code, out, err = told(settings, discard=True)
    assert code == 0
    assert "a new one is begun" in err
    assert "0 discarded." in out
