"""Where a server is, as it is typed and shown: a host and a port in one text."""

import re

DEFAULT_PORT = 5050


def join_address(host: str, port: int) -> str:
    """`host:port`, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def split_address(text: str, *, default_port: int = DEFAULT_PORT) -> tuple[str, int]:
    """Host and port of `host`, `host:port` or `[v6]:port`.

    Raises:
        ValueError: It is none of these; the text is a sentence.
    """
    found = re.fullmatch(
        r"\s*(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^\s:\[\]/]+))(?::(\d{1,5}))?\s*", text
    )
    if found is None:
        raise ValueError(
            f"{text!r} is not a server address. Write name:port, such as 192.168.1.20:5050."
        )
    port = int(found[3]) if found[3] else default_port
    if not 1 <= port <= 65535:
        raise ValueError(f"Port {port} does not exist. Ports go from 1 to 65535.")
    return found[1] or found[2], port
