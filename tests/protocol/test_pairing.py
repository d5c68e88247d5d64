"""The messages of pairing: what they take, and that nothing else passes without a certificate."""

import pytest

from protocol.errors import BadMessage, RemoteError
from protocol.messages import Bye, Pair, PairCa, PairCaReply, Paired, Renew, Renewed
from protocol.session import ClientSession, ServerSession
from tests.protocol.samples import client_side, connected, hello, pair, raw, refusal, server_side

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def unpaired() -> tuple[ClientSession, ServerSession]:
    """Both sides of a connection without a certificate."""
    client, server = ClientSession(), ServerSession()
    client.begin_pairing()
    server.without_identity()
    return client, server


def test_the_authority_is_asked_for_and_the_connection_ends() -> None:
    """One question, one answer; line feeds of the certificate arrive."""
    client, server = unpaired()
    (asked,) = server.receive(client.send(PairCa(id="ca")))
    assert asked == PairCa(id="ca")
    reply = PairCaReply(re="ca", certificate=PEM)
    assert client.receive(server.send(reply)) == [reply]
    assert client.closed
    assert server.closed


def test_a_checkpoint_is_let_in_and_the_connection_ends() -> None:
    """It comes back with its certificate."""
    client, server = unpaired()
    assert server.receive(client.send(pair(request=PEM))) == [pair(request=PEM)]
    reply = Paired(re="p2", checkpoint_id="lobby-2", certificate=PEM, server_name="Lobby")
    assert client.receive(server.send(reply)) == [reply]
    assert client.closed
    assert server.closed


def test_a_refusal_ends_the_connection() -> None:
    """The next code needs another handshake."""
    client, server = unpaired()
    server.receive(client.send(pair()))
    answer = refusal("p2")
    assert client.receive(server.send(answer)) == [answer]
    assert client.closed
    assert server.closed


@pytest.mark.parametrize("secret", ["", "0", "XYZ" * 5, "0" * 65, "00 00 00 00 00", 7])
def test_secrets_have_one_form(secret: object) -> None:
    """Ten to sixty-four digits of hexadecimal."""
    with pytest.raises(BadMessage, match="secret"):
        Pair.from_wire({**pair().to_wire(), "secret": secret})


def test_n5_without_a_certificate_hello_is_not_paired() -> None:
    """N5: the code says what is missing, under the id of the hello."""
    _, server = unpaired()
    with pytest.raises(RemoteError) as caught:
        server.receive(raw(hello()))
    assert caught.value.code == "not_paired"
    client = client_side()
    client.send(hello())
    (answer,) = client.receive(server.error_bytes())
    assert (answer.code, answer.re) == ("not_paired", "h1")  # type: ignore[union-attr]


def test_a_hello_has_to_name_whom_the_certificate_names() -> None:
    """A paired checkpoint cannot pass for another one."""
    server = server_side()
    with pytest.raises(RemoteError) as caught:
        server.receive(raw(hello(checkpoint_id="vault-door")))
    assert caught.value.code == "not_paired"
    assert "lobby-1" in caught.value.message


def test_a_paired_checkpoint_cannot_pair_on_its_connection() -> None:
    """Pairing is for those without a certificate."""
    _, server = connected()
    with pytest.raises(RemoteError) as caught:
        server.receive(raw(pair()))
    assert caught.value.code == "not_ready"


def test_a_certificate_is_renewed_among_other_requests() -> None:
    """The connection goes on."""
    client, server = connected()
    assert server.receive(client.send(Renew(id="n", request=PEM))) == [Renew(id="n", request=PEM)]
    assert client.receive(server.send(Renewed(re="n", certificate=PEM)))
    assert client.ready
    assert server.ready


def test_an_unpaired_peer_may_say_goodbye() -> None:
    """It changed its mind."""
    client, server = unpaired()
    assert server.receive(client.send(Bye(id="b", reason="x"))) == [Bye(id="b", reason="x")]
    assert server.closed
