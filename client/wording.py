"""The checkpoint's sentences: each state of camera, vision, link and verdict in words."""

from dataclasses import replace
from pathlib import PurePath
from urllib.parse import urlsplit

from client import link_wording, liveness_wording
from client.events import (
    CameraState,
    CameraStatus,
    FaceView,
    LinkState,
    NoProbe,
    NoProbeKind,
    Outcome,
    VerdictArrived,
    VisionPace,
)
from client.view_model import Action, Banner, FaceMark, ResultRow, Tone
from protocol.errors import Code
from protocol.text import printable

NOBODY = "–"

OUTCOME_WORDS: dict[Outcome, str] = {
    Outcome.IDENTIFIED: "Identified",
    Outcome.NOT_ENROLLED: "Not enrolled",
    Outcome.AMBIGUOUS: "Ambiguous",
    Outcome.SERVER_UNREACHABLE: "Server unreachable",
    Outcome.SPOOF_SUSPECTED: "Spoof suspected",
}
OUTCOME_TONES: dict[Outcome, Tone] = {
    Outcome.IDENTIFIED: "good",
    Outcome.NOT_ENROLLED: "bad",
    Outcome.AMBIGUOUS: "warn",
    Outcome.SERVER_UNREACHABLE: "warn",
    Outcome.SPOOF_SUSPECTED: "bad",
}
OUTCOME_ICONS: dict[Outcome, str] = {
    Outcome.IDENTIFIED: "check-circle-fill",
    Outcome.NOT_ENROLLED: "x-circle-fill",
    Outcome.AMBIGUOUS: "question-circle-fill",
    Outcome.SERVER_UNREACHABLE: "cloud-slash-fill",
    Outcome.SPOOF_SUSPECTED: "shield-fill-exclamation",
}

_CAMERA_BANNERS: dict[CameraState, Banner] = {
    CameraState.STARTING: Banner("neutral", "camera-video", "Starting the camera…"),
    CameraState.MISSING: Banner(
        "bad",
        "camera-video-off-fill",
        "No camera",
        "The camera was not found. Plug it in, or choose another one.",
        Action.CHOOSE_CAMERA,
    ),
    CameraState.BUSY: Banner(
        "bad",
        "camera-video-off-fill",
        "Camera in use",
        "Another program holds the camera. Close it, then try again.",
        Action.TRY_AGAIN,
    ),
    CameraState.LOST: Banner(
        "bad",
        "camera-video-off-fill",
        "Camera lost",
        "It gives no picture any more. Check the cable; it comes back by itself.",
        Action.TRY_AGAIN,
    ),
    CameraState.FROZEN: Banner(
        "bad",
        "pause-circle-fill",
        "Camera frozen",
        "It repeats the same picture. Nobody is identified until it moves again.",
        Action.TRY_AGAIN,
    ),
    CameraState.BLACK: Banner(
        "warn",
        "moon-fill",
        "The picture is dark",
        "Take the cover off the camera, or switch on a light.",
        Action.CHOOSE_CAMERA,
    ),
    CameraState.ENDED: Banner(
        "neutral",
        "stop-circle-fill",
        "The recording has ended",
        "Play it again, or choose another camera.",
        Action.PLAY_AGAIN,
    ),
}

# What is no camera is not called one.
_RECORDINGS = {
    CameraState.STARTING: "Opening the recording…",
    CameraState.MISSING: "No recording",
    CameraState.LOST: "The recording has stopped",
}

LOADING = Banner(
    "neutral",
    "hourglass-split",
    "Loading models…",
    "The picture is live already. People are identified in a few seconds.",
)
READY = Banner(
    "neutral",
    "person-bounding-box",
    "Look at the camera",
    "One person at a time, the face uncovered.",
)
READY_ON_DEMAND = Banner(
    "neutral",
    "person-bounding-box",
    "Look at the camera, then press Space",
    "Automatic identification is off.",
)
READY_NOBODY = Banner(
    "neutral",
    "person-bounding-box",
    "Look at the camera",
    "Nobody is enrolled yet: press F2 to enrol the first person.",
    Action.ENROL,
)
CLOSING = Banner("neutral", "power", "Closing…")
CHECKING = Banner("info", "search", "Checking…", "One moment, please.")
SEVERAL = Banner(
    "warn",
    "people-fill",
    "One at a time, please",
    "Several faces are in view. The others take a step back.",
)
NO_ANSWER = Banner(
    "warn",
    "cloud-slash-fill",
    "No answer from the server",
    "The event is kept and sent again. Please see the desk.",
)


