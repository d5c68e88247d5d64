"""Turns what the threads of a checkpoint tell into what its window shows. No Tk, no clock.

The main thread owns a presenter. Time is handed in, so every state, also those that pass by
themselves, can be tested without waiting.
"""

import math
from collections import deque
from dataclasses import replace

from client import kept_wording, link_wording, liveness_wording, wording
from client.enrolment_events import EnrolAnswered, EnrolSampleTaken
from client.events import (
    CameraState,
    CameraStatus,
    ClientEvent,
    Fault,
    LinkState,
    LinkStatus,
    NoProbe,
    NoProbeKind,
    Outcome,
    ProbeSent,
    VerdictArrived,
    VisionPace,
    VisionReport,
    VisionState,
    VisionStatus,
)
from client.liveness_events import ChallengeAsked, ChallengeEnded
from client.signed_in import SignedInHere, must_sign_in
from client.view_model import (
    Banner,
    FaceMark,
    ResultRow,
    Sound,
    StatusBar,
    ViewModel,
)
from protocol.text import printable

# How long an answer stays on the screen, in seconds: a name is read at a glance, a sentence that
# sends somebody elsewhere takes longer.
SHOWN_S: dict[Outcome, float] = {
    Outcome.IDENTIFIED: 3.0,
    Outcome.NOT_ENROLLED: 5.0,
    Outcome.AMBIGUOUS: 6.0,
    Outcome.SERVER_UNREACHABLE: 4.0,
    Outcome.SPOOF_SUSPECTED: 6.0,
}
NO_PROBE_SHOWN_S = 3.0
REFUSED_SHOWN_S = 8.0
"""There are two things to read: what not to do, and whom to ask."""
FAULT_SHOWN_S = 8.0
# A verdict is usually there sooner; a banner that flashes blue for a tenth of a second is noise.
CHECKING_AFTER_S = 0.3
# An answer must come in 2.5 s; after this the question itself got lost.
CHECKING_FOR_AT_MOST_S = 6.0
# Advice appears when it holds this long and stays this long: it neither flickers nor lags.
ADVICE_AFTER_S = 0.4
ADVICE_HELD_S = 0.6
# A report older than this says nothing about the picture now: the boxes go.
REPORT_FRESH_S = 1.0
RESULTS_KEPT = 50
# Of a camera's name in the status bar, so that the figures beside it are not cut at 960 px.
SOURCE_LETTERS = 20

_VERDICT_SOUNDS = {
    Outcome.IDENTIFIED: Sound.IDENTIFIED,
    Outcome.NOT_ENROLLED: Sound.NOT_ENROLLED,
    Outcome.AMBIGUOUS: Sound.ATTENTION,
    Outcome.SERVER_UNREACHABLE: Sound.ATTENTION,
    Outcome.SPOOF_SUSPECTED: Sound.NOT_ENROLLED,
}


class _Advice:
    """Steadies the live advice: neither a single bad frame nor a single good one shows."""

    def __init__(self) -> None:
        self._text = ""
        self._since_s = 0.0
        self._seen_s = -math.inf

    def note(self, text: str, now_s: float) -> None:
        if not text:
            return
        if now_s - self._seen_s > ADVICE_HELD_S:
            self._since_s = now_s
        self._text = text
        self._seen_s = now_s

    def clear(self) -> None:
        self._seen_s = -math.inf

    def at(self, now_s: float) -> str:
        fresh = now_s - self._seen_s <= ADVICE_HELD_S
        return self._text if fresh and now_s - self._since_s >= ADVICE_AFTER_S else ""


