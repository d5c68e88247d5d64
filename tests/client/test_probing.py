"""Tests of whose face is asked about, when, and why not: no threads, no models, no clock."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from biometrics.track import Tracker
from biometrics.views import Views
from biometrics.vision import SeenFace, View
from client.camera.frames import Frame
from client.events import NoProbe, NoProbeKind, Outcome, ProbeSent, VerdictArrived, VisionReport
from client.pose import Pose
from client.probing import COMPLAIN_AFTER_S, LINGER_S, NOW_WITHIN_S, Hand, Probing
from tests.client import fakes
from tests.client.fakes import EILEEN, GRACE, NOBODY, POOR, SEVERAL, Collector


class Stage:
    """A checkpoint's eyes with a clock of its own, ten frames a second."""

    def __init__(self) -> None:
        self.posted = Collector()
        self.asked: list[Hand] = []
        self.encoded: list[Views] = []
        self.meters: Iterator[float] = itertools.repeat(0.9)
        self.tracker = Tracker()
        self.now_s = 100.0
        self.probing = Probing(self._encode, self.asked.append, self.posted)

    def _encode(self, seen: SeenFace, views: Views) -> NDArray[np.float64]:
        self.encoded.append(views)
        return fakes.direction(int(seen.chip[0, 0, 0]))

    def show(self, *who: int, seconds: float = 0.1, label: str | None = None) -> VisionReport:
        """Shows somebody for a while; gives the last report."""
        report = None
        for _ in range(max(1, round(seconds * 10))):
            self.now_s += 0.1
            present = [each for each in who if each != NOBODY]
            shown = replace(fakes.frame(present[0] if present else NOBODY), label=label)
            shown = Frame(shown.image, round(self.now_s * 1000), self.now_s, label)
            view = _with_meter(fakes.view(*present), next(self.meters))
            tracks = self.tracker.update([seen.face for seen in view.faces], self.now_s)
            report = self.probing.consider(shown, view, tracks, at_s=self.now_s)
            self.probing.tick(self.now_s)
        assert report is not None
        return report

    def press(self) -> None:
        """Space."""
        self.probing.identify_now(self.now_s, round(self.now_s * 1000))

    @property
    def probes(self) -> list[Hand]:
        """Events with an encoding."""
        return [hand for hand in self.asked if hand.event.encoding]

    @property
    def reports(self) -> list[Hand]:
        """Events without."""
        return [hand for hand in self.asked if hand.event.report]


def _with_meter(view: View, meter: float) -> View:
    faces = [replace(each, quality=replace(each.quality, meter=meter)) for each in view.faces]
    return replace(view, faces=tuple(faces))


def test_one_person_for_five_seconds_is_one_event() -> None:
    """Two frames fused, each of several views, and the label of the steady frame."""
    stage = Stage()
    stage.show(GRACE, seconds=5.0, label="Grace Hopper")
    (hand,) = stage.probes
    assert stage.encoded[:2] == ["probe", "probe"]
    assert hand.event.frames == 2
    assert hand.event.automatic
    assert hand.label == "Grace Hopper"
    assert hand.event.quality["size_px"] == 150.0
    assert np.allclose(hand.event.encoding, fakes.direction(GRACE))
    (sent,) = stage.posted.of(ProbeSent)
    assert sent.event_id == hand.event.event_id
    assert sent.captured_at_ms == round(hand.steady_s * 1000)


def test_the_first_frame_is_encoded_before_the_face_is_steady() -> None:
    """The probe is there with the first steady frame, which is the second one seen."""
    stage = Stage()
    stage.show(GRACE)
    assert len(stage.encoded) == 1
    assert not stage.probes
    stage.show(GRACE)
    (hand,) = stage.probes
    assert hand.steady_s == stage.now_s


def test_somebody_who_walks_up_is_encoded_again_when_seen_better() -> None:
    """Four views before the face is steady, of which one is clearly better: two encodings."""
    stage = Stage()
    stage.tracker = Tracker(steady_move=-1.0)
    stage.meters = iter([0.5, 0.52, 0.65, 0.66])
    stage.show(GRACE, seconds=0.4)
    assert stage.encoded == ["probe", "probe"]
    assert not stage.probes


