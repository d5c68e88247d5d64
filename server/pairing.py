"""Pairing: lets a checkpoint in by a code that is good once, or on this computer by a file.

A window is open for ten minutes, one at a time. Five wrong secrets close it: 40 bits are not
guessed in five tries.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from desktop.logs import log_event
from protocol.address import join_address, split_address
from protocol.errors import Code
from protocol.messages import Error, Pair, PairCa, PairCaReply, Paired, Renew, Renewed, Reply
from protocol.sign_in import ON_THIS_COMPUTER, WHEN_ADDED, WhoEnrols
from security.certificates import CertificateRefused
from security.pairing_code import new_code
from server.addresses import EVERYWHERE, LOOPBACK, own_addresses
from server.authority import Authority
from server.devices import Device, Devices, usable_name
from server.events import GridEvent, PairingChanged, PairingWindow
from server.refusals import Refused

_LOG = logging.getLogger(__name__)

WINDOW_MS = 10 * 60 * 1000
WRONG_CODES = 5
RENEWED_AGAIN_S = 10.0
"""A checkpoint renews once in months, and again when an answer was lost: nobody wears the disk."""
AUDITED_A_MINUTE = 20
"""Refusals that are handed to the audit; a stranger on the network must not fill the disk."""


class Audit(Protocol):
    """Takes what happened in pairing."""

    def __call__(self, fact: str, details: Mapping[str, str], *, refused: bool) -> None:
        """What, about whom, and whether it was refused."""


def unaudited(fact: str, details: Mapping[str, str], *, refused: bool) -> None:
    """Where nobody keeps books."""


@dataclass(slots=True)
class _Open:
    window: PairingWindow
    secret: bytes
    name_hint: str
    who_enrols: WhoEnrols | None
    ends_s: float


class PairingService:
    """Opens and closes the window, and answers who wants in. Any thread may call.

    Args:
        authority: Signs.
        devices: Where who was let in is kept.
        server_name: What the server calls itself.
        where: The address and port under which the server is reached.
        post: Where `PairingChanged` goes.
        audit: Takes what happened, granted or refused.
        now_ms: The server's clock, ms since the epoch, UTC.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        authority: Authority,
        devices: Devices,
        *,
        server_name: Callable[[], str],
        where: Callable[[], tuple[str, int]],
        post: Callable[[GridEvent], None] = lambda _event: None,
        audit: Audit = unaudited,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._authority = authority
        self._devices = devices
        self._server_name = server_name
        self._where = where
        self._post = post
        self._audit = audit
        self._now_ms = now_ms
        self._clock = clock
        self._lock = threading.Lock()
        self._open: _Open | None = None
        self._audited: list[float] = []
        self._left_out = 0
        self._renewed: dict[str, float] = {}
        self.local_secret = secrets.token_hex(32)
        """Whoever can read it in the data folder is let in: this computer's own checkpoints."""

    @property
    def fingerprint(self) -> str:
        """What the server is known by, for people to compare; a checkpoint's settings show it."""
        return self._authority.fingerprint

    @property
    def now(self) -> PairingWindow | None:
        """The open window, None when there is none."""
        self.look()
        with self._lock:
            return None if self._open is None else self._open.window

    def open(
        self, name_hint: str = "", *, who_enrols: WhoEnrols | None = None, address: str = ""
    ) -> PairingWindow:
        """Opens the window for ten minutes with a new code; a code before it is good no more.

        Args:
            name_hint: What the checkpoint is called from now on; empty for the name that it was
                given before, or else says itself.
            who_enrols: Who may enrol people there; None leaves it as it was at a checkpoint that is
                paired again, and is who signs in at a new one.
            address: Where it reaches the server, an IP address and a port; by what the server
                listens on when empty.

        Raises:
            ValueError: The address is none, or the name cannot be used; the text is a sentence.
        """
        name_hint = usable_name(name_hint) if name_hint else ""
        host, port = split_address(address) if address else self._reached_at()
        try:
            code = new_code(host, port, self._authority.hash)
        except ValueError:
            raise ValueError(
                f"A pairing code needs an IP address, such as 192.168.1.20; {host} is a name."
            ) from None
        window = PairingWindow(
            code=str(code),
            address=join_address(host, port),
            expires_at_ms=self._now_ms() + WINDOW_MS,
        )
        with self._lock:
            ends_s = self._clock() + WINDOW_MS / 1000
            self._open = _Open(window, code.secret, name_hint, who_enrols, ends_s)
        who = {} if who_enrols is None else {"who_enrols": str(who_enrols)}
        self._tell("pairing opened", who, refused=False)
        self._post(PairingChanged(window, "A code is shown: one checkpoint can be paired."))
        return window

    def _reached_at(self) -> tuple[str, int]:
        """Where others reach a server that listens everywhere: on the way out of this computer."""
        host, port = self._where()
        if host == EVERYWHERE:
            host = next((one.address for one in own_addresses()), LOOPBACK)
        return host, port

    def close(self) -> None:
        """Closes the window; without one nothing happens."""
        self._end("Pairing was closed.")

    def look(self) -> None:
        """Closes the window when its time is over; called now and then."""
        with self._lock:
            over = self._open is not None and self._clock() >= self._open.ends_s
        if over:
            self._end("The code was not used within ten minutes: pairing was closed.")

    # What peers ask; in their connections' threads.

    def answer(
        self, request: PairCa | Pair | Renew, *, address: str, checkpoint_id: str
    ) -> Reply | Error:
        """Answers any of them; a refusal is an answer too.

        Args:
            request: What was asked.
            address: Who asks.
            checkpoint_id: Of the certificate that was shown; "" for none.
        """
        try:
            match request:
                case PairCa():
                    return self.certificate(request)
                case Pair():
                    return self.pair(request, address=address)
                case Renew():
                    return self.renew(request, checkpoint_id)
        except Refused as refused:
            return Error.refuse(refused.code, refused.sentence, re=request.id)

    def certificate(self, request: PairCa) -> PairCaReply:
        """The authority's certificate, which is no secret."""
        return PairCaReply(re=request.id, certificate=self._authority.pem)

    def pair(self, request: Pair, *, address: str) -> Paired:
        """Lets a checkpoint in whose secret is the right one.

        Raises:
            Refused: It is not, or nothing is open.
        """
        self.look()
        if secrets.compare_digest(request.secret.encode(), self.local_secret.encode()):
            return self._pair_local(request)
        opened = self._spend(request, address)
        checkpoint_id = self._devices.free_id(request.checkpoint_id)
        before = self._devices.find(checkpoint_id)
        name = opened.name_hint or _given(before)
        as_before = WHEN_ADDED if before is None else before.who_enrols
        who_enrols = opened.who_enrols or as_before
        try:
            paired = self._let_in(request, checkpoint_id, name, who_enrols=who_enrols, local=False)
        except Refused as refused:
            # The code is spent; whoever looks at it is to know.
            self._closed(f"{refused.sentence} Pairing was closed: begin again.")
            raise
        called = name or request.checkpoint_name
        self._post(PairingChanged(None, f"{called} is paired.", checkpoint_id))
        return paired

    def renew(self, request: Renew, checkpoint_id: str) -> Renewed:
        """Another certificate for a checkpoint that has proved its old one.

        Raises:
            Refused: The request cannot be used, the device is gone, or it asks again too soon.
        """
        with self._lock:
            now_s = self._clock()
            if now_s - self._renewed.get(checkpoint_id, -RENEWED_AGAIN_S) < RENEWED_AGAIN_S:
                raise Refused(Code.RATE_LIMITED, "The certificate was renewed just now.")
            self._renewed[checkpoint_id] = now_s
        try:
            issued = self._authority.issue(request.request, checkpoint_id)
            self._devices.renewed(checkpoint_id, issued)
        except (CertificateRefused, KeyError) as error:
            raise Refused(Code.NOT_ALLOWED, "The certificate cannot be renewed.") from error
        except OSError as error:
            raise Refused(Code.STORAGE_FAILED, "The server cannot write its devices.") from error
        log_event(_LOG, "certificate_renewed", checkpoint=checkpoint_id)
        return Renewed(re=request.id, certificate=issued.pem)

    def _spend(self, request: Pair, address: str) -> _Open:
        """Takes the open window for a right secret: it is good once, whatever comes of it."""
        with self._lock:
            opened = self._open
            if opened is not None and secrets.compare_digest(
                request.secret.encode(), opened.secret.hex().encode()
            ):
                self._open = None
                return opened
            wrong = 0
            if opened is not None:
                wrong = opened.window.wrong + 1
                opened.window = replace(opened.window, wrong=wrong)
                if wrong >= WRONG_CODES:
                    self._open = None
        self._tell(
            "pairing refused",
            {"address": address, "checkpoint": request.checkpoint_id, "wrong": str(wrong)},
            refused=True,
        )
        if opened is not None:
            if wrong >= WRONG_CODES:
                self._post(
                    PairingChanged(None, "Five wrong codes came: pairing was closed. Begin again.")
                )
            else:
                self._post(PairingChanged(opened.window, f"A wrong code came from {address}."))
        raise Refused(
            Code.PAIRING_REFUSED,
            "The code is not good: it was used, is too old, or is another one. Ask for a new one.",
        )

    def _pair_local(self, request: Pair) -> Paired:
        """A checkpoint that can read the data folder; one that was shut out stays out."""
        checkpoint_id = request.checkpoint_id
        before = self._devices.find(checkpoint_id)
        if before is not None and before.revoked_at_ms is not None:
            self._tell("pairing refused", {"checkpoint": checkpoint_id}, refused=True)
            raise Refused(
                Code.REVOKED,
                "This checkpoint was shut out. Pair it with a code from the server's window.",
            )
        if before is not None and not before.local:
            checkpoint_id = self._devices.free_id(checkpoint_id)
        known = before is not None and before.local
        who_enrols = before.who_enrols if before and known else ON_THIS_COMPUTER
        name = _given(before) if known else ""
        return self._let_in(request, checkpoint_id, name, who_enrols=who_enrols, local=True)

    def _let_in(
        self, request: Pair, checkpoint_id: str, name: str, *, who_enrols: WhoEnrols, local: bool
    ) -> Paired:
        try:
            issued = self._authority.issue(request.request, checkpoint_id)
            device = Device(
                checkpoint_id=checkpoint_id,
                name=name or request.checkpoint_name,
                named=bool(name),
                paired_at_ms=self._now_ms(),
                expires_at_ms=issued.expires_at_ms,
                who_enrols=who_enrols,
                local=local,
            )
            self._devices.paired(device, issued.serial)
        except CertificateRefused as error:
            self._tell("pairing refused", {"checkpoint": checkpoint_id}, refused=True)
            raise Refused(Code.PAIRING_REFUSED, str(error)) from error
        except OSError as error:
            raise Refused(Code.STORAGE_FAILED, "The server cannot write its devices.") from error
        how = "this computer" if local else "a code"
        self._tell("checkpoint paired", {"checkpoint": checkpoint_id, "by": how}, refused=False)
        return Paired(
            re=request.id,
            checkpoint_id=checkpoint_id,
            certificate=issued.pem,
            server_name=self._server_name(),
        )

    def _end(self, sentence: str) -> None:
        with self._lock:
            opened, self._open = self._open, None
        if opened is not None:
            self._closed(sentence)

    def _closed(self, sentence: str) -> None:
        self._tell("pairing closed", {"reason": sentence}, refused=False)
        self._post(PairingChanged(None, sentence))

    def _tell(self, action: str, details: Mapping[str, str], *, refused: bool) -> None:
        """Logs and audits; refusals only so many a minute, with how many were left out."""
        more = dict(details)
        with self._lock:
            now_s = self._clock()
            self._audited = [at for at in self._audited if now_s - at < 60]
            if refused and len(self._audited) >= AUDITED_A_MINUTE:
                self._left_out += 1
                return
            if refused:
                self._audited.append(now_s)
                if self._left_out:
                    more["left_out"] = str(self._left_out)
                    self._left_out = 0
        level = logging.WARNING if refused else logging.INFO
        log_event(_LOG, action.replace(" ", "_"), level=level, **more)
        self._audit(action, more, refused=refused)


def _given(before: Device | None) -> str:
    """The name that an administrator gave; it stays when a checkpoint is paired again."""
    return before.name if before is not None and before.named else ""
