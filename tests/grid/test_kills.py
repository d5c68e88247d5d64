"""Server and checkpoints killed again and again behind an unkind network: nothing is lost."""

import os
from pathlib import Path

import pytest

from benchmarks._unkind_proxy import Faults
from benchmarks.durability import Plan, measure

# The whole of it, 20 checkpoints at 10 events a second for a minute with 10 kills of each side, is
# `run.py bench durability`.
SECONDS = float(os.environ.get("FACENETGRID_KILLS_S", "5"))


@pytest.mark.alone
def test_d4_every_event_once_though_both_sides_are_killed(tmp_path: Path) -> None:
    """Acknowledged minus stored is empty, nothing is there twice, everything generated is there."""
    plan = Plan(
        checkpoints=4,
        per_second=8,
        seconds=SECONDS,
        server_kills=4,
        checkpoint_kills=4,
        faults=Faults(delay_s=0.03, split=0.1, cut=0.01),
    )
    found = measure(plan, tmp_path)
    assert found.kills == 8
    assert found.generated > 20 * SECONDS / 2
    assert found.broken_promises == 0
    assert found.duplicated == 0
    assert found.lost == 0
    assert found.sound
    assert found.ready_s < 3.0
