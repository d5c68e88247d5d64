"""Binds the listening port; when it is taken, says by whom and which one is free."""

import errno
import ipaddress
import socket
import sys
from pathlib import Path

from server.events import GridState, PortHolder, ServerStateChanged

LOOPBACK = "127.0.0.1"
# A burst of checkpoints that reconnect together waits in the kernel rather than being turned away.
BACKLOG = 512
_LISTENING = "0A"


class PortInUse(Exception):  # noqa: N818 - named for what happened
    """Raised when another program listens on the port; `holder` names it where that is known."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.holder = holder_of(port)
        self.free_port = next_free(host, port)
        who = "another program"
        if self.holder is not None:
            who = f"{self.holder.name} (process {self.holder.pid})"
        offer = "" if self.free_port is None else f" Port {self.free_port} is free."
        super().__init__(f"Port {port} is in use by {who}.{offer}")

    @property
    def status(self) -> ServerStateChanged:
        """What the window shows."""
        return ServerStateChanged(
            GridState.PORT_IN_USE,
            str(self),
            host=self.host,
            port=self.port,
            holder=self.holder,
            free_port=self.free_port,
        )


class HostRefused(Exception):  # noqa: N818 - named for what happened
    """Raised when the server is asked to listen on what is no address."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host!r} is no address to listen on. Write {LOOPBACK} for checkpoints on this "
            "computer, 0.0.0.0 for every network of it, or one of its IP addresses."
        )


def check_host(host: str) -> None:
    """Lets IP addresses pass; names may mean several, and not the one that was thought of.

    Raises:
        HostRefused: Raised for everything else, "localhost" too: it may mean ::1.
    """
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise HostRefused(host) from None


def whom(host: str) -> str:
    """For whom a server is there that listens on an address, in words."""
    if ipaddress.ip_address(host).is_loopback:
        return "for checkpoints on this computer only"
    return "for paired checkpoints on the network"


def bind(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        HostRefused: Raised when the host is no IP address.
        PortInUse: Raised when another program listens there.
        OSError: Raised when the port cannot be used for another reason, e.g. one below 1024.
    """
    check_host(host)
    listening = socket.socket(_family(host), socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # Connections of the last run that linger in TIME_WAIT shall not keep the port.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno in (errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", -1)):
            raise PortInUse(host, port) from error
        raise
    return listening


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def next_free(host: str, port: int, *, tries: int = 50) -> int | None:
    """The first port after `port` that can be bound now; None when the next `tries` are taken."""
    for candidate in range(port + 1, min(port + 1 + tries, 65536)):
        with socket.socket(_family(host), socket.SOCK_STREAM) as probe:
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    return None


def holder_of(port: int, *, proc: Path = Path("/proc")) -> PortHolder | None:
    """The program that listens on `port`; None where the system does not tell us.

    Only Linux tells, and only of our own user's programs: the socket's inode stands in
    /proc/net/tcp, and the program's open files name it.
    """
    inodes = {f"socket:[{inode}]" for inode in _listening_inodes(port, proc)}
    if not inodes:
        return None
    for process in proc.iterdir():
        if process.name.isdigit() and _holds(process, inodes):
            return PortHolder(int(process.name), _name_of(process))
    return None


def _listening_inodes(port: int, proc: Path) -> list[str]:
    found: list[str] = []
    for table in ("tcp", "tcp6"):
        try:
            lines = (proc / "net" / table).read_text(encoding="ascii").splitlines()[1:]
        except (OSError, ValueError):
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                found.append(fields[9])
    return found


def _holds(process: Path, inodes: set[str]) -> bool:
    try:
        return any(str(file.readlink()) in inodes for file in (process / "fd").iterdir())
    except OSError:
        # Another user's program, or one that ended meanwhile.
        return False


def _name_of(process: Path) -> str:
    """The command's first words; a Python program is known by what it runs."""
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
        text = " ".join(word.decode("utf-8", "replace") for word in words[:4] if word)
    except OSError:
        text = ""
    return text[:80] if text.isprintable() and text else "another program"
