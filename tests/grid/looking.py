"""Looks for servers on the network as the pairing window does, and says what it sees: a program."""

import sys

from client.discovery import Finder
from tests.support import wait_until

WITHIN_S = 20.0


def main() -> int:
    """Says the first server found, then when it is gone."""
    finder = Finder()
    wait_until(lambda: finder.found, timeout_s=WITHIN_S, what="a server to be found")
    (server,) = finder.found
    print("found", server.name, server.address, server.authority, flush=True)
    wait_until(lambda: not finder.found, timeout_s=WITHIN_S, what="the server to go")
    print("gone", flush=True)
    finder.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
