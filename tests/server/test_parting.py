"""How connections end: what others asked comes first, and every end has its line."""

import logging
from typing import Any

import pytest

from protocol.errors import Code
from protocol.session import ClientSession, ServerSession
from server.log_lines import RateLimited
from server.parting import Over, Partings, Wishes, refusal


def sessions() -> tuple[ServerSession, ClientSession]:
    """Both sides of a connection of somebody who is known and said nothing yet."""
    session, peer = ServerSession(), ClientSession()
    session.identified("gate-1")
    peer.server_verified()
    return session, peer


def test_nothing_asked_is_nothing_done() -> None:
    """The connection goes on."""
    session, _ = sessions()
    Wishes().check(session)
    assert not session.closed


def test_the_harder_wish_comes_first() -> None:
    """Cut off says nothing; shut out says so and is the peer's fault; a stop says goodbye."""
    session, peer = sessions()
    wishes = Wishes()
    wishes.finish = wishes.dismissed = wishes.aborted = True
    with pytest.raises(Over) as over:
        wishes.check(session)
    assert (over.value.why, over.value.farewell, over.value.fault) == ("cut off", b"", False)
    wishes.aborted = False
    with pytest.raises(Over) as over:
        wishes.check(session)
    assert (over.value.why, over.value.fault) == (Code.REVOKED, True)
    (said,) = peer.receive(over.value.farewell)
    assert said.code == Code.REVOKED  # type: ignore[union-attr]
    session, peer = sessions()
    wishes.dismissed = False
    with pytest.raises(Over) as over:
        wishes.check(session)
    assert (over.value.why, over.value.fault) == ("server stopping", False)
    (said,) = peer.receive(over.value.farewell)
    assert said.kind == "bye"  # type: ignore[union-attr]


def test_where_nothing_can_be_said_nothing_is() -> None:
    """A session that has ended gives no bytes."""
    session, _ = sessions()
    session.transport_ended()
    assert refusal(session, "Too late.") == b""


@pytest.mark.parametrize(
    ("error", "line", "faults"),
    [
        (Over("bye"), ("connection_ended", "bye"), 0),
        (OSError(104, "Connection reset by peer"), ("connection_lost", "Connection reset"), 0),
        (TimeoutError("timed out"), ("connection_lost", "timed out"), 0),
        (Over("timeout", fault=True), None, 0),
        (ZeroDivisionError("secret"), None, 1),
    ],
)
def test_every_end_has_its_line(
    error: Exception,
    line: tuple[str, str] | None,
    faults: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The peer's line, a limited one where the peer is to blame, a fault where nobody is."""
    told: list[Any] = []
    notes: list[tuple[str, str]] = []
    logger = logging.getLogger("tests.parting")
    partings = Partings(RateLimited(logger), lambda sentence, why: told.append((sentence, why)))
    session, _ = sessions()
    with caplog.at_level(logging.INFO):
        partings.part(
            error,
            session,
            None,
            address="192.0.2.1",
            note=lambda event, reason: notes.append((event, reason)),
        )
    if line is None:
        assert not notes
    else:
        ((event, reason),) = notes
        assert event == line[0]
        assert reason.startswith(line[1])
    assert len(told) == faults
    refused = [record for record in caplog.records if "peer_refused" in record.getMessage()]
    assert len(refused) == (isinstance(error, Over) and error.fault)
