"""Where a head is turned, in the words of an enrolment."""

from enum import StrEnum

from biometrics.variety import Turn, turn_of


class Pose(StrEnum):
    """Where a head is turned, seen by the person it belongs to (their own left and right)."""

    STRAIGHT = "straight"
    LEFT = "left"
    RIGHT = "right"
    OTHER = "other"


SENTENCES = {
    Pose.STRAIGHT: "Look straight into the camera.",
    Pose.LEFT: "Turn your head a little to your left.",
    Pose.RIGHT: "Turn your head a little to your right.",
    Pose.OTHER: "Look into the camera.",
}
ORDER = (Pose.STRAIGHT, Pose.LEFT, Pose.RIGHT)


def pose_of(yaw_deg: float) -> Pose:
    """The pose of a face.

    Args:
        yaw_deg: Positive when the nose points to the right side of the picture, which is the
            person's own left.
    """
    return Pose(turn_of(yaw_deg))


def turn_of_pose(pose: Pose) -> Turn | None:
    """The turn of a pose; None for one that is none of them."""
    turns: dict[Pose, Turn] = {
        Pose.STRAIGHT: "straight",
        Pose.LEFT: "left",
        Pose.RIGHT: "right",
    }
    return turns.get(pose)
