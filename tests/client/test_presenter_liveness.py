"""What the window says while somebody shows that they live, and when they did not."""

from dataclasses import replace

from biometrics.challenge import Action
from client import wording
from client.events import FaceView, Outcome, ProbeSent
from client.liveness_events import ChallengeAsked, ChallengeEnded
from client.liveness_wording import REASONS
from client.view_model import Sound
from tests.client.test_presenter import BOX, ready, report, verdict

BLINK = ChallengeAsked("e1", Action.BLINK, 0, 2, 12.0)
AWAY = FaceView(BOX, 1, advice="Look at the camera.", main=True)


def test_the_request_stands_over_everything_and_counts_down() -> None:
    """Blue, with the seconds left; also when the face turns away as it was asked to."""
    presenter = ready()
    presenter.handle(ProbeSent("e1", 1, automatic=True), 1.0)
    assert presenter.handle(BLINK, 1.1) is Sound.ACTION
    presenter.handle(report(AWAY, sentence="Look at the camera."), 2.0)
    for now_s, left in ((2.1, "11 s left"), (5.1, "8 s left"), (60.0, "0 s left")):
        banner = presenter.view(now_s).banner
        assert (banner.tone, banner.headline) == ("info", "Blink, please")
        assert banner.reason == f"1 of 2 · {left}"


def test_the_box_asks_too() -> None:
    """In the place of the advice that would contradict."""
    presenter = ready()
    presenter.handle(BLINK, 1.0)
    presenter.handle(report(AWAY, FaceView(BOX, 2), sentence="Look at the camera."), 1.1)
    assert [(mark.words, mark.tone) for mark in presenter.view(1.2).marks] == [
        ("Blink, please", "info"),
        ("", "neutral"),
    ]


def test_looking_straight_makes_no_sound() -> None:
    """It is between two requests."""
    presenter = ready()
    assert presenter.handle(replace(BLINK, action=None), 1.0) is None
    assert presenter.view(1.1).banner.headline == "Look straight at the camera"


def test_afterwards_the_server_is_waited_for_and_answers() -> None:
    """Done: checking, then the name."""
    presenter = ready()
    presenter.handle(BLINK, 1.0)
    presenter.handle(ChallengeEnded("e1", passed=True), 4.0)
    presenter.handle(ProbeSent("e1", 1, automatic=True), 4.0)
    assert presenter.view(4.5).banner is wording.CHECKING
    presenter.handle(verdict(Outcome.IDENTIFIED, "Ada"), 4.6)
    assert presenter.view(4.7).banner.headline == "Welcome, Ada"


def test_whoever_did_not_pass_is_told_why_and_what_now() -> None:
    """Red for an attack, amber for who was slow; the line in the list says the same."""
    for reason, tone, words in (
        (REASONS["flat"], "bad", "Spoof suspected"),
        (REASONS["no_action"], "warn", "Not accepted"),
    ):
        presenter = ready()
        presenter.handle(BLINK, 1.0)
        presenter.handle(ChallengeEnded("e1", passed=False, reason=reason), 4.0)
        answer = replace(verdict(Outcome.SPOOF_SUSPECTED), reason=reason)
        assert presenter.handle(answer, 4.1) is Sound.NOT_ENROLLED
        view = presenter.view(4.2)
        assert view.banner.tone == tone
        assert "Press Space to try again" in view.banner.reason
        assert (view.results[0].result, view.results[0].tone) == (words, tone)


def test_a_cancelled_request_leaves_nothing() -> None:
    """The enrolment's dialog was closed."""
    presenter = ready()
    presenter.handle(replace(BLINK, enrolling=True), 1.0)
    presenter.handle(ChallengeEnded("e1", passed=False, enrolling=True), 2.0)
    assert presenter.view(2.1).banner is wording.READY
