"""The addresses of this computer under which others may reach the server."""

import ipaddress
import socket
import struct
import sys
from dataclasses import dataclass

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - the address that means all of them; chosen by a person
# An address of the documentation (RFC 5737): nothing is sent, the system only picks a way there.
_FAR = ("192.0.2.1", 9)
# Linux: the address of a network card (netdevice(7)).
_SIOCGIFADDR = 0x8915


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """One IPv4 address of this computer; `card` is the network card's name, where it is known."""

    address: str
    card: str = ""

    @property
    def words(self) -> str:
        """For a list: the address and the card."""
        return f"{self.address}  ({self.card})" if self.card else self.address


def own_addresses() -> tuple[OwnAddress, ...]:
    """IPv4 addresses of this computer, the one of the way out first; never 127.x.x.x.

    Sends nothing. Empty on a computer without a network.
    """
    found = {address.address: address for address in _of_cards()}
    for address in _of_name():
        found.setdefault(address, OwnAddress(address))
    out = _way_out()
    if out:
        found.setdefault(out, OwnAddress(out))
    return tuple(sorted(found.values(), key=lambda one: (one.address != out, one.card)))


def own_address_towards(host: str) -> str:
    """The address of this computer in the network of another one, by which that reaches it.

    Args:
        host: The other's IP address; "" gives "", as one of this computer, or without a network.
    """
    try:
        other = ipaddress.ip_address(host)
    except ValueError:
        return ""
    return "" if other.version == 6 or other.is_loopback else _towards((host, _FAR[1]))


def reaches_others(host: str) -> bool:
    """Whether a server that listens on `host` can be reached from other computers at all."""
    return host != "localhost" and not _is_loopback(host)


def _of_cards() -> list[OwnAddress]:
    if not sys.platform.startswith("linux"):
        return []
    import fcntl  # there is none on Windows

    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _number, card in socket.if_nameindex():
            try:
                request = struct.pack("256s", card.encode()[:15])
                answer = fcntl.ioctl(asking.fileno(), _SIOCGIFADDR, request)
            except OSError:
                continue  # a card without an IPv4 address
            address = socket.inet_ntoa(answer[20:24])
            if not _is_loopback(address):
                found.append(OwnAddress(address, card))
    return found


def _of_name() -> list[str]:
    """What the system's own name stands for: the way on Windows and macOS."""
    try:
        answers = socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    except OSError:
        return []
    found = {str(answer[4][0]) for answer in answers}
    return sorted(address for address in found if not _is_loopback(address))


def _way_out() -> str:
    """The address that packets to other networks leave from; "" without a network."""
    return _towards(_FAR)


def _towards(where: tuple[str, int]) -> str:
    """The address that packets leave from on the way there; none is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(where)
        except OSError:
            return ""
        address = str(probe.getsockname()[0])
    return "" if _is_loopback(address) or address == EVERYWHERE else address


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
