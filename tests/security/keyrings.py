"""A keyring in memory, for tests: nobody's real one is touched."""

import threading


class MemoryKeyring:
    """As a backend of the library `keyring`; can refuse, forget, or never answer."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.refuses = False
        self.forgetful = False
        self.hangs = threading.Event()
        self.hangs.set()

    def get_password(self, service: str, username: str) -> str | None:
        """What is kept."""
        self._maybe()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keeps it."""
        self._maybe()
        if not self.forgetful:
            self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forgets it."""
        self._maybe()
        del self.kept[service, username]

    def _maybe(self) -> None:
        self.hangs.wait(30)
        if self.refuses:
            raise RuntimeError("access denied")
