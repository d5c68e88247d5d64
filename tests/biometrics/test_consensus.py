"""One visit, one probe: fused over frames, swaps noticed, repeats recognised."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from biometrics.consensus import IMPROVED, Collecting, Consensus, Probe, Swapped, Visit, Visits
from biometrics.faces import Encoding
from biometrics.gallery import GalleryRefused
from biometrics.track import Tracker
from biometrics.vision import Vision
from tests.biometrics.support import MadeUpPeople, good_quality

FRAME_NOISE = 0.12
"""Frames of one visit are nearer than pictures of different days."""


@pytest.fixture
def made() -> MadeUpPeople:
    return MadeUpPeople(seed=11)


def test_two_frames_make_a_probe(made: MadeUpPeople) -> None:
    """The raw mean, with the mean of the measures; each frame of the views planned for it."""
    anna = made.person()
    one, two = made.picture(anna, FRAME_NOISE), made.picture(anna, FRAME_NOISE)
    consensus = Consensus(plan=("probe", "one"))
    assert consensus.views_for(good_quality(100)) == "probe"
    assert consensus.add(one, good_quality(100)) == Collecting(1, 2)
    assert consensus.views_for(good_quality(120)) == "one"
    probe = consensus.add(two, good_quality(120))
    assert isinstance(probe, Probe)
    assert probe.frames == 2
    np.testing.assert_allclose(probe.encoding, (one + two) / 2)
    assert probe.quality["size_px"] == 110
    assert consensus.complete


def test_a_track_gives_one_probe(made: MadeUpPeople) -> None:
    """However long the person stays: 150 frames are one event."""
    anna = made.person()
    consensus = Consensus()
    answers = [consensus.add(made.picture(anna, FRAME_NOISE), good_quality()) for _ in range(150)]
    assert sum(isinstance(answer, Probe) for answer in answers) == 1
    assert not any(isinstance(answer, Swapped) for answer in answers)


def test_what_was_encoded_far_away_gives_way_to_a_better_view(made: MadeUpPeople) -> None:
    """Before the face is steady: only a view that is clearly better is worth an encoding."""
    anna = made.person()
    far, near, last = (made.picture(anna, FRAME_NOISE) for _ in range(3))
    seen = good_quality(80)
    at_first, no_better = replace(seen, meter=0.5), replace(seen, meter=0.5 + 0.9 * IMPROVED)
    better = replace(good_quality(120), meter=0.5 + IMPROVED)
    consensus = Consensus(plan=("probe", "one"))
    assert consensus.views_for(at_first, may_complete=False) == "probe"
    consensus.add(far, at_first, may_complete=False)
    assert consensus.views_for(no_better, may_complete=False) is None
    assert consensus.views_for(better, may_complete=False) == "probe"
    assert consensus.add(near, better, may_complete=False) == Collecting(1, 2)
    assert consensus.views_for(better, may_complete=False) is None
    assert consensus.views_for(no_better) == "one"
    probe = consensus.add(last, no_better)
    assert isinstance(probe, Probe)
    np.testing.assert_allclose(probe.encoding, (near + last) / 2)
    assert probe.quality["size_px"] == 100
    assert consensus.views_for(no_better) == "probe"


def test_a_steady_view_takes_the_place_of_one_from_the_way(made: MadeUpPeople) -> None:
    """The probe waits for one frame more, and nothing of the blurred one is left in it."""
    anna = made.person()
    blurred, sharp, last = (made.picture(anna, FRAME_NOISE) for _ in range(3))
    walking, standing = replace(good_quality(), meter=0.55), replace(good_quality(), meter=0.9)
    consensus = Consensus(plan=("probe", "one"))
    consensus.add(blurred, walking, may_complete=False)
    assert consensus.views_for(standing) == "probe"
    assert consensus.add(sharp, standing) == Collecting(1, 2)
    assert consensus.views_for(standing) == "one"
    probe = consensus.add(last, standing)
    assert isinstance(probe, Probe)
    np.testing.assert_allclose(probe.encoding, (sharp + last) / 2)


def test_a_frame_that_adds_nothing_changes_nothing(made: MadeUpPeople) -> None:
    """Even when it was encoded all the same; another face in it is noticed."""
    anna, berta = made.person(), made.person()
    consensus = Consensus(plan=("probe", "probe"))
    consensus.add(made.picture(anna, FRAME_NOISE), good_quality(), may_complete=False)
    again = made.picture(anna, FRAME_NOISE)
    assert consensus.add(again, good_quality(), may_complete=False) == Collecting(1, 2)
    other = consensus.add(made.picture(berta, FRAME_NOISE), good_quality(), may_complete=False)
    assert isinstance(other, Swapped)


@pytest.mark.parametrize("frames_before", [1, 2, 5])
def test_a_swap_inside_a_track_is_noticed(made: MadeUpPeople, frames_before: int) -> None:
    """Before and after the probe; the newcomer gets a probe of their own frames alone."""
    anna, berta = made.person(), made.person()
    consensus = Consensus()
    for _ in range(frames_before):
        consensus.add(made.picture(anna, FRAME_NOISE), good_quality())
    first = made.picture(berta, FRAME_NOISE)
    swapped = consensus.add(first, good_quality())
    assert isinstance(swapped, Swapped)
    assert swapped.distance > 0.42
    assert not consensus.complete
    second = made.picture(berta, FRAME_NOISE)
    probe = consensus.add(second, good_quality())
    assert isinstance(probe, Probe)
    np.testing.assert_allclose(probe.encoding, (first + second) / 2)


def test_frames_that_are_not_numbers_are_refused(made: MadeUpPeople) -> None:
    """And leave no trace."""
    consensus = Consensus()
    with pytest.raises(GalleryRefused):
        consensus.add(np.full(128, np.nan), good_quality())
    assert consensus.add(made.picture(made.person()), good_quality()) == Collecting(1, 2)
    with pytest.raises(ValueError, match="at least one"):
        Consensus(plan=())


def test_a_probe_of_one_frame(made: MadeUpPeople) -> None:
    """For whoever wants it at once."""
    answer = Consensus(plan=("probe",)).add(made.picture(made.person()), good_quality())
    assert isinstance(answer, Probe)
    assert answer.frames == 1


def test_the_same_face_a_moment_later_is_the_same_visit(made: MadeUpPeople) -> None:
    """The detector lost it and a new track began."""
    anna = made.person()
    visits = Visits(linger_s=5)
    assert visits.arrived(made.picture(anna, FRAME_NOISE), 0.0) == Visit(1, is_new=True)
    assert visits.arrived(made.picture(anna, FRAME_NOISE), 4.0) == Visit(1, is_new=False)
    assert visits.arrived(made.picture(anna, FRAME_NOISE), 8.5) == Visit(1, is_new=False)
    assert visits.arrived(made.picture(anna, FRAME_NOISE), 14.0) == Visit(2, is_new=True)


def test_being_seen_keeps_a_visit_alive(made: MadeUpPeople) -> None:
    """A minute in front of the camera is one visit, and its end counts from the last sight."""
    anna = made.person()
    visits = Visits(linger_s=5)
    visit = visits.arrived(made.picture(anna, FRAME_NOISE), 0.0)
    for second in range(60):
        visits.seen(visit.id, float(second))
    assert not visits.arrived(made.picture(anna, FRAME_NOISE), 63.0).is_new
    visits.seen(visit.id, 100.0)
    assert visits.arrived(made.picture(anna, FRAME_NOISE), 100.0).is_new


def test_different_people_are_different_visits(made: MadeUpPeople) -> None:
    """Also one right after the other, and both at once."""
    visits = Visits()
    people = [made.person() for _ in range(20)]
    ids = [visits.arrived(made.picture(person), 0.1 * n).id for n, person in enumerate(people)]
    assert ids == list(range(1, 21))
    again = [visits.arrived(made.picture(person, FRAME_NOISE), 2.0).id for person in people]
    assert again == ids


def visits_in(clip: Path, vision: Vision, *, every: int, blind: range = range(0)) -> list[Visit]:
    """What a checkpoint would take from a clip: the visits of its probes.

    Args:
        clip: The film.
        vision: Sees.
        every: Looks at each of so many frames.
        blind: Frames in which the detector sees nothing.
    """
    film = cv2.VideoCapture(str(clip))
    rate = film.get(cv2.CAP_PROP_FPS)
    tracker, visits = Tracker(), Visits()
    gathering: dict[int, Consensus] = {}
    known: dict[int, int] = {}
    arrivals = []
    for number in range(int(film.get(cv2.CAP_PROP_FRAME_COUNT))):
        if not film.grab():
            break
        if number % every or number in blind:
            continue
        frame = film.retrieve()[1]
        image = np.ascontiguousarray(frame[:, :, ::-1], dtype=np.uint8)
        view = vision.look(image)
        tracks = tracker.update([face.face for face in view.faces], number / rate)
        for track, face in zip(tracks, view.faces, strict=True):
            consensus = gathering.setdefault(track.id, Consensus())
            if track.id in known:
                visits.seen(known[track.id], number / rate)
            if consensus.complete or not (track.steady and face.quality.usable):
                continue
            views = consensus.views_for(face.quality)
            assert views is not None
            encoding: Encoding = vision.encode(face, views)
            answer = consensus.add(encoding, face.quality)
            if isinstance(answer, Probe):
                arrivals.append(visits.arrived(answer.encoding, number / rate))
                known[track.id] = arrivals[-1].id
    film.release()
    return arrivals


def test_one_person_before_the_camera_is_one_event(data_dir: Path, vision: Vision) -> None:
    """Eight seconds of film, in which the detector is blind for two: two tracks, one visit."""
    clip = data_dir / "clips" / "d19.mp4"
    arrivals = visits_in(clip, vision, every=10, blind=range(90, 150))
    assert arrivals == [Visit(1, is_new=True), Visit(1, is_new=False)]


def test_a_film_without_faces_has_no_event(data_dir: Path, vision: Vision) -> None:
    """Cars are no visitors."""
    assert visits_in(data_dir / "clips" / "no-face-cars.mp4", vision, every=25) == []
