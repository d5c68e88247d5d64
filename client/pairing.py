"""Pairs this checkpoint with a grid: by a code that was typed, or by the data folder of its server.

With a code the server's authority is fetched over a connection that trusts nobody, compared with
the code, and only to a server that this authority vouches for is the secret sent.
"""

import json
import os
import select
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from client.dialling import Cancelled, DialFailed, dial
from client.events import LinkState
from client.handshake import say_goodbye, shake_hands, why
from client.identity import Identity, IdentityProblem
from client.identity import Paired as Known
from client.renewal import Renewal
from protocol.address import join_address, split_address
from protocol.deadline import REPLY_DEADLINE_S, Deadline
from protocol.errors import RemoteError
from protocol.messages import Error, Message, Pair, PairCa, PairCaReply, Paired, Request
from protocol.session import ClientSession
from security.certificates import (
    CertificateRefused,
    authority_hash,
    new_key,
    new_request,
    pem_of,
    read_authority,
    server_name,
)
from security.pairing_code import CodeInvalid, read_code
from security.tls import checkpoint_context, unverified_context

PROJECT = Path(__file__).resolve().parent.parent
OFFER = "local-pairing.json"
IN_BETWEEN = (
    "What answers at {where} is not the server that showed the code: somebody may be in between, or"
    " the code is an old one. Nothing was sent. Ask for a new code, and tell the administrator."
)
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_STEP_S = 0.05

Cancel = Callable[[], bool]


class PairingFailed(Exception):  # noqa: N818 - named for what happened
    """Raised when this checkpoint was not paired; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Partner:
    """Who this checkpoint was paired with: where, and what the server calls itself."""

    host: str
    port: int
    server_name: str
    checkpoint_id: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server leaves in its data folder for checkpoints of its computer."""

    host: str
    port: int
    authority: str
    secret: str

    def is_at(self, host: str, port: int) -> bool:
        """Whether this is the server of an address."""
        same = host == self.host or (host in _HERE and self.host in _HERE)
        return same and port == self.port


def read_offer(data: Path) -> Offer | None:
    """The offer in a data folder that is ours alone; None when there is none to be trusted."""
    path = data / OFFER
    try:
        status = path.stat()
        if sys.platform != "win32" and (
            status.st_uid not in (os.getuid(), 0) or status.st_mode & 0o077
        ):
            return None
        found = json.loads(path.read_text("utf-8"))
        read_authority(found["authority"])
        return Offer(
            str(found["host"]), int(found["port"]), found["authority"], str(found["secret"])
        )
    except (OSError, ValueError, KeyError, TypeError, CertificateRefused):
        return None


