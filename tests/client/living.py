"""Somebody before a checkpoint who does what is asked, or does not: eyes with moving landmarks."""

import time
from dataclasses import replace

from biometrics.challenge import Action
from biometrics.faces import Face, Image
from biometrics.passive_liveness import Passive, judged
from biometrics.quality import Flaw, FlawKind, QualityLimits
from biometrics.vision import SeenFace, View
from client.events import ClientEvent
from client.liveness_events import ChallengeAsked
from tests.biometrics.heads import Head
from tests.biometrics.sitters import Pose, blinking, turning
from tests.client.fakes import FakeEyes, quality

REACTION_S = 0.35


class Sitter:
    """Hears what is asked and does it; `obeys` False sits still.

    Args:
        obeys: Whether they do it.
        flat: They are a picture on a card.
    """

    def __init__(self, *, obeys: bool = True, flat: bool = False) -> None:
        self.obeys = obeys
        self.head = Head(flat=flat)
        self._asked: Action | None = None
        self._since_s = 0.0

    def hear(self, event: ClientEvent, now_s: float | None = None) -> None:
        """Listens to what the checkpoint posts."""
        if isinstance(event, ChallengeAsked) and event.action is not None:
            self._asked = event.action
            self._since_s = time.monotonic() if now_s is None else now_s

    def pose(self, now_s: float) -> Pose:
        """How the head is held now."""
        at_s = now_s - self._since_s - REACTION_S
        if not self.obeys or self._asked is None:
            return Pose()
        if self._asked is Action.BLINK:
            return blinking(at_s)
        side = 1 if self._asked is Action.TURN_LEFT else -1
        return turning(at_s, to_deg=28.0 * side, for_s=1.0)

    def face(self, seen: SeenFace, now_s: float) -> SeenFace:
        """The face as it is held now, with the flaw of a head turned far."""
        pose = self.pose(now_s)
        landmarks = self.head.look(yaw=pose.yaw, openness=pose.openness)
        flaws = seen.quality.flaws
        if abs(pose.yaw) > 15:
            flaws = (*flaws, Flaw(FlawKind.TURNED_AWAY, abs(pose.yaw), 15))
        return replace(
            seen,
            face=Face(seen.face.box, landmarks, seen.face.strength),
            quality=quality(*flaws, yaw=pose.yaw),
        )


class LivingEyes(FakeEyes):
    """Sees whoever the first pixel names, with the sitter's landmarks."""

    def __init__(self, sitter: Sitter) -> None:
        super().__init__()
        self.sitter = sitter

    def look(self, image: Image, *, limits: QualityLimits | None = None) -> View:
        """The faces of the picture, moving."""
        view = super().look(image, limits=limits)
        now_s = time.monotonic()
        return View(tuple(self.sitter.face(seen, now_s) for seen in view.faces), view.main, 1.0)


class Judge:
    """A passive check that says the same of every look."""

    name = "test"

    def __init__(self, *, live: bool = True) -> None:
        self.live = live
        self.looks = 0

    def judge(self, _image: Image, _face: Face) -> Passive:
        """Far from every limit, or beyond one."""
        self.looks += 1
        return judged({"moire": 0.2 if self.live else 1.8})