TOO_MANY_TRIES = Banner(
    "warn",
    "hourglass-split",
    "Too many tries",
    "Too many tries in a short time. Wait an hour, or ask the server's operator to let this "
    "checkpoint try again.",
)
SENT_BEFORE = Banner(
    "warn",
    "camera-video",
    "Please look again",
    "This very picture was sent before. Look into the camera and try again.",
)
_REFUSED: dict[str, Banner] = {
    Code.TOO_MANY_TRIES: TOO_MANY_TRIES,
    Code.REPLAY_SUSPECTED: SENT_BEFORE,
}
"""What the server refused to answer, by its code; the others have the code's own sentence."""

_DIFFERS = "server differs"
DECIDED_HERE = "Decided here, server away."
"""A verdict of the checkpoint alone, by its copy of the gallery."""


def vision_failed(sentence: str) -> Banner:
    """Faces cannot be found or encoded at all."""
    reason = sentence or "The face models could not be loaded. Try again, or install again."
    return Banner(
        "bad", "exclamation-octagon-fill", "Faces cannot be read", reason, Action.TRY_AGAIN
    )


def fault(sentence: str) -> Banner:
    """A thread failed and was started again."""
    return Banner("bad", "exclamation-octagon-fill", "Something went wrong", sentence)


def camera(status: CameraStatus) -> Banner:
    """What is the matter with the camera; the camera's own sentence where it gave one."""
    banner = _CAMERA_BANNERS[status.state]
    if status.source.partition(":")[0] in ("file", "folder"):
        banner = replace(banner, headline=_RECORDINGS.get(status.state, banner.headline))
    if status.state is CameraState.ENDED and status.sentence:
        return replace(banner, reason=f"{status.sentence} {banner.reason}")
    return _with_reason(banner, status.sentence)


def advice(sentence: str) -> Banner:
    """A face that is not good enough yet: the cure and the numbers."""
    return Banner(
        "warn",
        "exclamation-triangle-fill",
        sentence.rstrip("."),
        "The picture of the face is not good enough yet to compare.",
    )


def refused(event: NoProbe) -> Banner:
    """The server will not answer, now or ever."""
    known = _REFUSED.get(event.flaws[0]) if event.flaws else None
    reason = event.sentence or "The server did not take this event."
    return known or Banner("bad", "x-circle-fill", "Not accepted", reason)


def no_probe(event: NoProbe) -> Banner:
    """Space was pressed and there was nothing to ask the server, or the server refused."""
    match event.kind:
        case NoProbeKind.REFUSED:
            return refused(event)
        case NoProbeKind.SEVERAL_FACES:
            return SEVERAL
        case NoProbeKind.POOR_QUALITY:
            return advice(event.sentence or "The picture is not good enough")
        case NoProbeKind.NO_FACE:
            reason = "Stand in front of the camera, then press Space again."
            return Banner("neutral", "person-x", "No face in view", reason)
        case _:
            reason = event.sentence or "Wait a moment, then press Space again."
            return Banner("neutral", "hourglass-split", "Not ready yet", reason)


def verdict(event: VerdictArrived) -> Banner:
    """The answer for the person at the door."""
    banner = _verdict(event)
    return replace(banner, reason=f"{DECIDED_HERE} {banner.reason}") if event.alone else banner


def _verdict(event: VerdictArrived) -> Banner:
    match event.outcome:
        case Outcome.IDENTIFIED:
            name = printable(event.display_name or "")
            return Banner(
                "good", "check-circle-fill", f"Welcome, {name}", "Identified. Please go on."
            )
        case Outcome.NOT_ENROLLED:
            reason = "Try once more, or see the desk to be enrolled."
            return Banner("bad", "x-circle-fill", "Not recognised", reason, Action.ENROL)
        case Outcome.AMBIGUOUS:
            reason = "More than one enrolled person looks like this. The desk can tell."
            return Banner("warn", "question-circle-fill", "Please see the desk", reason)
        case Outcome.SERVER_UNREACHABLE:
            return NO_ANSWER
        case Outcome.SPOOF_SUSPECTED:
            return liveness_wording.refused(event.reason)


def pace(figures: VisionPace) -> str:
    """The status bar's figures: looks and encodings a second, and what each costs."""
    looks = f"{figures.looks_per_s:.0f} looks/s"
    encoded = f"{figures.encodings_per_s:.0f} encoded/s"
    if figures.look_ms:
        looks += f" of {figures.look_ms:.0f} ms"
    if figures.encode_ms:
        encoded += f" of {figures.encode_ms:.0f} ms"
    return f"{looks} · {encoded}"