class Pairing:
    """How this checkpoint comes to its identity. Used by the link thread alone.

    Args:
        identity: Where it is kept; None for a checkpoint that has none.
        server_data: The data folder of a server on this computer, named by whoever started the
            checkpoint: its server is trusted, also when it is another one than before. None looks
            in the project's own folder, and never takes another server for the known one.
    """

    def __init__(self, identity: Identity | None, server_data: Path | None = None) -> None:
        self._identity = identity
        self._named = server_data is not None
        self._data = server_data if server_data is not None else PROJECT
        self._doubted = False
        self.renewal = Renewal(identity)

    def refused(self) -> None:
        """The server does not know this checkpoint's certificate: it may be paired again here."""
        self._doubted = True

    def awaits_code(self, host: str, port: int) -> bool:
        """Whether a code alone can pair it: it is new, and no server of here is at the address."""
        if self._identity is None:
            return False
        known, problem = self._known()
        if known is not None or problem:
            return False
        offer = read_offer(self._data)
        return offer is None or not offer.is_at(host, port)

    def identity_for(self, host: str, port: int, name: str, *, cancelled: Cancel) -> Known:
        """The identity for a server, made now where that server lies open on this computer.

        Args:
            host: Of the server.
            port: Of it.
            name: What people call this checkpoint.
            cancelled: Asked every 50 ms; True ends the attempt.

        Raises:
            DialFailed: There is none; its state says so.
            Cancelled: `cancelled()` was true.
        """
        known, problem = self._known()
        offer = read_offer(self._data)
        if (
            self._identity is not None
            and offer is not None
            and offer.is_at(host, port)
            and self._wants(known, offer, broken=bool(problem))
        ):
            try:
                self._take_offer(self._identity, offer, host, port, name, cancelled)
            except PairingFailed as failed:
                raise DialFailed(str(failed), LinkState.NOT_PAIRED) from failed
            self._doubted = False
            known, problem = self._known()
        if known is None:
            where = join_address(host, port)
            raise DialFailed(
                problem
                or f"This checkpoint is not paired with the server at {where}. Ask for a code in"
                " the server's window (Add checkpoint) and type it here.",
                LinkState.NOT_PAIRED,
            )
        return known

    def with_code(
        self, typed: str, address: str | None, name: str, *, cancelled: Cancel
    ) -> Partner:
        """Pairs by a code.

        Args:
            typed: The code.
            address: `host:port` in the place of the code's, None for that.
            name: What people call this checkpoint.
            cancelled: Asked every 50 ms; True ends the attempt.

        Raises:
            PairingFailed: It came to nothing; what was there before is untouched.
            Cancelled: `cancelled()` was true.
        """
        if self._identity is None:
            raise PairingFailed("This checkpoint has no folder to keep its identity in.")
        try:
            code = read_code(typed)
            host, port = split_address(address) if address else (code.host, code.port)
        except (CodeInvalid, ValueError) as error:
            raise PairingFailed(str(error)) from error
        where = join_address(host, port)
        try:
            reply = _ask(host, port, unverified_context(), None, PairCa(id="ca"), cancelled)
            assert isinstance(reply, PairCaReply), "the session lets no other reply pass"
            authority = read_authority(reply.certificate)
        except CertificateRefused as error:
            raise PairingFailed(IN_BETWEEN.format(where=where)) from error
        if not code.fits(authority_hash(authority)):
            raise PairingFailed(IN_BETWEEN.format(where=where))
        paired = self._pair(
            self._identity, host, port, pem_of(authority), code.secret.hex(), name, cancelled
        )
        return Partner(host, port, paired.server_name, paired.checkpoint_id)

    def _known(self) -> tuple[Known | None, str]:
        if self._identity is None:
            return None, ""
        try:
            return self._identity.load(), ""
        except IdentityProblem as problem:
            return None, str(problem)

    def _wants(self, known: Known | None, offer: Offer, *, broken: bool) -> bool:
        """Whether the offer is to be taken: never silently in the place of another server."""
        if known is None:
            return self._named or not broken
        ours = known.authority.public_bytes(Encoding.DER)
        same = read_authority(offer.authority).public_bytes(Encoding.DER) == ours
        if not same:
            return self._named
        return self._doubted or known.ended(datetime.now(UTC))

    def _take_offer(
        self, identity: Identity, offer: Offer, host: str, port: int, name: str, cancelled: Cancel
    ) -> None:
        self._pair(identity, host, port, offer.authority, offer.secret, name, cancelled)

    def _pair(
        self,
        identity: Identity,
        host: str,
        port: int,
        authority_pem: str,
        secret: str,
        name: str,
        cancelled: Cancel,
    ) -> Paired:
        key = new_key()
        request = Pair(
            id="pair",
            secret=secret,
            checkpoint_id=identity.asked_id,
            checkpoint_name=name,
            request=new_request(key, identity.asked_id),
        )
        context = checkpoint_context(authority_pem)
        wanted = server_name(read_authority(authority_pem))
        paired = _ask(host, port, context, wanted, request, cancelled)
        assert isinstance(paired, Paired), "the session lets no other reply pass"
        try:
            identity.keep(key, paired.certificate, authority_pem, called=paired.server_name)
        except IdentityProblem as problem:
            raise PairingFailed(str(problem)) from problem
        return paired


def _ask(
    host: str,
    port: int,
    context: ssl.SSLContext,
    wanted: str | None,
    request: Request,
    cancelled: Cancel,
) -> Message:
    """One connection, one question, one answer.

    Raises:
        PairingFailed: There is no answer, or it is no.
        Cancelled: `cancelled()` was true.
    """
    where = join_address(host, port)
    try:
        sock = dial(host, port, cancelled=cancelled)
        tls = shake_hands(sock, context, wanted, where, cancelled=cancelled)
    except DialFailed as failed:
        changed = failed.state is LinkState.SERVER_CHANGED
        raise PairingFailed(IN_BETWEEN.format(where=where) if changed else str(failed)) from failed
    try:
        session = ClientSession()
        session.begin_pairing()
        answer = _exchange(tls, session, session.send(request), cancelled)
        say_goodbye(tls)
    except ssl.SSLError as error:
        raise PairingFailed(str(why(error, where))) from error
    except OSError as error:
        raise PairingFailed(f"The connection to {where} broke. Try again.") from error
    except RemoteError as error:
        raise PairingFailed(
            f"What answers at {where} is no FaceNetGrid server of this version."
        ) from error
    finally:
        tls.close()
    if isinstance(answer, Error):
        raise PairingFailed(answer.message)
    return answer


def _exchange(
    tls: ssl.SSLSocket, session: ClientSession, data: bytes, cancelled: Cancel
) -> Message:
    deadline = Deadline(REPLY_DEADLINE_S)
    while not deadline.expired:
        if cancelled():
            raise Cancelled
        try:
            while data:
                data = data[tls.send(data) :]
            came = tls.recv(65536)
        except ssl.SSLWantReadError:
            select.select([tls], [], [], _STEP_S)
            continue
        except ssl.SSLWantWriteError:
            select.select([], [tls], [], _STEP_S)
            continue
        if not came:
            raise ConnectionResetError
        for message in session.receive(came):
            if isinstance(message, Message):
                return message
    raise TimeoutError
