"""A checkpoint on another machine: paired by its code, at work, cut off, and nothing is lost."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks._killable import ROOT, Killable
from benchmarks.durability import held_against_the_database
from desktop.settings import save
from server.data_folder import DataFolder
from server.settings import ServerSettings
from tests.grid.two_machines import Machine, TwoMachines, two_machines
from tests.support import wait_until

PORT = 5050
HEARTBEAT_S = 0.5
CUT_S = 4 * HEARTBEAT_S  # more than three heartbeats: both sides give the connection up


@pytest.fixture
def machines() -> Iterator[TwoMachines]:
    """Both, removed again."""
    with two_machines() as both:
        yield both


def command(machine: Machine, *words: str) -> "subprocess.CompletedProcess[str]":
    """Runs a command of ours on a machine, to its end."""
    return subprocess.run(
        [*machine.prefix, sys.executable, "-m", *words],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_f4_pairing_work_and_a_partition_between_two_machines(
    machines: TwoMachines, tmp_path: Path
) -> None:
    """One code lets the other machine in; a pulled cable loses nothing and doubles nothing."""
    data = tmp_path / "data"
    save(ServerSettings(heartbeat_s=HEARTBEAT_S), DataFolder(data).settings)
    server = Killable(
        ["server", "--headless", "--host", "0.0.0.0", "--port", str(PORT), "--data", str(data)],
        tmp_path / "server.txt",
        machines.server.prefix,
    )
    checkpoint: Killable | None = None
    try:
        server.wait_said('"event": "listening"')
        where = f"{machines.server.address}:{PORT}"
        added = command(
            machines.server, "server", "checkpoints", "add",
            "--address", where, "--json", "--data", str(data),
        )  # fmt: skip
        assert added.returncode == 0, added.stderr
        code = json.loads(added.stdout)["code"]
        settings = tmp_path / "checkpoint" / "checkpoint.json"
        paired = command(
            machines.checkpoint, "client", "pair", code,
            "--settings", str(settings), "--checkpoint-id", "far-gate",
        )  # fmt: skip
        assert paired.returncode == 0, paired.stdout + paired.stderr
        again = command(
            machines.checkpoint, "client", "pair", code,
            "--settings", str(tmp_path / "other" / "checkpoint.json"),
        )  # fmt: skip
        assert again.returncode != 0
        checkpoint = Killable(
            [
                "benchmarks._checkpoint_at_work",
                f"--folder={settings.parent}",
                "--id=far-gate",
                f"--host={machines.server.address}",
                f"--port={PORT}",
                "--per-second=10",
                f"--ledger={tmp_path / 'ledger-0.txt'}",
            ],
            tmp_path / "checkpoint.txt",
            machines.checkpoint.prefix,
        )
        checkpoint.wait_said("connected", timeout_s=60)
        machines.pull_the_cable()
        checkpoint.wait_said("unreachable", timeout_s=30)
        cut_s = time.monotonic()
        wait_until(lambda: time.monotonic() - cut_s > CUT_S, timeout_s=CUT_S + 5)
        heard = checkpoint.heard
        machines.plug_it_in()
        checkpoint.wait_said("connected", after=heard, timeout_s=30)
        checkpoint.ask_to_end()
        assert checkpoint.wait(60) == 0, checkpoint.said
        server.ask_to_end()
        server.wait(10)
    finally:
        for program in (server, checkpoint):
            if program is not None and program.alive:
                program.kill()
    found = held_against_the_database(tmp_path, data)
    assert found.generated > 40
    assert found.kept
    assert found.stored == found.generated == found.acknowledged
