"""Tests of the words for where a head is turned."""

import pytest

from client.pose import ORDER, SENTENCES, Pose, pose_of


@pytest.mark.parametrize(
    ("yaw", "pose"),
    [
        (0.0, Pose.STRAIGHT),
        (-12.0, Pose.STRAIGHT),
        (12.0, Pose.STRAIGHT),
        (13.0, Pose.LEFT),
        (-13.0, Pose.RIGHT),
    ],
)
def test_nose_to_the_right_of_the_picture_is_the_persons_left(yaw: float, pose: Pose) -> None:
    """The camera looks at the person: its right is their left."""
    assert pose_of(yaw) is pose


def test_every_pose_has_a_sentence_and_straight_comes_first() -> None:
    """The dialog can ask for each."""
    assert set(SENTENCES) == set(Pose)
    assert ORDER[0] is Pose.STRAIGHT