def test_one_person_is_one_event_when_the_detector_loses_the_face() -> None:
    """A look aside of a second: another track, the same visit."""
    stage = Stage()
    stage.show(GRACE, seconds=1.0)
    stage.show(NOBODY, seconds=1.2)
    stage.show(GRACE, seconds=2.0)
    assert len(stage.probes) == 1


def test_coming_back_later_is_another_event() -> None:
    """After the linger."""
    stage = Stage()
    stage.show(GRACE, seconds=1.0)
    stage.show(NOBODY, seconds=LINGER_S + 0.3)
    stage.show(GRACE, seconds=1.0)
    assert len(stage.probes) == 2


def test_two_people_one_after_another_are_two_events() -> None:
    """Even at once, in the same place: a face that changes within a track is noticed."""
    stage = Stage()
    stage.show(GRACE, seconds=1.0)
    stage.show(EILEEN, seconds=3.5)
    assert len(stage.probes) == 2
    assert np.allclose(stage.probes[1].event.encoding, fakes.direction(EILEEN))


def test_the_verdict_names_the_box_for_the_whole_visit() -> None:
    """Also on the next track of the same visit; not after a late answer."""
    stage = Stage()
    stage.show(GRACE, seconds=0.5)
    event = stage.probes[0].event
    late = VerdictArrived(
        event.event_id, Outcome.SERVER_UNREACHABLE, None, 0, 1.0, automatic=True, late=True
    )
    stage.probing.noticed(replace(late, event_id="unknown"))
    assert stage.show(GRACE).faces[0].name is None
    stage.probing.noticed(
        replace(late, outcome=Outcome.IDENTIFIED, display_name="Grace Hopper", late=False)
    )
    face = stage.show(GRACE).faces[0]
    assert (face.name, face.outcome, face.main) == ("Grace Hopper", Outcome.IDENTIFIED, True)
    stage.show(NOBODY, seconds=1.2)
    assert stage.show(GRACE, seconds=0.5).faces[0].name == "Grace Hopper"


def test_why_somebody_was_not_accepted_stays_with_the_face() -> None:
    """The box says no more than the large line did."""
    stage = Stage()
    stage.show(GRACE, seconds=0.5)
    event_id = stage.probes[0].event.event_id
    verdict = VerdictArrived(event_id, Outcome.SPOOF_SUSPECTED, None, 0, 1.0, automatic=True)
    stage.probing.noticed(replace(verdict, reason="Nothing was done in time."))
    assert stage.show(GRACE).faces[0].reason == "Nothing was done in time."


def test_poor_quality_says_live_what_to_do_and_asks_nobody() -> None:
    """With the numbers; after five seconds it is reported once."""
    stage = Stage()
    report = stage.show(POOR, seconds=1.0)
    assert report.sentence == "Come closer: 54 px, 80 needed"
    assert report.faces[0].advice == report.sentence
    assert not stage.asked
    stage.show(POOR, seconds=COMPLAIN_AFTER_S + 3)
    (hand,) = stage.reports
    assert (hand.event.report, hand.event.flaws) == ("poor_quality", ("too_small",))
    (reason,) = stage.posted.of(NoProbe)
    assert reason.automatic
    assert not stage.encoded


def test_several_faces_are_said_and_nobody_is_asked_about() -> None:
    """Unless one is clearly nearer, which the quality decides."""
    stage = Stage()
    report = stage.show(SEVERAL, EILEEN, seconds=1.0)
    assert report.several
    assert "one person at a time" in report.sentence
    assert not any(face.main for face in report.faces)
    assert not stage.asked
    report = stage.show(GRACE, EILEEN, seconds=1.0)
    assert [face.main for face in report.faces] == [True, False]
    (hand,) = stage.probes
    assert np.allclose(hand.event.encoding, fakes.direction(GRACE))


