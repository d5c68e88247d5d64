"""Tells the network where the server is (`_facenetgrid._tcp`, mDNS), when zeroconf is installed.

An announcement proves nothing: a checkpoint still needs a code. It spares typing an address.
"""

import importlib
import importlib.util
import ipaddress
import logging
import threading
from typing import Any, Protocol

from desktop.logs import log_event

_LOG = logging.getLogger(__name__)

SERVICE = "_facenetgrid._tcp.local."
HASH_DIGITS = 16
_LONGEST_NAME = 40


class Announcing(Protocol):
    """What is needed of zeroconf."""

    def addresses(self) -> list[bytes]:
        """This computer's IPv4 addresses on its networks, packed."""

    def announce(self, name: str, addresses: list[bytes], port: int, facts: dict[str, str]) -> None:
        """Registers the service; may take a second."""

    def close(self) -> None:
        """Takes it back."""


class Announcement:
    """One announcement, made and taken back in a thread of its own.

    Args:
        name: What the server calls itself.
        host: What it listens on; one for this computer alone is not announced.
        port: Its port.
        authority_hash: SHA-256 of the authority's certificate.
        announcing: Replaced by tests.
    """

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        authority_hash: bytes,
        *,
        announcing: Announcing | None = None,
    ) -> None:
        self._announcing = announcing
        self._name = name
        self._host = ipaddress.ip_address(host)
        self._port = port
        self._facts = {"name": name, "authority": authority_hash.hex()[:HASH_DIGITS]}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="announce", daemon=True)

    def start(self) -> None:
        """Begins; where nothing can be announced nothing happens."""
        there = self._announcing is not None or installed()
        if there and not self._host.is_loopback:
            self._thread.start()

    def withdraw(self) -> None:
        """Asks for it to be taken back; does not wait."""
        self._over.set()

    def join(self, timeout_s: float) -> None:
        """Waits until it is taken back: else checkpoints go on listing a server that is gone."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    @property
    def alive(self) -> bool:
        """Whether it stands, or is being made or taken back."""
        return self._thread.is_alive()

    def _run(self) -> None:
        announcing: Announcing | None = self._announcing
        try:
            announcing = announcing or _Zeroconf()
            everywhere = self._host.is_unspecified
            addresses = announcing.addresses() if everywhere else [self._host.packed]
            announcing.announce(self._name, addresses, self._port, self._facts)
            log_event(_LOG, "announced", name=self._name, port=self._port)
            self._over.wait()
        except Exception as error:  # noqa: BLE001 - a network without multicast is none of ours
            log_event(_LOG, "not_announced", level=logging.WARNING, reason=str(error))
        finally:
            if announcing is not None:
                announcing.close()


def installed() -> bool:
    """Whether the extra of requirements-discovery.txt is there."""
    return importlib.util.find_spec("zeroconf") is not None


def instance_name(name: str, authority: str) -> str:
    """The service's name: unique where two grids have the same one, within DNS's 63 bytes."""
    clean = "".join(character if character.isalnum() else "-" for character in name)
    short = clean.encode("utf-8")[:_LONGEST_NAME].decode("utf-8", "ignore")
    return f"{short}-{authority[:8]}.{SERVICE}"


class _Zeroconf:
    """The real one."""

    def __init__(self) -> None:
        self._extra: Any = importlib.import_module("zeroconf")
        self._zeroconf: Any = self._extra.Zeroconf()

    def addresses(self) -> list[bytes]:
        cards: Any = importlib.import_module("ifaddr")  # zeroconf brings it along
        found = [
            ipaddress.ip_address(str(each.ip))
            for adapter in cards.get_adapters()
            for each in adapter.ips
            if each.is_IPv4
        ]
        return [each.packed for each in found if not each.is_loopback]

    def announce(self, name: str, addresses: list[bytes], port: int, facts: dict[str, str]) -> None:
        self._zeroconf.register_service(
            self._extra.ServiceInfo(
                SERVICE,
                instance_name(name, facts["authority"]),
                addresses=addresses,
                port=port,
                properties=facts,
                server=f"grid-{facts['authority']}.local.",
            )
        )

    def close(self) -> None:
        self._zeroconf.close()
