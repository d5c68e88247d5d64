"""Servers found on the network (`_facenetgrid._tcp`, mDNS), when zeroconf is installed.

What is found spares typing an address and is believed in nothing else: pairing needs the code.
"""

import contextlib
import importlib
import importlib.util
import ipaddress
import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.logs import log_event
from protocol.address import join_address
from protocol.errors import NameInvalid
from protocol.text import clean_name

log = logging.getLogger(__name__)

SERVICE = "_facenetgrid._tcp.local."
MOST = 32
"""Servers listed; whoever announces a thousand must not fill a window."""

_ANSWER_MS = 2000


@dataclass(frozen=True, slots=True)
class FoundServer:
    """One server.

    Attributes:
        name: What it calls itself.
        address: `host:port`.
        authority: The first 16 digits of its authority's hash, "" when it says none.
    """

    name: str
    address: str
    authority: str = ""


def installed() -> bool:
    """Whether the extra of requirements-discovery.txt is there."""
    return importlib.util.find_spec("zeroconf") is not None


def understood(
    addresses: Sequence[str], port: int | None, properties: Mapping[bytes, bytes | None]
) -> FoundServer | None:
    """A server of an announcement; None for one that cannot be used.

    Args:
        addresses: Its IP addresses, as text.
        port: Its port.
        properties: What else it says; anybody on the network may have written it.
    """
    texts = {
        key.decode("ascii", "replace"): (value or b"").decode("utf-8", "replace")
        for key, value in properties.items()
    }
    with contextlib.suppress(ValueError):
        found = sorted((ipaddress.ip_address(each) for each in addresses), key=lambda a: a.version)
        usable = [each for each in found if not each.is_link_local] or found
        if not usable or not port or not 1 <= port <= 65535:
            return None
        try:
            name = clean_name(texts.get("name", ""))
        except NameInvalid:
            return None
        authority = texts.get("authority", "")
        hexadecimal = len(authority) == 16 and set(authority) <= set("0123456789abcdef")
        return FoundServer(
            name, join_address(str(usable[0]), port), authority if hexadecimal else ""
        )
    return None


class Finder:
    """Looks until it is closed, in threads of zeroconf's and one of its own.

    Without the extra it finds nothing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, FoundServer] = {}
        self._zeroconf: Any = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="discovery", daemon=True)
        if installed():
            self._thread.start()

    @property
    def found(self) -> tuple[FoundServer, ...]:
        """Those that announce themselves now, by name."""
        with self._lock:
            return tuple(sorted(self._found.values(), key=lambda server: server.name.casefold()))

    def close(self) -> None:
        """Stops looking; does not wait."""
        self._over.set()

    @property
    def alive(self) -> bool:
        """Whether it still looks."""
        return self._thread.is_alive()

    def _look(self) -> None:
        try:
            extra = importlib.import_module("zeroconf")
            with contextlib.closing(extra.Zeroconf()) as found:
                extra.ServiceBrowser(found, SERVICE, listener=_Listener(self))
                self._over.wait()
        except Exception as error:  # noqa: BLE001 - a network without multicast is none of ours
            log_event(log, "not_looked_for", level=logging.WARNING, reason=str(error))

    def note(self, key: str, server: FoundServer | None) -> None:
        """Takes what an announcement says, None when it was taken back."""
        with self._lock:
            if server is None:
                self._found.pop(key, None)
            elif key in self._found or len(self._found) < MOST:
                self._found[key] = server


class _Listener:
    """What zeroconf calls, in its own thread."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder

    def add_service(self, zeroconf: Any, kind: str, name: str) -> None:
        info = zeroconf.get_service_info(kind, name, timeout=_ANSWER_MS)
        if info is not None:
            server = understood(info.parsed_addresses(), info.port, info.properties)
            self._finder.note(name, server)

    update_service = add_service

    def remove_service(self, _zeroconf: Any, _kind: str, name: str) -> None:
        self._finder.note(name, None)
