"""From frames to events: whose face is asked about, when, and why not. For the vision thread.

One person in front of the camera is one event, however long the stay and however often the
detector loses the face. Encoding begins with the first usable frame, before the face is known to
be steady, so that most of the work is done when it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from biometrics.consensus import Consensus, Probe, Swapped, Visits
from biometrics.quality import Quality
from biometrics.track import Track
from biometrics.vision import Encode, SeenFace, View
from biometrics.yardstick import DLIB, Yardstick
from client.camera.frames import Frame
from client.event_ids import new_event_id
from client.events import (
    ClientEvent,
    FaceView,
    NoProbe,
    NoProbeKind,
    Outcome,
    ProbeSent,
    VerdictArrived,
    VisionReport,
)
from client.outbox import KeptEvent
from client.reasons import advice, face_view, flawed, several, unserved

LINGER_S = 1.6
"""Gone for longer than this is a new visit: the detector loses faces for up to a second, and two
people one after another leave the doorway empty for one and a half."""

SWAP_CHECK_S = 2.0
"""While somebody stays the face is encoded again this often: another face is another visit."""

NOW_WITHIN_S = 1.25
"""Space is answered with a reason after this; the answer is there within 1.5 s."""

COMPLAIN_AFTER_S = 5.0
"""Somebody in view this long without one usable frame is reported once: a failure to acquire."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a face first was steady, and who it truly was."""

    captured_at_ms: int
    monotonic_s: float
    label: str | None


@dataclass(slots=True)
class Sitting:
    """What is known about the face of one track."""

    consensus: Consensus = field(default_factory=Consensus)
    steady: Moment | None = None
    visit: int | None = None
    checked_s: float = 0.0
    complained: bool = False


@dataclass(slots=True)
class Pressed:
    """Space was pressed and nobody has been asked about yet."""

    at_s: float
    at_ms: int
    quality: Quality | None = None


@dataclass(slots=True)
class Stay:
    """The verdict of a visit."""

    outcome: Outcome | None = None
    name: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Hand:
    """Where an event goes, with what the verdict needs."""

    event: KeptEvent
    steady_s: float
    label: str | None = field(default=None)


