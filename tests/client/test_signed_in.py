"""Who is signed in at a checkpoint, as far as it can know."""

import pytest

from client.enrolment_events import EnrolAnswered
from client.events import ClientEvent, LinkState, LinkStatus
from client.sign_in_events import SignInAnswered, SignInEnded
from client.signed_in import SignedInHere, must_sign_in
from protocol.sign_in import WhoEnrols

KIM = SignInAnswered(ok=True, name="Kim Lee", idle_s=300)


def signed_in() -> SignedInHere:
    """Since second 100."""
    here = SignedInHere()
    assert here.name(100.0) == ""
    here.note(KIM, 100.0)
    assert here.name(100.0) == "Kim Lee"
    return here


def test_it_ends_by_itself_unless_somebody_is_enrolled() -> None:
    """Each enrolment begins the time anew; one after the end begins nothing."""
    here = signed_in()
    here.note(EnrolAnswered(ok=True, code="", message=""), 399.0)
    assert here.name(698.9) == "Kim Lee"
    assert here.name(699.0) == ""
    here.note(EnrolAnswered(ok=True, code="", message=""), 700.0)
    assert here.name(700.0) == ""


@pytest.mark.parametrize(
    "event",
    [
        SignInEnded(),
        EnrolAnswered(ok=False, code="sign_in_first", message=""),
        LinkStatus(LinkState.UNREACHABLE),
    ],
)
def test_these_end_it(event: ClientEvent) -> None:
    """Signed out, the server's word, no connection."""
    here = signed_in()
    here.note(event, 101.0)
    assert here.name(101.0) == ""


@pytest.mark.parametrize(
    "event",
    [
        SignInAnswered(ok=False, sentence="Wrong.", code="sign_in_refused"),
        EnrolAnswered(ok=False, code="name_taken", message=""),
        LinkStatus(LinkState.CONNECTED),
    ],
)
def test_these_do_not(event: ClientEvent) -> None:
    """What ends it is told apart from what went wrong."""
    here = signed_in()
    here.note(event, 101.0)
    assert here.name(399.0) == "Kim Lee"
    assert here.name(400.0) == ""


def test_where_somebody_has_to_sign_in() -> None:
    """Only where the server says so, and nobody is."""
    for who in WhoEnrols:
        status = LinkStatus(LinkState.CONNECTED, who_enrols=who.value)
        assert must_sign_in(status, "") is (who is WhoEnrols.SIGNED_IN)
        assert not must_sign_in(status, "Kim Lee")