class Presenter:
    """Keeps what is known and says what to show.

    Args:
        automatic: Whether people are identified without Space.
    """

    def __init__(self, *, automatic: bool) -> None:
        self.automatic = automatic
        self._camera = CameraStatus(CameraState.STARTING)
        self._vision = VisionStatus(VisionState.LOADING)
        self._pace = VisionPace()
        self._link = LinkStatus(LinkState.CONNECTING)
        self._link_s = 0.0
        self._signed_in = SignedInHere()
        self._trouble = LinkState.CONNECTED
        self._unanswered_in = LinkState.CONNECTED
        self._delivering = False
        self._report: VisionReport | None = None
        self._report_s = -math.inf
        self._advice = _Advice()
        self._asked_s: float | None = None
        self._challenge: tuple[ChallengeAsked, float] | None = None
        self._shown: Banner | None = None
        self._shown_until_s = -math.inf
        self._results: deque[ResultRow] = deque(maxlen=RESULTS_KEPT)

    @property
    def link(self) -> LinkStatus:
        """The newest word about the server."""
        return self._link

    @property
    def report(self) -> VisionReport | None:
        """What was seen last."""
        return self._report

    def handle(self, event: ClientEvent, now_s: float) -> Sound | None:
        """Notes an event.

        Args:
            event: From the checkpoint's mailbox.
            now_s: `time.monotonic()`.

        Returns:
            The sound that belongs to it, if one does.
        """
        self._signed_in.note(event, now_s)
        match event:
            case CameraStatus():
                self._camera = event
            case VisionStatus():
                self._vision = event
            case VisionReport():
                self._note_report(event, now_s)
            case VisionPace():
                self._pace = event
            case LinkStatus():
                return self._note_link(event, now_s)
            case ProbeSent() | ChallengeAsked() | ChallengeEnded():
                return self._note_asked(event, now_s)
            case VerdictArrived():
                return self._note_verdict(event, now_s)
            case NoProbe():
                return self._note_no_probe(event, now_s)
            case Fault():
                self._show(wording.fault(event.sentence), FAULT_SHOWN_S, now_s)
            case _:
                return _enrolment_sound(event)
        return None

    def view(self, now_s: float) -> ViewModel:
        """What to show at `now_s` (`time.monotonic()`); equal values mean nothing to redraw."""
        seeing = self._camera.state is CameraState.OK and self._vision.state is VisionState.READY
        retry_in_s = self._retry_in_s(now_s)
        no_enrolment = link_wording.no_enrolment(self._link)
        signed_in = self._signed_in.name(now_s)
        return ViewModel(
            banner=self._banner(now_s, retry_in_s),
            link=link_wording.badge(self._link, retry_in_s),
            status=self._status(),
            marks=self._marks(now_s),
            results=tuple(self._results),
            picture_hint=self._picture_hint(),
            can_identify=seeing,
            can_enrol=seeing and not no_enrolment,
            enrol_hint=no_enrolment if seeing else "",
            must_sign_in=must_sign_in(self._link, signed_in),
            signed_in=signed_in,
        )

    def _note_report(self, event: VisionReport, now_s: float) -> None:
        self._report = event
        self._report_s = now_s
        served = any(face.main and face.outcome is not None for face in event.faces)
        if event.several:
            self._advice.note(wording.SEVERAL.headline, now_s)
        elif served or not event.faces:
            self._advice.clear()
        else:
            self._advice.note(event.sentence, now_s)

    def _note_link(self, event: LinkStatus, now_s: float) -> Sound | None:
        was = self._link.state
        fell = was is LinkState.CONNECTED and event.state is not LinkState.CONNECTED
        blocked = link_wording.blocked(event.state) and event.state is not was
        self._link = event
        self._link_s = now_s
        if event.state is not LinkState.CONNECTING:  # what is tried again is not mended yet
            self._trouble = event.state
        back = event.state is LinkState.CONNECTED
        came = back and was is not LinkState.CONNECTED
        if fell:
            self._asked_s = None
        if came or (back and not event.kept):
            self._forget_no_answer()
        self._delivering = back and event.kept > 0 and (came or self._delivering)
        return Sound.ATTENTION if fell or blocked else None

    def _note_asked(
        self, event: ProbeSent | ChallengeAsked | ChallengeEnded, now_s: float
    ) -> Sound | None:
        """The server is asked, or first the person: to do something."""
        if isinstance(event, ChallengeAsked):
            self._asked_s, self._challenge = None, (event, now_s)
            return None if event.action is None else Sound.ACTION
        self._challenge = None
        if isinstance(event, ProbeSent):
            self._asked_s = now_s
        return None

    def _note_verdict(self, event: VerdictArrived, now_s: float) -> Sound | None:
        self._add_row(wording.result_row(event, self._trouble))
        if event.late:
            self._forget_no_answer()  # there is one
            return None
        if event.outcome is Outcome.SERVER_UNREACHABLE:
            self._unanswered_in = self._trouble
        self._asked_s = None
        self._show(wording.verdict(event), SHOWN_S[event.outcome], now_s)
        return _VERDICT_SOUNDS[event.outcome]

    def _note_no_probe(self, event: NoProbe, now_s: float) -> Sound | None:
        row = wording.no_probe_row(event)
        if row is not None:
            self._add_row(row)
        if event.late:
            self._forget_no_answer()  # there is one
            return None
        refused = event.kind is NoProbeKind.REFUSED
        if (event.automatic and not refused) or event.kind is NoProbeKind.OUTBOX_FULL:
            return None
        self._asked_s = None
        self._show(wording.no_probe(event), REFUSED_SHOWN_S if refused else NO_PROBE_SHOWN_S, now_s)
        return Sound.ATTENTION

    def _forget_no_answer(self) -> None:
        """Takes "No answer from the server" away: the server is back."""
        if self._shown is wording.NO_ANSWER:
            self._shown = None

    def _add_row(self, row: ResultRow) -> None:
        """Adds a line on top; the late answer to a kept event takes the place of its first line.

        Where that brings no verdict, the line says what was the matter when it was recorded.
        """
        for place, old in enumerate(self._results):
            if row.key and old.key == row.key:
                same = row.result == wording.OUTCOME_WORDS[Outcome.SERVER_UNREACHABLE]
                self._results[place] = replace(row, result=old.result) if same else row
                return
        self._results.appendleft(row if row.key else replace(row, key=f"row-{row.time_ms}"))

    def _show(self, banner: Banner, seconds: float, now_s: float) -> None:
        self._shown = banner
        self._shown_until_s = now_s + seconds

    def _retry_in_s(self, now_s: float) -> int | None:
        if self._link.state is not LinkState.UNREACHABLE or self._link.retry_in_s is None:
            return None
        return max(0, math.ceil(self._link.retry_in_s - (now_s - self._link_s)))

    def _banner(self, now_s: float, retry_in_s: int | None) -> Banner:
        """The most important thing to say now: what blocks comes before what is going on."""
        return (
            self._answer(now_s)
            or self._device_trouble()
            or self._server_trouble(retry_in_s)
            or self._live(now_s)
        )

    def _answer(self, now_s: float) -> Banner | None:
        """The last answer while it is fresh, unless the next person is already being checked."""
        if self._challenge is not None:
            event, asked_s = self._challenge
            return liveness_wording.challenge(event, left_s=event.left_s - (now_s - asked_s))
        if self._asked_s is not None:
            waited_s = now_s - self._asked_s
            if CHECKING_AFTER_S <= waited_s <= CHECKING_FOR_AT_MOST_S:
                return wording.CHECKING
        if self._shown is None or now_s >= self._shown_until_s:
            return None
        if self._shown is wording.NO_ANSWER and self._link.state is not LinkState.CONNECTED:
            return None  # the link's own banner says more
        return self._shown

    def _device_trouble(self) -> Banner | None:
        """Camera and models: without them nobody can be identified."""
        starting = self._camera.state is CameraState.STARTING
        if self._camera.state is not CameraState.OK and not starting:
            return wording.camera(self._camera)
        if self._vision.state is VisionState.FAILED:
            return wording.vision_failed(self._vision.sentence)
        if self._vision.state is VisionState.LOADING:
            return wording.LOADING
        return wording.camera(self._camera) if starting else None

    def _server_trouble(self, retry_in_s: int | None) -> Banner | None:
        if self._link.full:
            return kept_wording.full(self._link)
        if self._link.state is not LinkState.CONNECTED:
            return link_wording.banner(self._link, retry_in_s)
        return None

    def _live(self, now_s: float) -> Banner:
        advice = self._advice.at(now_s)
        if advice == wording.SEVERAL.headline:
            return wording.SEVERAL
        if advice:
            return wording.advice(advice)
        ready = wording.READY if self.automatic else wording.READY_ON_DEMAND
        if self._delivering:
            return link_wording.back(self._link, ready)
        if self._link.people == 0 and not self._results:
            return wording.READY_NOBODY
        return link_wording.clock_off(self._link, ready) if self._link.clock_ahead_min else ready

    def _status(self) -> StatusBar:
        status = self._camera
        parts = [printable(wording.source_words(status.source), SOURCE_LETTERS)]
        if status.width and status.state is CameraState.OK:
            parts.append(f"{status.width}×{status.height}")
            parts.append(f"{status.fps:.0f} frames/s")
        else:
            parts.append(status.state.value)
        ready = self._vision.state is VisionState.READY
        link = self._link
        return StatusBar(
            camera=" · ".join(parts),
            pace=wording.pace(self._pace) if ready else "–",
            engine=wording.engine(self._pace) if ready else "–",
            queue=kept_wording.kept(link.kept) or "0 kept",
            engine_note=self._pace.note if ready else "",
            queue_tone="bad" if link.full else "warn" if link.kept else "neutral",
            undelivered=kept_wording.undelivered(link.dead),
        )

    def _marks(self, now_s: float) -> tuple[FaceMark, ...]:
        fresh = now_s - self._report_s <= REPORT_FRESH_S
        if self._report is None or not fresh or self._camera.state is not CameraState.OK:
            return ()
        several = self._report.several
        if self._challenge is not None:
            return liveness_wording.marks(self._report.faces, self._challenge[0])
        away = self._trouble is not LinkState.CONNECTED
        link = self._trouble if away else self._unanswered_in
        return tuple(
            wording.face_mark(face, several=several, link=link) for face in self._report.faces
        )

    def _picture_hint(self) -> str:
        """What stands in the picture's place while there is no live one."""
        match self._camera.state:
            case CameraState.OK | CameraState.BLACK:
                return ""
            case CameraState.STARTING:
                return "Starting the camera…"
            case CameraState.ENDED:
                return "The recording has ended"
            case _:
                return "No live picture"


def _enrolment_sound(event: ClientEvent) -> Sound | None:
    """Enrolment has its own dialog; here it is only heard."""
    if isinstance(event, EnrolSampleTaken):
        return Sound.SAMPLE_TAKEN
    if isinstance(event, EnrolAnswered):
        return Sound.IDENTIFIED if event.ok else Sound.ATTENTION
    return None
