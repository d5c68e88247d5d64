"""Tests of what is said about a face."""

from biometrics.quality import Flaw, FlawKind
from client.events import NoProbeKind
from client.reasons import advice, flawed, several, unserved
from tests.client.fakes import quality

SMALL = Flaw(FlawKind.TOO_SMALL, 54, 80)
CROWD = Flaw(FlawKind.SEVERAL_FACES, 2, 1)


def test_the_worst_flaw_is_the_advice() -> None:
    """With its numbers; nothing is said about a good face or none."""
    assert advice(quality(SMALL)) == "Come closer: 54 px, 80 needed"
    assert advice(quality()) == advice(None) == ""


def test_several_faces_come_before_everything_else() -> None:
    """Nobody comes closer while two stand there."""
    both = quality(SMALL, CROWD)
    assert several(both)
    assert "one person at a time" in advice(both)
    kind, _sentence, flaws = flawed(both)
    assert kind is NoProbeKind.SEVERAL_FACES
    assert flaws == ("too_small", "several_faces")


def test_space_is_answered_with_what_was_seen_last() -> None:
    """No face, a poor one, or a good one that never stood still."""
    assert unserved(None)[0] is NoProbeKind.NO_FACE
    assert unserved(quality(SMALL)) == flawed(quality(SMALL))
    assert unserved(quality())[2] == ("moving",)
    for found in (None, quality(SMALL), quality()):
        assert unserved(found)[1].endswith(".")
