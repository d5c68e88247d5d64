"""What is said about a face: on its box in the preview, and when it cannot be asked about."""

from biometrics.quality import FlawKind, Quality
from biometrics.track import Track
from biometrics.vision import SeenFace
from client.events import FaceView, NoProbeKind, Outcome
from client.pose import pose_of

SEVERAL = "Several faces: one person at a time, please."
NO_FACE = "No face in view. Stand in front of the camera."
HOLD_STILL = "Hold still for a moment."

Reason = tuple[NoProbeKind, str, tuple[str, ...]]
"""Kind, what to do, names of the flaws."""


def face_view(
    seen: SeenFace,
    track: Track,
    *,
    main: bool,
    outcome: Outcome | None = None,
    name: str | None = None,
    reason: str = "",
) -> FaceView:
    """One face as the preview draws it."""
    flaws = seen.quality.flaws
    return FaceView(
        box=seen.face.box,
        track_id=track.id,
        name=name,
        outcome=outcome,
        advice=flaws[0].sentence() if flaws else None,
        meter=seen.quality.meter,
        pose=pose_of(seen.quality.yaw),
        main=main,
        steady=track.steady,
        reason=reason,
    )


def several(quality: Quality) -> bool:
    """Whether somebody else is about as near as this face."""
    return any(flaw.kind is FlawKind.SEVERAL_FACES for flaw in quality.flaws)


def advice(quality: Quality | None) -> str:
    """What the person should do now, "" when nothing."""
    if quality is None or not quality.flaws:
        return ""
    return SEVERAL if several(quality) else quality.flaws[0].sentence()


def flawed(quality: Quality) -> Reason:
    """Why a face with flaws is not asked about."""
    names = tuple(flaw.kind.value for flaw in quality.flaws)
    if several(quality):
        return NoProbeKind.SEVERAL_FACES, SEVERAL, names
    return NoProbeKind.POOR_QUALITY, quality.flaws[0].sentence() + ".", names


def unserved(quality: Quality | None) -> Reason:
    """Why Space was not served.

    Args:
        quality: Of the face that was seen last, None when none was.
    """
    if quality is None:
        return NoProbeKind.NO_FACE, NO_FACE, ()
    if quality.flaws:
        return flawed(quality)
    return NoProbeKind.POOR_QUALITY, HOLD_STILL, ("moving",)
