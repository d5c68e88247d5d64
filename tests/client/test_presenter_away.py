"""What the checkpoint's window says while the server is away, and of that time afterwards."""

import pytest

from client.events import FaceView, LinkState, LinkStatus, Outcome
from tests.client.test_presenter import BOX, CONNECTED, ready, report, verdict


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (LinkState.REVOKED, "Checkpoint revoked"),
        (LinkState.NOT_PAIRED, "Not paired"),
        (LinkState.UNREACHABLE, "Server unreachable"),
    ],
)
def test_what_was_the_matter_stays_with_what_was_recorded_then(
    state: LinkState, words: str
) -> None:
    """On the line and the label: while it is tried again, once it is back, once it is sent."""
    presenter = ready()
    presenter.handle(LinkStatus(state, kept=1), 10.0)
    presenter.handle(LinkStatus(LinkState.CONNECTING, kept=1), 10.5)
    presenter.handle(verdict(Outcome.SERVER_UNREACHABLE), 11.0)
    face = FaceView(BOX, 1, main=True, outcome=Outcome.SERVER_UNREACHABLE)

    def told(now_s: float) -> tuple[str, str]:
        presenter.handle(report(face), now_s)
        view = presenter.view(now_s)
        return view.results[0].result, view.marks[0].words

    assert told(11.1) == (words, words)
    presenter.handle(CONNECTED, 12.0)
    assert told(12.1) == (words, words)
    presenter.handle(verdict(Outcome.SERVER_UNREACHABLE, "Ada", late=True), 13.0)
    assert told(13.1) == (words, words)
    assert presenter.view(13.1).results[0].detail == "sent later"
    presenter.handle(verdict(Outcome.SERVER_UNREACHABLE, event_id="e2"), 14.0)
    assert told(14.1) == ("Server unreachable", "Server unreachable")


def test_nobody_is_enrolled_without_the_server() -> None:
    """The button is grey and says why, before name, consent and pictures are given for nothing."""
    presenter = ready()
    assert (presenter.view(0.1).can_enrol, presenter.view(0.1).enrol_hint) == (True, "")
    presenter.handle(LinkStatus(LinkState.REVOKED), 1.0)
    view = presenter.view(1.1)
    assert (view.can_enrol, view.can_identify) == (False, True)
    assert view.enrol_hint == "Enrolling needs the server."
