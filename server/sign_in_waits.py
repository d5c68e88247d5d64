"""How long to wait after wrong passwords: for one name, at one checkpoint, and for all together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FREE_TRIES = 3
"""Wrong passwords for one name before its first wait; a slip of the finger costs nothing."""

LONGEST_WAIT_S = 300
"""Of one name. At this pace a year has 105,000 tries, and who knows the password is let in."""

FREE_TRIES_AT_CHECKPOINT = 5
LONGEST_WAIT_AT_CHECKPOINT_S = 900
"""At one checkpoint, whatever names were typed. The right password does not end it, or whoever has
an account could guess another's in between. While it lasts nothing is counted for the name, so that
one checkpoint keeps nobody from signing in elsewhere for more than five minutes of fifteen."""

FREE_TRIES_OF_ALL = 20
LONGEST_WAIT_OF_ALL_S = 30
# Without a wrong password for this long, all start afresh together.
_FORGET_ALL_S = 600
# The same of a checkpoint: longer than its longest wait, which would end itself otherwise.
_FORGET_CHECKPOINT_S = 2 * LONGEST_WAIT_AT_CHECKPOINT_S
# Names that somebody made up are counted like real ones, but not without end.
_NAMES = 256
# Of those typed at one checkpoint the last few: who stands there has typed one or two.
_NAMES_THERE = 16


@dataclass(slots=True)
class Tries:
    """Wrong passwords, and when the last was and the one before, ms since the epoch, UTC."""

    failed: int = 0
    last_ms: int = 0
    before_ms: int = 0

    def left_s(self, free: int, longest_s: int, now_ms: int) -> int:
        """Seconds to wait from now on, rounded up."""
        wait_ms = self._wait_ms(free, longest_s)
        # A clock that was set back makes nobody wait longer than once more.
        since_ms = max(0, now_ms - self.last_ms)
        return max(0, -(-(wait_ms - since_ms) // 1000))

    def until_ms(self, free: int, longest_s: int) -> int:
        """When the wait is over; 0 without one."""
        wait_ms = self._wait_ms(free, longest_s)
        return self.last_ms + wait_ms if wait_ms else 0

    def fail(self, now_ms: int) -> None:
        """One more."""
        self.failed += 1
        self.before_ms, self.last_ms = self.last_ms, now_ms

    def take_back(self) -> None:
        """The last one was none; the wait is again that of those before."""
        self.failed, self.last_ms = max(0, self.failed - 1), self.before_ms

    def _wait_ms(self, free: int, longest_s: int) -> int:
        """How long after the last one, milliseconds."""
        if self.failed < free:
            return 0
        return 1000 * min(1 << min(self.failed - free, 30), longest_s)


@dataclass(slots=True)
class TriesThere(Tries):
    """Those at one checkpoint, with the names that were typed there, the latest last."""

    names: list[str] = field(default_factory=list)

    def typed(self, key: str) -> None:
        """A name was."""
        self.names = [*(one for one in self.names if one != key), key][-_NAMES_THERE:]


@dataclass(slots=True)
class SignInWaits:
    """The tries of every name and of all; kept with the accounts, so a restart changes nothing."""

    names: dict[str, Tries] = field(default_factory=dict)
    everybody: Tries = field(default_factory=Tries)
    checkpoints: dict[str, TriesThere] = field(default_factory=dict)

    def left_s(self, key: str, now_ms: int, *, checkpoint_id: str = "") -> int:
        """Seconds until this name may be tried again, there; 0 for now."""
        if now_ms - self.everybody.last_ms > 1000 * _FORGET_ALL_S:
            self.everybody = Tries()
        self._forget_quiet(now_ms)
        there = self.checkpoints.get(checkpoint_id, Tries())
        own = self.names.get(key, Tries())
        if own.last_ms > now_ms:
            own.last_ms = now_ms
        for tries in (self.everybody, there):
            tries.last_ms = min(tries.last_ms, now_ms)
        return max(
            there.left_s(FREE_TRIES_AT_CHECKPOINT, LONGEST_WAIT_AT_CHECKPOINT_S, now_ms),
            own.left_s(FREE_TRIES, LONGEST_WAIT_S, now_ms),
            self.everybody.left_s(FREE_TRIES_OF_ALL, LONGEST_WAIT_OF_ALL_S, now_ms),
        )

    def fail(self, key: str, now_ms: int, *, known: bool, checkpoint_id: str = "") -> None:
        """A wrong password for a name, whether there is such an account or not.

        Args:
            key: The name's.
            now_ms: The clock, ms since the epoch, UTC.
            known: Whether there is such an account.
            checkpoint_id: Where it was typed; "" for the server's own window.
        """
        if checkpoint_id:
            there = self.checkpoints.setdefault(checkpoint_id, TriesThere())
            there.fail(now_ms)
            there.typed(key)
        if key not in self.names and not known and len(self.names) >= _NAMES:
            oldest = min(self.names, key=lambda name: self.names[name].last_ms)
            del self.names[oldest]
        self.names.setdefault(key, Tries()).fail(now_ms)
        self.everybody.fail(now_ms)

    def succeed(self, key: str, *, checkpoint_id: str = "") -> None:
        """The right one, which was counted as a wrong one before it was looked at."""
        self.forget(key)
        self.everybody.take_back()
        there = self.checkpoints.get(checkpoint_id)
        if there is not None:
            there.take_back()
            there.names = [one for one in there.names if one != key]

    def waiting_at(self, now_ms: int) -> dict[str, int]:
        """Where somebody has to wait: until when, ms since the epoch, by checkpoint.

        What a name waits counts too where it was typed: whoever stands there waits for it.
        """
        self._forget_quiet(now_ms)
        found: dict[str, int] = {}
        for where, there in self.checkpoints.items():
            typed = [self.names[key] for key in there.names if key in self.names]
            for tries in (there, *typed):
                tries.last_ms = min(tries.last_ms, now_ms)  # the clock was set back
            ends_ms = [tries.until_ms(FREE_TRIES, LONGEST_WAIT_S) for tries in typed]
            ends_ms.append(there.until_ms(FREE_TRIES_AT_CHECKPOINT, LONGEST_WAIT_AT_CHECKPOINT_S))
            if (until_ms := max(ends_ms)) > now_ms:
                found[where] = until_ms
        return found

    def let_go_on(self, checkpoint_id: str) -> None:
        """Who stands at a checkpoint was made sure of: its tries, and of the names typed there."""
        for key in self.checkpoints.pop(checkpoint_id, TriesThere()).names:
            self.forget(key)

    def forget(self, key: str) -> None:
        """Another password was set, or the account removed: its wrong ones count no more."""
        self.names.pop(key, None)

    def failed(self, key: str) -> int:
        """Wrong passwords in a row for a name."""
        return self.names.get(key, Tries()).failed

    def to_json(self) -> dict[str, Any]:
        """For the accounts' file."""
        return {
            "names": {key: [one.failed, one.last_ms] for key, one in self.names.items()},
            "everybody": [self.everybody.failed, self.everybody.last_ms],
            "checkpoints": {
                where: [one.failed, one.last_ms, *one.names]
                for where, one in self.checkpoints.items()
            },
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "SignInWaits":
        """Reads `to_json` again."""
        failed, last_ms = found["everybody"]
        return cls(
            names=_tries(found["names"]),
            everybody=Tries(int(failed), int(last_ms)),
            # Not in files of before anybody signed in at a checkpoint.
            checkpoints={
                str(where): _there(*one) for where, one in found.get("checkpoints", {}).items()
            },
        )

    def _forget_quiet(self, now_ms: int) -> None:
        """Checkpoints where nobody mistyped for so long begin afresh."""
        before_ms = now_ms - 1000 * _FORGET_CHECKPOINT_S
        self.checkpoints = {
            where: there for where, there in self.checkpoints.items() if there.last_ms > before_ms
        }


def _there(failed: Any, last_ms: Any, *names: Any) -> TriesThere:
    return TriesThere(int(failed), int(last_ms), names=[str(name) for name in names])


def _tries(found: Mapping[str, Any]) -> dict[str, Tries]:
    return {str(key): Tries(int(one[0]), int(one[1])) for key, one in found.items()}
