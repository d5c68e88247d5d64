"""Where a head is turned, in the words of an enrolment."""

from client.events import Pose

STRAIGHT_DEG = 12.0
"""Up to here a head looks straight; the measure itself is good to about 10 degrees."""

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
    if abs(yaw_deg) <= STRAIGHT_DEG:
        return Pose.STRAIGHT
    return Pose.LEFT if yaw_deg > 0 else Pose.RIGHT
