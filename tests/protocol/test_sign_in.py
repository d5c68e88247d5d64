"""The messages of signing in at a checkpoint: what they take, and that no password is shown."""

import pytest

from protocol.errors import BadMessage, IllegalSend
from protocol.messages import HeartbeatReply, SignedOut, SignIn, SignOut, Welcome
from protocol.sign_in import LONGEST_SECRET, WhoEnrols
from tests.protocol.samples import broken, connected, sign_in, signed_in, welcome

PASSWORD = sign_in().password


def test_signing_in_and_out() -> None:
    """There and back on one connection, which goes on."""
    client, server = connected()
    for asked, answer in (
        (sign_in(), signed_in()),
        (SignOut(id="s2"), SignedOut(re="s2")),
    ):
        assert server.receive(client.send(asked)) == [asked]
        assert client.receive(server.send(answer)) == [answer]
    assert client.ready
    assert server.ready


@pytest.mark.parametrize("password", ["x", "\u202etab\t and\u0000 signs", "ü" * LONGEST_SECRET])
def test_any_sign_may_be_in_a_password(password: str) -> None:
    """It is hashed, not shown."""
    assert SignIn.from_wire(sign_in(password=password).to_wire()).password == password


@pytest.mark.parametrize("password", ["", "x" * (LONGEST_SECRET + 1), 7, None, "ab\ud800"])
def test_a_refused_password_is_in_no_error(password: object) -> None:
    """The error names the field alone."""
    with pytest.raises(BadMessage, match="password") as caught:
        SignIn.from_wire({**sign_in().to_wire(), "password": password})
    assert not isinstance(password, str) or not password or password not in str(caught.value)


def test_the_password_is_in_no_text_of_the_message() -> None:
    """Whoever logs a message, or a traceback with one in it, logs no password."""
    assert PASSWORD not in repr(sign_in())
    client, server = connected()
    with pytest.raises(IllegalSend) as illegal:
        client.send(sign_in(name=""))
    assert PASSWORD not in str(illegal.value)
    (refused,) = server.receive(broken(sign_in(), name=""))
    assert PASSWORD not in repr(refused)


@pytest.mark.parametrize("who", [*WhoEnrols, None])
def test_the_server_says_who_may_enrol(who: WhoEnrols | None) -> None:
    """In the welcome and with each heartbeat; one of before says nothing."""
    assert Welcome.from_wire(welcome(who_enrols=who).to_wire()).who_enrols == who
    beat = HeartbeatReply(re="q4", server_time_ms=5, who_enrols=who)
    assert HeartbeatReply.from_wire(beat.to_wire()).who_enrols == who


def test_another_word_is_refused() -> None:
    """A guess would let somebody enrol who may not."""
    with pytest.raises(BadMessage, match="who_enrols"):
        Welcome.from_wire({**welcome().to_wire(), "who_enrols": "everybody"})
