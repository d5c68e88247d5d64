"""The checkpoint's certificate is renewed in time, over its own connection."""

from pathlib import Path

from cryptography import x509

from client.approach import Address
from client.identity import Identity
from client.link import Link
from client.pairing import Pairing
from client.renewal import Renewal
from protocol.messages import Error, Renew, Renewed
from tests.client.fake_server import FakeServer
from tests.client.fakes import FINGERPRINT, Collector
from tests.grids import grid
from tests.server.wire import ENCODER, served
from tests.support import wait_until

DAY_MS = 86_400_000


def linked(port: int, identity: Identity, encoder: str) -> Link:
    """A running link."""
    link = Link(
        Address("127.0.0.1", port, "lobby-1", "Lobby"), Collector(), pairing=Pairing(identity)
    )
    link.start()
    link.set_encoder(encoder)
    return link


def current(identity: Identity) -> x509.Certificate:
    """The certificate that is kept."""
    known = identity.load()
    assert known is not None
    return known.certificate


def end(link: Link) -> None:
    """Closes it."""
    link.close()
    wait_until(lambda: not link.alive)


def test_the_real_server_renews_it_and_knows_the_new_one(tmp_path: Path) -> None:
    """Paired 300 days ago: the next connection renews it, the one after shows the new one."""
    with served(tmp_path / "data") as running:
        doorway = running.grid._opened.doorway
        clock = doorway.authority._now_ms
        doorway.authority._now_ms = lambda: clock() - 300 * DAY_MS
        identity = Identity(tmp_path / "identity", "lobby-1")
        pairing = Pairing(identity, running.folder.root)
        before = pairing.identity_for("127.0.0.1", running.port, "Lobby", cancelled=lambda: False)
        doorway.authority._now_ms = clock
        for _ in range(2):
            link = linked(running.port, identity, ENCODER)
            wait_until(lambda link=link: link.connected)
            wait_until(lambda: current(identity) != before.certificate)
            end(link)
        after = identity.load()
        assert after is not None
        assert (
            after.certificate.not_valid_after_utc - before.certificate.not_valid_after_utc
        ).days > 290
        assert after.certificate.public_key() == before.certificate.public_key()
        (device,) = running.grid.devices.list()
        assert device.expires_at_ms == round(
            after.certificate.not_valid_after_utc.timestamp() * 1000
        )


def test_a_fresh_certificate_is_left_alone(tmp_path: Path) -> None:
    """Nothing is asked."""
    identity = grid().identity(tmp_path, "lobby-1")
    with FakeServer() as server:
        link = linked(server.port, identity, FINGERPRINT)
        wait_until(lambda: link.connected)
        wait_until(lambda: len(server.received) > 2)  # heartbeats
        end(link)
        assert server.of(Renew) == []


def test_what_the_server_gives_wrongly_or_refuses_changes_nothing(tmp_path: Path) -> None:
    """The old certificate is good until it ends; asked again an hour later."""
    identity = grid().identity(tmp_path, "lobby-1")
    before = identity.load()
    assert before is not None
    renewal = Renewal(identity)
    for reply in (
        Renewed(re="r1", certificate="PEM"),
        Error.refuse("internal", "No.", re="r1"),
    ):
        renewal._asked = "r1"
        assert renewal.answered(reply)
        assert not renewal.answered(reply)
    after = identity.load()
    assert after is not None
    assert after.certificate == before.certificate
    assert not Renewal(None).answered(Renewed(re="r1", certificate="PEM"))
