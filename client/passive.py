"""The passive check of the face in view: its looks are judged, and fused for each track."""

import logging
from pathlib import Path

from biometrics.faces import Image
from biometrics.pad_network import OnnxPad, PadRefused
from biometrics.passive_liveness import KEPT, ImageCues, PassiveCheck, PassiveTrack
from biometrics.vision import SeenFace
from client.liveness_wording import CUES, NOT_JUDGED
from desktop.logs import log_event

log = logging.getLogger(__name__)


def open_judge(pad_model: str) -> PassiveCheck:
    """What judges single looks: plain image processing, or a network of the user's own.

    Args:
        pad_model: The network's file; "" for none.

    Raises:
        PadRefused: The file is no such network; the message says why.
    """
    return OnnxPad(Path(pad_model)) if pad_model else ImageCues()


class Judging:
    """Judges the face before the camera; another track begins anew. For the vision thread."""

    def __init__(self) -> None:
        self._check: PassiveCheck | None = None
        self._trouble = NOT_JUDGED
        self._track: PassiveTrack | None = None
        self._track_id: int | None = None
        self._looks = 0

    def use(self, check: PassiveCheck | None, trouble: str = NOT_JUDGED) -> None:
        """Judges with this from now on.

        Args:
            check: None where there is none to judge with: then nobody looks alive.
            trouble: Why there is none.
        """
        self._check, self._trouble = check, trouble
        self._track = self._track_id = None

    @property
    def enough(self) -> bool:
        """Whether a probe need not wait for more looks."""
        return self._check is None or (self._track is not None and self._track.verdict is not None)

    @property
    def result(self) -> tuple[bool, str]:
        """Whether the face looks alive, and why not; not alive when it could not be judged."""
        verdict = None if self._track is None or self._check is None else self._track.verdict
        if verdict is None:
            return False, self._trouble
        return verdict.live, CUES[verdict.reason]

    def afresh(self) -> None:
        """Of the face in view only looks from now on count; how wide it was stays known."""
        if self._track is not None:
            self._track.afresh()

    def look(self, image: Image, seen: SeenFace, track_id: int, *, held: bool) -> None:
        """Takes one look at the face; poor ones say nothing.

        Args:
            image: The frame.
            seen: The face in it.
            track_id: Its track.
            held: A probe waits: every look counts. Otherwise a few are taken ahead.
        """
        if self._track is None or track_id != self._track_id:
            self._track, self._track_id, self._looks = PassiveTrack(), track_id, 0
        enough = self._looks >= KEPT and not held
        if self._check is None or enough or not seen.quality.usable:
            return
        self._looks += 1
        try:
            self._track.add(self._check.judge(image, seen.face), seen.face)
        except PadRefused as error:
            log_event(log, "pad_failed", level=logging.ERROR, reason=str(error))
            self.use(None, str(error))
