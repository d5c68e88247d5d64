"""The sentences: every state has one, numbers and names are in them, nothing secret is."""

import json
from importlib.resources import files

import pytest

from biometrics.geometry import Box
from client import kept_wording, wording
from client.events import (
    CameraState,
    CameraStatus,
    FaceView,
    LinkState,
    LinkStatus,
    NoProbe,
    NoProbeKind,
    Outcome,
    VerdictArrived,
)
from client.view_model import Action, Banner

BOX = Box(10, 10, 110, 110)


def _verdict(outcome: Outcome, name: str | None = None, *, late: bool = False) -> VerdictArrived:
    return VerdictArrived("e1", outcome, name, 1_000, 251.4, automatic=True, late=late)


def _icons() -> set[str]:
    path = files("ttkbootstrap") / "assets" / "icons" / "glyphmap.json"
    return set(json.loads(path.read_text("utf-8")))


def _every_banner() -> list[Banner]:
    return [
        *(wording.camera(CameraStatus(s)) for s in CameraState if s is not CameraState.OK),
        *(wording.verdict(_verdict(outcome, "Ada")) for outcome in Outcome),
        *(wording.no_probe(NoProbe("", kind, "")) for kind in NoProbeKind),
        wording.vision_failed(""),
        wording.fault("Something."),
        wording.advice("Come closer: 54 px, 80 needed."),
        kept_wording.full(LinkStatus(LinkState.UNREACHABLE, kept=1000, refused=3, full=True)),
        wording.LOADING,
        wording.READY,
        wording.READY_ON_DEMAND,
        wording.READY_NOBODY,
        wording.CHECKING,
        wording.CLOSING,
    ]


@pytest.mark.parametrize("kind", ["file:clip.mp4", "folder:faces"])
def test_a_recording_is_not_called_a_camera(kind: str) -> None:
    """Where a clip or a folder stands for the camera."""
    for state in (CameraState.STARTING, CameraState.MISSING, CameraState.LOST):
        banner = wording.camera(CameraStatus(state, "A sentence.", kind))
        assert "recording" in banner.headline.lower()
        assert banner.reason == "A sentence."


def test_a_recordings_end_says_which_and_what_now() -> None:
    """The source's own sentence, then what the button does."""
    banner = wording.camera(CameraStatus(CameraState.ENDED, "clip.mp4 is over.", "file:clip.mp4"))
    assert banner.reason.startswith("clip.mp4 is over. Play it again")


def test_every_banner_has_a_line_and_an_icon_that_exists() -> None:
    """A state is told by a word and an icon, never by its colour alone."""
    icons = _icons()
    for banner in _every_banner():
        assert banner.headline
        assert banner.icon in icons, banner.icon


def test_every_row_has_an_icon_that_exists() -> None:
    """The list too."""
    icons = _icons()
    for outcome in Outcome:
        assert wording.result_row(_verdict(outcome)).icon in icons


@pytest.mark.parametrize(
    ("state", "action"),
    [
        (CameraState.MISSING, Action.CHOOSE_CAMERA),
        (CameraState.BUSY, Action.TRY_AGAIN),
        (CameraState.LOST, Action.TRY_AGAIN),
        (CameraState.FROZEN, Action.TRY_AGAIN),
        (CameraState.BLACK, Action.CHOOSE_CAMERA),
        (CameraState.ENDED, Action.PLAY_AGAIN),
    ],
)
def test_each_camera_trouble_has_the_button_that_mends_it(
    state: CameraState, action: Action
) -> None:
    """The person is never left with a statement only."""
    assert wording.camera(CameraStatus(state)).action is action


def test_the_cameras_own_sentence_takes_the_place_of_the_general_one() -> None:
    """The source knows better what is wrong, such as a file that is not there."""
    banner = wording.camera(CameraStatus(CameraState.MISSING, "There is no file clip.mp4."))
    assert banner.headline == "No camera"
    assert banner.reason == "There is no file clip.mp4."


def test_outcomes_are_seven_different_words() -> None:
    """Spoof, no answer, no face, poor picture, stranger, two alike, a name: never mixed up."""
    words = {wording.OUTCOME_WORDS[outcome] for outcome in Outcome}
    rows = [
        wording.no_probe_row(NoProbe("e", kind, ""))
        for kind in (NoProbeKind.NO_FACE, NoProbeKind.POOR_QUALITY)
    ]
    words |= {row.result for row in rows if row is not None}
    assert words == {
        "Identified",
        "Not enrolled",
        "Ambiguous",
        "Server unreachable",
        "No face",
        "Poor quality",
        "Spoof suspected",
    }