class Probing:
    """Decides frame by frame.

    Args:
        encode: Encodes those views of a face.
        ask: Takes events for the server.
        post: Takes `ProbeSent` and `NoProbe`.
        linger_s: How long somebody may be gone and still be on the same visit.
    """

    def __init__(
        self,
        encode: Encode,
        ask: Callable[[Hand], None],
        post: Callable[[ClientEvent], None],
        *,
        linger_s: float = LINGER_S,
    ) -> None:
        self._encode = encode
        self._ask = ask
        self._post = post
        self._linger_s = linger_s
        self._yardstick = DLIB
        self._visits = self._nobody()
        self._sittings: dict[int, Sitting] = {}
        self._stays: dict[int, Stay] = {}
        self._events: dict[str, int] = {}
        self._pressed: Pressed | None = None
        self._at_s = 0.0
        self.automatic = True
        self.busy = False
        """Whether a probe is being made or wanted: then every frame counts."""

    def use(self, yardstick: Yardstick) -> None:
        """Another encoder: what is near with the one before says nothing."""
        self._yardstick = yardstick
        self.forget()

    def identify_now(self, at_s: float, at_ms: int) -> None:
        """Space: somebody is asked about, or a reason is given, within `NOW_WITHIN_S`."""
        if self._pressed is None:
            self._pressed = Pressed(at_s, at_ms)

    def _nobody(self) -> Visits:
        return Visits(linger_s=self._linger_s, same_visit=self._yardstick.same_visit)

    def _consensus(self) -> Consensus:
        return Consensus(same_face=self._yardstick.same_face)

    def forget(self) -> None:
        """Everybody in view is somebody new: after an enrolment, or another camera."""
        self._visits = self._nobody()
        self._sittings.clear()
        self._stays.clear()
        self._events.clear()

    def noticed(self, verdict: VerdictArrived) -> None:
        """Remembers a verdict, for the name on the box."""
        visit = self._events.pop(verdict.event_id, None)
        if visit is not None and visit in self._stays and not verdict.late:
            self._stays[visit] = Stay(verdict.outcome, verdict.display_name, verdict.reason)

    def consider(
        self, frame: Frame, view: View, tracks: tuple[Track, ...], *, at_s: float
    ) -> VisionReport:
        """Looks at one frame; encodes at most one face.

        Args:
            frame: The frame.
            view: What was found in it.
            tracks: The track of each face of the view.
            at_s: When, by the clock of `Watching`.
        """
        self._at_s = at_s
        self.busy = self._pressed is not None
        self._prune(tracks)
        main = view.main_face
        pressed = self._pressed
        if pressed is not None and main is not None:
            pressed.quality = main.quality
        if main is not None and view.main is not None:
            self._serve(frame, main, tracks[view.main])
        return self._report(frame, view, tracks)

    def tick(self, now_s: float) -> None:
        """Gives the reason when Space could not be served in time."""
        pressed = self._pressed
        if pressed is None or now_s - pressed.at_s < NOW_WITHIN_S:
            return
        self._pressed = None
        kind, sentence, flaws = unserved(pressed.quality)
        self._no_probe(kind, sentence, flaws, at_ms=pressed.at_ms, automatic=False)

    def _prune(self, tracks: tuple[Track, ...]) -> None:
        """Forgets the faces that are gone; their visits linger on their own."""
        here = {track.id for track in tracks}
        if len(self._sittings) > len(here) + 16:
            self._sittings = {
                key: sitting for key, sitting in self._sittings.items() if key in here
            }
        while len(self._stays) > 256:
            self._stays.pop(next(iter(self._stays)))
        while len(self._events) > 256:
            self._events.pop(next(iter(self._events)))

    def _serve(self, frame: Frame, seen: SeenFace, track: Track) -> None:
        sitting = self._sittings.setdefault(track.id, Sitting(self._consensus()))
        if sitting.visit is not None:
            self._visits.seen(sitting.visit, self._at_s)
        if not seen.quality.usable:
            if not sitting.consensus.complete:
                sitting.steady = None
            self._complain(frame, seen, track, sitting)
            return
        if not track.steady:
            if not sitting.consensus.complete:
                sitting.steady = None
        elif sitting.steady is None:
            sitting.steady = Moment(frame.captured_at_ms, frame.monotonic_s, frame.label)
        if self._pressed is not None and sitting.consensus.complete:
            moment = Moment(frame.captured_at_ms, frame.monotonic_s, frame.label)
            self._sittings[track.id] = sitting = Sitting(self._consensus(), steady=moment)
        if self._wants(sitting):
            self._add(frame, seen, sitting, steady=track.steady)
        self.busy = self.busy or (self.automatic and not sitting.consensus.complete)

    def _wants(self, sitting: Sitting) -> bool:
        """Whether an encoding of this face is wanted at all."""
        if sitting.consensus.complete:
            return self.automatic and self._at_s - sitting.checked_s >= SWAP_CHECK_S
        return self.automatic or self._pressed is not None

    def _add(self, frame: Frame, seen: SeenFace, sitting: Sitting, *, steady: bool) -> None:
        """Encodes this frame when it adds something.

        The last frame of a probe must be a steady one. Those before are encoded ahead, and again
        when the face is seen better.
        """
        consensus = sitting.consensus
        views = consensus.views_for(seen.quality, may_complete=steady)
        if views is None:
            return
        encoding = self._encode(seen, views)
        sitting.checked_s = self._at_s
        result = consensus.add(encoding, seen.quality, may_complete=steady)
        if isinstance(result, Swapped):
            sitting.visit = None
            sitting.steady = Moment(frame.captured_at_ms, frame.monotonic_s, frame.label)
        elif isinstance(result, Probe):
            self._probe(frame, sitting, result)

    def _probe(self, frame: Frame, sitting: Sitting, probe: Probe) -> None:
        visit = self._visits.arrived(probe.encoding, self._at_s)
        sitting.visit = visit.id
        pressed, self._pressed = self._pressed, None
        if not visit.is_new and pressed is None:
            return
        steady = sitting.steady
        if steady is None:
            steady = Moment(frame.captured_at_ms, frame.monotonic_s, frame.label)
        event = KeptEvent(
            event_id=new_event_id(steady.captured_at_ms),
            captured_at_ms=steady.captured_at_ms,
            automatic=pressed is None,
            encoding=tuple(float(number) for number in probe.encoding),
            quality=dict(probe.quality),
            frames=probe.frames,
        )
        self._stays[visit.id] = Stay()
        self._events[event.event_id] = visit.id
        self._post(ProbeSent(event.event_id, event.captured_at_ms, event.automatic))
        self._ask(Hand(event, steady.monotonic_s, steady.label or frame.label))

    def _complain(self, frame: Frame, seen: SeenFace, track: Track, sitting: Sitting) -> None:
        """Reports once that somebody is there and cannot be seen well enough."""
        if sitting.complained or sitting.visit is not None or not self.automatic:
            return
        if track.age_s < COMPLAIN_AFTER_S:
            return
        sitting.complained = True
        kind, sentence, flaws = flawed(seen.quality)
        self._no_probe(
            kind,
            sentence,
            flaws,
            at_ms=frame.captured_at_ms,
            automatic=True,
            label=frame.label,
        )

    def _no_probe(
        self,
        kind: NoProbeKind,
        sentence: str,
        flaws: tuple[str, ...],
        *,
        at_ms: int,
        automatic: bool,
        label: str | None = None,
    ) -> None:
        event = KeptEvent(
            event_id=new_event_id(at_ms),
            captured_at_ms=at_ms,
            automatic=automatic,
            report="no_face" if kind is NoProbeKind.NO_FACE else "poor_quality",
            flaws=flaws,
        )
        self._post(NoProbe(event.event_id, kind, sentence, flaws, automatic, at_ms, label))
        self._ask(Hand(event, 0.0, label))

    def _report(self, frame: Frame, view: View, tracks: tuple[Track, ...]) -> VisionReport:
        main = view.main_face
        crowd = main is not None and several(main.quality)
        return VisionReport(
            captured_at_ms=frame.captured_at_ms,
            width=frame.width,
            height=frame.height,
            faces=tuple(
                self._face_view(seen, track, main=index == view.main and not crowd)
                for index, (seen, track) in enumerate(zip(view.faces, tracks, strict=True))
            ),
            sentence=advice(None if main is None else main.quality),
            several=crowd,
        )

    def _face_view(self, seen: SeenFace, track: Track, *, main: bool) -> FaceView:
        sitting = self._sittings.get(track.id)
        visit = None if sitting is None else sitting.visit
        stay = Stay() if visit is None else self._stays.get(visit, Stay())
        return face_view(
            seen, track, main=main, outcome=stay.outcome, name=stay.name, reason=stay.reason
        )