def test_space_asks_when_automatic_is_off() -> None:
    """And only then; the event says so."""
    stage = Stage()
    stage.probing.automatic = False
    stage.show(GRACE, seconds=2.0)
    assert not stage.asked
    stage.press()
    stage.show(GRACE, seconds=0.5)
    (hand,) = stage.probes
    assert not hand.event.automatic


def test_space_asks_again_about_somebody_who_was_asked_about() -> None:
    """The person wants it; the visit is the same, the event another one."""
    stage = Stage()
    stage.show(GRACE, seconds=1.0)
    stage.press()
    stage.press()
    stage.show(GRACE, seconds=2.0)
    assert [hand.event.automatic for hand in stage.probes] == [True, False]
    assert len({hand.event.event_id for hand in stage.probes}) == 2


def test_space_without_a_face_gives_the_reason_in_time_and_reports_it() -> None:
    """Within a second and a half."""
    stage = Stage()
    stage.press()
    pressed_s = stage.now_s
    while not stage.posted.of(NoProbe):
        stage.show(NOBODY)
        assert stage.now_s - pressed_s <= 1.5
    (reason,) = stage.posted.of(NoProbe)
    assert reason.kind is NoProbeKind.NO_FACE
    assert not reason.automatic
    (hand,) = stage.reports
    assert (hand.event.report, hand.event.event_id) == ("no_face", reason.event_id)
    stage.show(NOBODY, seconds=3.0)
    assert len(stage.asked) == 1


def test_space_before_a_poor_face_gives_the_cure() -> None:
    """Poor, several, or moving all the time."""
    for who, kind in ((POOR, NoProbeKind.POOR_QUALITY), (SEVERAL, NoProbeKind.SEVERAL_FACES)):
        stage = Stage()
        stage.press()
        stage.show(who, seconds=NOW_WITHIN_S + 0.2)
        (reason,) = stage.posted.of(NoProbe)
        assert reason.kind is kind
        assert stage.reports[0].event.report == "poor_quality"


def test_a_face_that_never_stands_still_is_told_so() -> None:
    """The track jumps with every frame: one encoding, no probe."""
    stage = Stage()
    stage.press()
    for step in range(16):
        stage.tracker = Tracker()
        stage.show(GRACE)
        assert step < 16
    (reason,) = stage.posted.of(NoProbe)
    assert reason.flaws == ("moving",)
    assert "still" in reason.sentence


def test_forgetting_asks_anew() -> None:
    """After an enrolment the person is recognised at once."""
    stage = Stage()
    stage.show(GRACE, seconds=1.0)
    stage.probing.forget()
    stage.show(GRACE, seconds=1.0)
    assert len(stage.probes) == 2


def test_a_thousand_visitors_leave_nothing_behind() -> None:
    """Memory stays bounded."""
    stage = Stage()
    for _ in range(400):
        stage.show(GRACE, seconds=0.3)
        stage.show(NOBODY, seconds=0.1)
        stage.now_s += LINGER_S + 2
    assert len(stage.probes) == 400
    assert len(stage.probing._sittings) < 40
    assert len(stage.probing._stays) < 300
    assert len(stage.probing._events) < 300


def test_poses_are_in_the_report() -> None:
    """For the enrolment dialog."""
    stage = Stage()
    assert stage.show(GRACE).faces[0].pose is Pose.STRAIGHT
    assert stage.show(fakes.TURNED_LEFT).faces[0].pose is Pose.LEFT


def test_every_frame_counts_only_while_a_probe_is_made_or_wanted() -> None:
    """Otherwise the vision thread may rest between two looks."""
    stage = Stage()
    stage.show(NOBODY)
    assert not stage.probing.busy
    stage.show(GRACE)
    assert stage.probing.busy
    stage.show(GRACE, seconds=0.5)
    assert not stage.probing.busy
    stage.show(POOR)
    assert not stage.probing.busy
    stage.press()
    stage.show(NOBODY)
    assert stage.probing.busy
