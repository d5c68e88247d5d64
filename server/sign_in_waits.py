"""How long somebody has to wait after wrong passwords: for one name, and for all together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FREE_TRIES = 3
"""Wrong passwords for one name before its first wait; a slip of the finger costs nothing."""

LONGEST_WAIT_S = 300
"""Of one name. At this pace a year has 105,000 tries, and who knows the password is let in."""

FREE_TRIES_OF_ALL = 20
LONGEST_WAIT_OF_ALL_S = 30
# Without a wrong password for this long, all start afresh together.
_FORGET_ALL_S = 600
# Names that somebody made up are counted like real ones, but not without end.
_NAMES = 256


@dataclass(slots=True)
class Tries:
    """Wrong passwords in a row, and when the last of them was, ms since the epoch, UTC."""

    failed: int = 0
    last_ms: int = 0

    def left_s(self, free: int, longest_s: int, now_ms: int) -> int:
        """Seconds to wait from now on, rounded up."""
        if self.failed < free:
            return 0
        wait_ms = 1000 * min(1 << min(self.failed - free, 30), longest_s)
        # A clock that was set back makes nobody wait longer than once more.
        since_ms = max(0, now_ms - self.last_ms)
        return max(0, -(-(wait_ms - since_ms) // 1000))

    def fail(self, now_ms: int) -> None:
        """One more."""
        self.failed += 1
        self.last_ms = now_ms


@dataclass(slots=True)
class SignInWaits:
    """The tries of every name and of all; kept with the accounts, so a restart changes nothing."""

    names: dict[str, Tries] = field(default_factory=dict)
    everybody: Tries = field(default_factory=Tries)

    def left_s(self, key: str, now_ms: int) -> int:
        """Seconds until this name may be tried again; 0 for now."""
        if now_ms - self.everybody.last_ms > 1000 * _FORGET_ALL_S:
            self.everybody = Tries()
        own = self.names.get(key, Tries())
        if own.last_ms > now_ms:
            own.last_ms = now_ms
        if self.everybody.last_ms > now_ms:
            self.everybody.last_ms = now_ms
        return max(
            own.left_s(FREE_TRIES, LONGEST_WAIT_S, now_ms),
            self.everybody.left_s(FREE_TRIES_OF_ALL, LONGEST_WAIT_OF_ALL_S, now_ms),
        )

    def fail(self, key: str, now_ms: int, *, known: bool) -> None:
        """A wrong password for a name, whether there is such an account or not."""
        if key not in self.names and not known and len(self.names) >= _NAMES:
            oldest = min(self.names, key=lambda name: self.names[name].last_ms)
            del self.names[oldest]
        self.names.setdefault(key, Tries()).fail(now_ms)
        self.everybody.fail(now_ms)

    def succeed(self, key: str) -> None:
        """The right one."""
        self.names.pop(key, None)

    def failed(self, key: str) -> int:
        """Wrong passwords in a row for a name."""
        return self.names.get(key, Tries()).failed

    def to_json(self) -> dict[str, Any]:
        """For the accounts' file."""
        return {
            "names": {key: [one.failed, one.last_ms] for key, one in self.names.items()},
            "everybody": [self.everybody.failed, self.everybody.last_ms],
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "SignInWaits":
        """Reads `to_json` again."""
        names = {str(key): Tries(int(one[0]), int(one[1])) for key, one in found["names"].items()}
        failed, last_ms = found["everybody"]
        return cls(names, Tries(int(failed), int(last_ms)))
