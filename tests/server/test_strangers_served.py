"""Strangers through the socket: kept by a running server, told to nobody, gone when off."""

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from biometrics.gallery import unit_length
from protocol.messages import Verdict
from server.settings import ServerSettings
from tests.server.wire import GOOD, Peer, enrol, face, identify, new_id, served
from tests.support import wait_until

KEEPING = ServerSettings(port=0, keep_strangers=True)


def ask(gate: Peer, seed: int) -> Any:
    """Somebody before the camera; the answer."""
    return gate.ask(identify(face(seed), quality=GOOD, frames=2))


def test_strangers_are_kept_and_told_to_nobody(tmp_path: Path) -> None:
    """The verdict is the same few fields as without; after a restart they are there."""
    with served(tmp_path, settings=KEEPING) as running, running.checkpoint() as gate:
        gate.ask(enrol("Ann", face(1), face(1, noise=0.2)))
        assert ask(gate, 1).outcome == "identified"
        answer = ask(gate, 50)
        assert isinstance(answer, Verdict)
        assert set(answer.to_wire()) == set(
            Verdict(
                re=new_id(),
                event_id=new_id(),
                outcome="not_enrolled",
                subject_id=None,
                display_name=None,
                server_time_ms=1,
            ).to_wire()
        )
        ask(gate, 50)
        ask(gate, 51)
        assert "2 strangers known" in running.grid.strangers_known
        told = gate.raw + repr(answer).encode()
        for seed in (50, 51):
            row = unit_length(face(seed)).astype("<f4").tobytes()
            assert row not in told
            assert base64.b64encode(row)[:40] not in told
    with served(tmp_path, settings=KEEPING) as running:
        assert "2 strangers known" in running.grid.strangers_known


def test_enrolled_later_and_forgotten(tmp_path: Path) -> None:
    """Whoever comes in is dropped within seconds; the button forgets the others."""
    with served(tmp_path, settings=KEEPING) as running, running.checkpoint() as gate:
        for seed in (50, 51, 52):
            ask(gate, seed)
        gate.ask(enrol("Dag", face(50, noise=0.1), face(50, noise=0.1, noise_seed=3)))
        wait_until(lambda: "2 strangers known" in running.grid.strangers_known)
        assert running.grid.forget_strangers().result(timeout=5) == 2
        assert running.grid.strangers_known == "No strangers known yet."


def test_switched_off_in_the_settings(tmp_path: Path) -> None:
    """The file goes with the setting, and off is how a server starts."""
    assert not ServerSettings().keep_strangers
    path = tmp_path / "database" / "strangers.sealed"
    with served(tmp_path, settings=KEEPING) as running, running.checkpoint() as gate:
        ask(gate, 50)
        assert "1 stranger known" in running.grid.strangers_known
    assert path.exists()
    with served(tmp_path, settings=KEEPING) as running:
        running.grid.change_settings(replace(running.grid.settings, keep_strangers=False))
        wait_until(lambda: not path.exists())
        assert running.grid.strangers_known == "No strangers known yet."


def test_a_damaged_file_stops_nothing(tmp_path: Path) -> None:
    """The server starts, names it, and goes on."""
    path = tmp_path / "database" / "strangers.sealed"
    with served(tmp_path):
        pass
    path.write_bytes(np.arange(100, dtype=np.uint8).tobytes())
    with served(tmp_path, settings=KEEPING) as running, running.checkpoint() as gate:
        assert ask(gate, 50).outcome == "not_enrolled"
        faults = [event.sentence for event in running.events if hasattr(event, "sentence")]
        assert any("strangers.sealed.damaged" in sentence for sentence in faults)
        assert "1 stranger known" in running.grid.strangers_known
