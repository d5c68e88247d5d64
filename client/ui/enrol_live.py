"""What the live picture of an enrolment shows: the faces, how good, and what is to be done."""

import time

from client import liveness_wording, wording
from client.events import VisionReport
from client.liveness_events import ChallengeAsked, ChallengeEnded
from client.ui.enrol_page import EnrolPage


class EnrolLive:
    """Puts reports of what is seen on the page, and a challenge while there is one.

    Args:
        page: The page of the dialog.
    """

    def __init__(self, page: EnrolPage) -> None:
        self._page = page
        self._asked: tuple[ChallengeAsked | ChallengeEnded, float] | None = None

    def asked(self, event: ChallengeAsked | ChallengeEnded) -> None:
        """The server wants to see that the person lives, or it is over."""
        self._asked = (event, time.monotonic())
        self._show_asked()

    def seen(self, report: VisionReport) -> None:
        """Marks the faces and says how good the picture is."""
        page = self._page
        asked = self._show_asked()
        if asked is not None:
            page.video.show_marks(liveness_wording.marks(report.faces, asked))
            return
        face = next((face for face in report.faces if face.main), None)
        page.video.show_marks(
            tuple(wording.face_mark(seen, several=report.several) for seen in report.faces)
        )
        if report.several:
            page.meter.show(0.0, wording.SEVERAL.headline)
        elif face is None:
            page.meter.show(None, "")
        else:
            page.meter.show(face.meter, (face.advice or "").rstrip("."))

    def _show_asked(self) -> ChallengeAsked | None:
        """What the person is to do, where the server wants to see that they live."""
        event, since_s = self._asked or (None, 0.0)
        if not isinstance(event, ChallengeAsked):
            self._page.ask(None)
            return None
        left_s = event.left_s - (time.monotonic() - since_s)
        self._page.ask(liveness_wording.challenge(event, left_s=left_s))
        return event
