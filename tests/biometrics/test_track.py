"""Faces keep their track while they move, and lose it when they are gone."""

from biometrics.faces import Detection
from biometrics.geometry import Box
from biometrics.track import Track, Tracker

FRAME_S = 1 / 15


def seen(left: int, top: int = 100, size: int = 100) -> Detection:
    return Detection(Box(left, top, left + size, top + size), 1.0)


def test_a_face_that_moves_keeps_its_track() -> None:
    """A step of a fifth of its width a frame."""
    tracker = Tracker()
    ids = {
        track.id
        for step in range(20)
        for track in tracker.update([seen(20 * step)], step * FRAME_S)
    }
    assert ids == {1}
    (track,) = tracker.tracks
    assert track.frames == 20
    assert round(track.age_s, 3) == round(19 * FRAME_S, 3)


def test_two_faces_keep_apart() -> None:
    """Whatever order the detector gives them in."""
    tracker = Tracker()
    left, right = tracker.update([seen(0), seen(300)], 0.0)
    again_right, again_left = tracker.update([seen(290), seen(10)], FRAME_S)
    assert (again_left.id, again_right.id) == (left.id, right.id)
    assert left.id != right.id


def test_faces_that_pass_each_other_are_not_merged() -> None:
    """Each face has one track and each track one face in every frame."""
    tracker = Tracker()
    for step in range(30):
        found = tracker.update([seen(10 * step), seen(300 - 10 * step, top=130)], step * FRAME_S)
        assert found[0].id != found[1].id


def test_a_face_lost_for_some_frames_keeps_its_track() -> None:
    """The detector misses a head that turns."""
    tracker = Tracker(missing_s=1.0)
    (first,) = tracker.update([seen(100)], 0.0)
    for step in range(1, 12):
        assert tracker.update([], step * FRAME_S) == ()
    (back,) = tracker.update([seen(130)], 0.9)
    assert back.id == first.id


def test_a_face_gone_for_longer_starts_anew() -> None:
    """And the old track is forgotten."""
    tracker = Tracker(missing_s=1.0)
    (first,) = tracker.update([seen(100)], 0.0)
    (back,) = tracker.update([seen(100)], 1.1)
    assert back.id != first.id
    assert [track.id for track in tracker.tracks] == [back.id]


def test_a_jump_across_the_picture_is_another_face() -> None:
    """Nobody moves three face widths between two frames."""
    tracker = Tracker()
    (first,) = tracker.update([seen(0)], 0.0)
    (second,) = tracker.update([seen(400)], FRAME_S)
    assert first.id != second.id


def test_a_near_face_of_another_size_is_another_face() -> None:
    """Somebody behind is not the person in front."""
    tracker = Tracker()
    (first,) = tracker.update([seen(0, size=200)], 0.0)
    (second,) = tracker.update([seen(150, top=0, size=60)], FRAME_S)
    assert first.id != second.id


def test_a_fast_mover_without_overlap_keeps_its_track() -> None:
    """Frames can be far apart on a slow machine."""
    tracker = Tracker()
    (first,) = tracker.update([seen(0)], 0.0)
    (second,) = tracker.update([seen(90)], 0.3)
    assert first.id == second.id


def steadiness(*lefts: int) -> list[Track]:
    tracker = Tracker()
    return [tracker.update([seen(left)], step * FRAME_S)[0] for step, left in enumerate(lefts)]


def test_steady_begins_with_the_second_sighting() -> None:
    """A first sighting says nothing about movement."""
    first, second, third = steadiness(100, 104, 98)
    assert (first.steady, first.steady_since_s) == (False, None)
    assert (second.steady, second.steady_since_s) == (True, FRAME_S)
    assert (third.steady, third.steady_since_s) == (True, FRAME_S)


def test_walking_is_not_steady() -> None:
    """And standing still begins a new spell."""
    tracks = steadiness(0, 40, 80, 120, 122)
    assert [track.steady for track in tracks] == [False, False, False, False, True]
    assert tracks[-1].steady_since_s == 4 * FRAME_S


def test_thirty_looks_a_second_do_not_call_a_walk_steady() -> None:
    """Each step is small; what counts is the way within `STEADY_OVER_S`."""
    tracker = Tracker()
    walk = [tracker.update([seen(12 * step)], step / 30)[0].steady for step in range(6)]
    assert walk == [False, True, False, False, False, False]
    stop = [tracker.update([seen(60)], step / 30)[0].steady for step in (6, 7)]
    assert stop == [False, True]


def test_numbers_of_tracks_are_never_used_again() -> None:
    """An id names one stay for the life of the program."""
    tracker = Tracker(missing_s=0.5)
    ids = [tracker.update([seen(100)], float(second))[0].id for second in range(5)]
    assert ids == [1, 2, 3, 4, 5]
