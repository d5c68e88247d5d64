"""The pictures of an enrolment: taken, dropped, and what is asked for next."""

import numpy as np

from client.enrolment_events import EnrolmentChanged, EnrolSampleTaken
from client.pose import Pose
from client.states import EnrolmentState
from client.ui.enrol_pictures import EnrolPictures

STATE = EnrolmentState.COLLECTING


def taken(*poses: Pose) -> EnrolPictures:
    """With these."""
    pictures = EnrolPictures()
    for index, pose in enumerate(poses):
        thumbnail = np.zeros((4, 4, 3), np.uint8)
        pictures.take(EnrolSampleTaken(index=index, pose=pose, thumbnail=thumbnail, meter=1.0))
    return pictures


def changed(*poses: Pose, following: Pose | None) -> EnrolmentChanged:
    """What the checkpoint has now."""
    return EnrolmentChanged(state=STATE, samples=poses, wanted=3, next_pose=following)


def test_the_one_that_was_dropped_goes_and_no_other() -> None:
    """One at a time: the next is dropped when the checkpoint has told of the first."""
    pictures = taken(Pose.STRAIGHT, Pose.LEFT, Pose.RIGHT)
    pictures.bad = 1
    assert pictures.drop(1)
    assert pictures.bad is None
    assert not pictures.drop(0)
    pictures.follow(changed(Pose.STRAIGHT, Pose.RIGHT, following=Pose.LEFT))
    assert pictures.poses == (Pose.STRAIGHT, Pose.RIGHT)
    assert not pictures.drop(2)
    assert pictures.drop(0)


def test_who_cannot_turn_is_asked_once_for_each_pose() -> None:
    """After a refusal for the pose the head is taken as it is, until another pose is asked for."""
    pictures = taken(Pose.STRAIGHT)
    pictures.follow(changed(Pose.STRAIGHT, following=Pose.LEFT))
    assert pictures.to_ask(any_pose=False) is Pose.LEFT
    assert pictures.to_ask(any_pose=True) is None
    pictures.refuse_pose()
    assert pictures.to_ask(any_pose=False) is None
    pictures.follow(changed(Pose.STRAIGHT, following=Pose.LEFT))
    assert pictures.to_ask(any_pose=False) is None
    pictures.follow(changed(Pose.STRAIGHT, Pose.OTHER, following=Pose.RIGHT))
    assert pictures.to_ask(any_pose=False) is Pose.RIGHT
