"""Passwords: argon2id over them, and a sentence for those that are too easy to guess.

The rules are those of NIST SP 800-63B, 5.1.1.2: length counts, what everybody uses is refused, and
nobody is told to mix in digits and signs. All passwords are brought to one Unicode form (NFKC)
first, so that an accent typed on another keyboard is the same accent.
"""

import base64
import re
import secrets
import unicodedata
from dataclasses import dataclass

from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

SHORTEST = 12
"""Characters. NIST asks for 8; here one password opens every face and every event."""

LONGEST = 256
"""Characters; long enough for any sentence, short enough to be hashed without a thought."""

_STRONG = 18
# What is left beside the account's name has to be a password of its own.
_BESIDE_NAME = 8
_FEWEST_DIFFERENT = 5
# The words that lead the lists of leaked passwords, in a few languages, and our own name. What is
# made of them and of digits and signs alone is guessed within seconds.
_WORDS = """
password passwort passwd kennwort motdepasse contrasena senha parola wachtwoord losenord
administrator administrador admin root user guest operator manager server system master
superuser superman batman letmein welcome willkommen bienvenue hello hallo secret geheim
changeme change default test testing temp login access enter open iloveyou sunshine princess
football baseball dragon monkey shadow michael jordan summer winter spring autumn sommer
monday friday january december qwerty qwertz azerty asdf asdfgh yxcvbn zxcvbn qazwsx abc
abcd one two three four facenet grid facenetgrid face camera checkpoint lobby please
trustno correct horse battery staple the is my me a for and new pass word
"""
_COMMON = frozenset(_WORDS.split())
_LONGEST_COMMON = max(len(word) for word in _COMMON)
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)
_CURE = "Add a word or two that few would think of."
_LOOKALIKES = str.maketrans("@4310!5$7", "aaeioisst")


class WeakPassword(ValueError):  # noqa: N818 - named for what it is
    """Raised when a password is too easy to guess; its text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Strength:
    """Whether a password may be used, and a sentence about it."""

    good: bool
    sentence: str


class Passwords:
    """Hashes passwords and compares them; about a tenth of a second each. Any thread may call.

    The usual cost is the second recommended option of RFC 9106, section 4: argon2id, 64 MiB, 3
    passes, 4 lanes. It is written into every hash, so that a stored one is known to be of another
    cost and made again at the next sign-in.

    Args:
        passes: Times over the memory; of RFC 9106 unless told otherwise.
        memory_kib: Memory, KiB; of RFC 9106 unless told otherwise.
        lanes: Threads; of RFC 9106 unless told otherwise.
    """

    def __init__(
        self,
        *,
        passes: int = profiles.RFC_9106_LOW_MEMORY.time_cost,
        memory_kib: int = profiles.RFC_9106_LOW_MEMORY.memory_cost,
        lanes: int = profiles.RFC_9106_LOW_MEMORY.parallelism,
    ) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes)
        # Compared with when there is no account, so that an unknown name costs the same.
        self._nobody = _of_nobody(self._hasher)

    def hash(self, password: str) -> str:
        """The text to keep in the place of a password: algorithm, cost, salt and hash."""
        return self._hasher.hash(normal(password))

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether a password is the one kept; None (no such account) costs as much and is not."""
        if len(password) > LONGEST:
            password = password[:LONGEST]  # never the right one: a kept one is shorter
            kept = None
        try:
            self._hasher.verify(kept or self._nobody, normal(password))
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether a kept hash has another cost than new ones."""
        return self._hasher.check_needs_rehash(kept)


def _of_nobody(hasher: PasswordHasher) -> str:
    """A kept text of the hasher's cost, drawn instead of hashed: no password is known to match."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=")
        for length in (hasher.salt_len, hasher.hash_len)
    )
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${cost}${salt}${digest}"


def normal(password: str) -> str:
    """One form for what looks the same (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def strength(password: str, *, name: str = "") -> Strength:
    """Judges a password.

    Args:
        password: As typed.
        name: Of the account; it may not make up the password.
    """
    text = normal(password)
    missing = SHORTEST - len(text)
    if missing > 0:
        more = f"{missing} more {'is' if missing == 1 else 'are'} needed"
        return Strength(good=False, sentence=f"At least {SHORTEST} characters: {more}.")
    if len(text) > LONGEST:
        return Strength(good=False, sentence=f"At most {LONGEST} characters.")
    if any(unicodedata.category(sign) == "Cc" for sign in text):
        return Strength(good=False, sentence="It has a sign that cannot be typed again.")
    if why := _guessed(text.casefold(), normal(name).casefold().strip()):
        return Strength(good=False, sentence=f"Too easy to guess: {why}. {_CURE}")
    if len(text) >= _STRONG:
        return Strength(good=True, sentence="Good: long, and not one of those tried first.")
    return Strength(good=True, sentence="Good. A sentence of a few words would be better still.")


def check(password: str, *, name: str = "") -> None:
    """Lets a password through that may be used.

    Raises:
        WeakPassword: It may not.
    """
    judged = strength(password, name=name)
    if not judged.good:
        raise WeakPassword(judged.sentence)


def _guessed(text: str, name: str) -> str:
    """Why this is among what is tried first; empty when it is not."""
    if len(set(text)) == 1:
        return "it is one sign again and again"
    if _is_sequence(text):
        return "it follows the alphabet, the digits or the keyboard"
    if len(set(text)) < _FEWEST_DIFFERENT or _repeats(text):
        return "it says the same again and again"
    if len(name) > 2 and len(text.replace(name, "")) < _BESIDE_NAME:
        return "it is little more than the name"
    if _is_common(text):
        return "it is made of words that everybody uses"
    return ""


def _is_sequence(text: str) -> bool:
    """Whether it is pieces of four or more of a row, forwards or backwards, and nothing else."""
    at = 0
    while at < len(text):
        length = max(
            _run(text, at, line) for row in _ROWS for line in (row + row, (row + row)[::-1])
        )
        if length < min(4, len(text) - at):
            return False
        at += length
    return True


def _run(text: str, at: int, line: str) -> int:
    """How many signs from `at` on stand in this order in the line."""
    length = 0
    while at + length < len(text) and text[at : at + length + 1] in line:
        length += 1
    return length


def _repeats(text: str) -> bool:
    """Whether it is one short piece over and over."""
    return re.fullmatch(r"(.{1,5})\1+.{0,4}", text) is not None


def _is_common(text: str) -> bool:
    """Whether nothing is left but common words once digits and signs are gone."""
    inner = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    return any(
        _of_common_words("".join(sign for sign in plain if sign.isalpha()))
        for plain in (text, inner.translate(_LOOKALIKES))
    )


def _of_common_words(letters: str) -> bool:
    reached = {0}
    for at in range(len(letters)):
        if at in reached:
            reached |= {
                at + length
                for length in range(1, _LONGEST_COMMON + 1)
                if letters[at : at + length] in _COMMON
            }
    # Hardly a letter is no password of words, but one of digits: a date, a telephone number.
    return len(letters) in reached