def engine(figures: VisionPace) -> str:
    """The status bar's word for what encodes; "slower" beside one that took over."""
    if not figures.engine:
        return "–"
    return f"{figures.engine}, slower" if figures.note else figures.engine


def _outcome(outcome: Outcome, reason: str, link: LinkState) -> tuple[str, Tone, str]:
    """Words, tone and icon: what the large line says, of the person or of the server."""
    if outcome is Outcome.SPOOF_SUSPECTED:
        said = liveness_wording.refused(reason)
        return said.headline, said.tone, said.icon
    words = OUTCOME_WORDS[outcome]
    if outcome is Outcome.SERVER_UNREACHABLE:
        words = link_wording.no_answer(link, words)
    return words, OUTCOME_TONES[outcome], OUTCOME_ICONS[outcome]


def result_row(event: VerdictArrived, link: LinkState = LinkState.CONNECTED) -> ResultRow:
    """A verdict as a line of the last results.

    Args:
        event: The verdict.
        link: How the server stands: a line without a verdict says the same as the banner.
    """
    detail = f"{event.latency_ms:,.0f} ms"
    if event.alone:
        detail = _DIFFERS if event.late else "decided here"
    elif event.late:
        detail = "sent later"
    elif event.outcome is Outcome.SERVER_UNREACHABLE:
        detail = "kept"
    words, tone, icon = _outcome(event.outcome, event.reason, link)
    return ResultRow(
        key=event.event_id,
        time_ms=event.captured_at_ms,
        who=printable(event.display_name, 60) if event.display_name else NOBODY,
        result=words,
        detail=detail,
        tone=tone,
        icon=icon,
    )


def no_probe_row(event: NoProbe) -> ResultRow | None:
    """A capture without a probe as a line, or None when it was no event (no camera, not ready)."""
    if event.kind is NoProbeKind.NO_FACE:
        result, icon, tone = "No face", "person-x", "neutral"
    elif event.kind in (NoProbeKind.POOR_QUALITY, NoProbeKind.SEVERAL_FACES):
        result, icon, tone = "Poor quality", "exclamation-triangle-fill", "warn"
    elif event.kind is NoProbeKind.REFUSED:
        said = refused(event)
        headline, detail = said.headline, _DIFFERS if event.alone else "refused"
        return ResultRow(
            event.event_id, event.captured_at_ms, NOBODY, headline, detail, said.tone, said.icon
        )
    else:
        return None
    several = event.kind is NoProbeKind.SEVERAL_FACES
    detail = "several faces" if several else event.sentence.partition(":")[0].rstrip(".").lower()
    shown: Tone = "warn" if tone == "warn" else "neutral"
    return ResultRow(event.event_id, event.captured_at_ms, NOBODY, result, detail, shown, icon)


def face_mark(
    face: FaceView, *, several: bool = False, link: LinkState = LinkState.CONNECTED
) -> FaceMark:
    """A face's box with its name, its outcome, or what to do about it.

    Args:
        face: As it was seen.
        several: Whether it is one of several, none of which can be served now.
        link: How the server stands: what is the matter with it is said as in the large line.
    """
    if several:
        return FaceMark(face.box, "", "warn")
    if face.outcome is not None:
        words, tone, _ = _outcome(face.outcome, face.reason, link)
        if face.outcome is Outcome.IDENTIFIED and face.name:
            words = printable(face.name, 40)
        return FaceMark(face.box, words, tone)
    if face.advice:
        return FaceMark(face.box, face.advice.rstrip("."), "warn")
    if face.steady:
        return FaceMark(face.box, "Good picture", "info")
    return FaceMark(face.box, "Hold still", "neutral")


def source_words(source: str) -> str:
    """A camera source for people: short, and without the password a stream's address may hold."""
    kind, _, rest = source.partition(":")
    match kind:
        case "camera":
            return f"Camera {rest}"
        case "demo":
            return "Demo visitors"
        case "file" | "folder":
            return printable(PurePath(rest).name or rest, 40)
        case "rtsp" | "rtsps" | "http" | "https":
            return f"{kind.upper()} {_host(source)}"
        case _:
            return printable(source, 40) if source else "Camera"


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or "stream"
    except ValueError:
        return "stream"


def _with_reason(banner: Banner, reason: str) -> Banner:
    if not reason:
        return banner
    return replace(banner, reason=reason)