def test_a_name_with_control_characters_is_shown_as_escapes() -> None:
    """B16: a name from the server cannot break the line or turn the text round."""
    banner = wording.verdict(_verdict(Outcome.IDENTIFIED, "Eve\x1b[2J\u202ebob\r\n"))
    assert "\x1b" not in banner.headline
    assert "\u202e" not in banner.headline
    assert "\n" not in banner.headline
    assert "Eve" in banner.headline


def test_a_name_of_ten_thousand_characters_is_bounded() -> None:
    """B16: the banner and the list stay short."""
    name = "N" * 10_000
    assert len(wording.verdict(_verdict(Outcome.IDENTIFIED, name)).headline) < 130
    assert len(wording.result_row(_verdict(Outcome.IDENTIFIED, name)).who) <= 60


def test_a_late_verdict_keeps_its_outcome_and_says_sent_later() -> None:
    """The person at the door was told "unreachable"; the list does not pretend otherwise."""
    row = wording.result_row(_verdict(Outcome.SERVER_UNREACHABLE, "Ada", late=True))
    assert (row.who, row.result, row.detail) == ("Ada", "Server unreachable", "sent later")


def test_not_ready_is_no_event() -> None:
    """Space before the models are there makes no line."""
    assert wording.no_probe_row(NoProbe("", NoProbeKind.NOT_READY, "Wait.")) is None
    assert wording.no_probe_row(NoProbe("", NoProbeKind.NO_CAMERA, "Wait.")) is None


def test_poor_quality_row_is_short() -> None:
    """The column shows the cure; the numbers were in the banner."""
    event = NoProbe("e", NoProbeKind.POOR_QUALITY, "Come closer: 54 px, 80 needed.")
    row = wording.no_probe_row(event)
    assert row is not None
    assert (row.result, row.detail) == ("Poor quality", "come closer")


@pytest.mark.parametrize(
    ("face", "words", "tone"),
    [
        (FaceView(BOX, 1, name="Ada", outcome=Outcome.IDENTIFIED), "Ada", "good"),
        (FaceView(BOX, 1, outcome=Outcome.NOT_ENROLLED), "Not enrolled", "bad"),
        (FaceView(BOX, 1, outcome=Outcome.SPOOF_SUSPECTED), "Spoof suspected", "bad"),
        (
            FaceView(BOX, 1, outcome=Outcome.SPOOF_SUSPECTED, reason="Nothing was done in time."),
            "Not accepted",
            "warn",
        ),
        (FaceView(BOX, 1, advice="Come closer: 54 px."), "Come closer: 54 px", "warn"),
        (FaceView(BOX, 1, steady=True), "Good picture", "info"),
        (FaceView(BOX, 1), "Hold still", "neutral"),
    ],
)
def test_face_mark(face: FaceView, words: str, tone: str) -> None:
    """The name, the outcome, the advice, or whether to hold still."""
    mark = wording.face_mark(face)
    assert (mark.words, mark.tone) == (words, tone)


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (LinkState.UNREACHABLE, "Server unreachable"),
        (LinkState.NOT_PAIRED, "Not paired"),
        (LinkState.REVOKED, "Checkpoint revoked"),
        (LinkState.SERVER_CHANGED, "Another server"),
    ],
)
def test_a_face_without_an_answer_says_what_is_true_of_the_server(
    link: LinkState, words: str
) -> None:
    """A checkpoint that was shut out does not blame the network."""
    face = FaceView(BOX, 1, outcome=Outcome.SERVER_UNREACHABLE)
    assert wording.face_mark(face, link=link).words == words


def test_one_of_several_faces_gets_no_words() -> None:
    """None of them can be served, so none is praised."""
    assert wording.face_mark(FaceView(BOX, 1, steady=True), several=True).words == ""


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("camera:0", "Camera 0"),
        ("demo:grace-hopper", "Demo visitors"),
        ("file:recordings/lobby.mp4", "lobby.mp4"),
        ("rtsp://admin:secret@10.0.0.7:554/live", "RTSP 10.0.0.7"),
        ("http://user:secret@cam.local/video", "HTTP cam.local"),
        ("rtsp://[broken", "RTSP stream"),
        ("", "Camera"),
    ],
)
def test_source_words_hold_no_password(source: str, words: str) -> None:
    """The status bar is photographed; a stream's password must not be on it."""
    assert wording.source_words(source) == words
    assert "secret" not in wording.source_words(source)
