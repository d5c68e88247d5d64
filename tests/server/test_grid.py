"""The grid as a whole, through a real socket on 127.0.0.1."""

from pathlib import Path

from tests.server.wire import enrol, face, heartbeat, identify, report, served


def test_enrol_then_identify(tmp_path: Path) -> None:
    """A stranger is not enrolled; after enrolment the same face is identified by name."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        first = gate.ask(identify(face(1)))
        assert (first.outcome, first.subject_id, first.display_name) == ("not_enrolled", None, None)
        enrolled = gate.ask(enrol("Grace Hopper", face(1), face(1, noise=0.1)))
        assert enrolled.kind == "enrolled"
        again = gate.ask(identify(face(1, noise=0.1, noise_seed=3)))
        assert (again.outcome, again.display_name) == ("identified", "Grace Hopper")
        assert again.subject_id == enrolled.subject_id
        assert gate.ask(report()).kind == "recorded"
        assert gate.ask(heartbeat()).kind == "heartbeat_reply"
        assert len(running.stored) == 3
        assert running.grid.history.count() == 3
