"""The texts that people agree to: which is in force, and each with a version for later.

The file can be read by anybody and changed by nobody: each text has a MAC of the vault over it and
the one before. Who enrolled has the text in their own sealed file too, so that the list can be made
again from those. Words that were never in force, said at a checkpoint's command line, stand in the
person's file alone: nobody but an administrator makes this one grow.
"""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.files import write_atomically
from protocol.consent import FIRST_TEXT, LONGEST
from protocol.text import is_plain
from server.purposes import Purpose

if TYPE_CHECKING:
    from server.stored_person import Primitive

FORMAT = "facenetgrid-consent-texts"
VERSION = 3
_WITHOUT_FORCE = 1
"""The version of a file that does not know yet which text was in force when."""
_WITH_OWN_WORDS = 2
"""That of one with what people said in their own words. Without them it is another version, so that
it is never the very file of before, which the audit log would take for one that was put back."""
PURPOSE = Purpose.CONSENT_TEXTS
OWN_WORDS = 0
"""In place of a version: what was agreed to was said at a checkpoint, and was never in force."""
_READ = (_WITHOUT_FORCE, _WITH_OWN_WORDS, VERSION)
_LARGEST = 4 * 1024 * 1024
"""Bytes that are written: some five hundred of the longest texts."""
_LARGEST_READ = 2 * _LARGEST
"""Files of before hold own words too, and were filled with them up to one more than 4 MiB."""
_WAY_OUT = (
    "Put a copy of it back, or remove the file: it is made again from what the people enrolled "
    "agreed to. Until then nobody is enrolled at a checkpoint."
)


class ConsentTextsBroken(Exception):  # noqa: N818 - named for what happened
    """Raised when the file cannot be used; it is not written over."""


class ConsentTextRefused(ValueError):  # noqa: N818 - named for what happened
    """Raised when a text cannot be put in force; its sentence is for the person who wrote it."""


class ConsentChanged(ConsentTextRefused):
    """Raised when another text came in force while somebody wrote this one."""


class ConsentOutdated(Exception):  # noqa: N818 - named for what happened
    """Raised when somebody agreed to a text that is not in force any more."""


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One text.

    Attributes:
        version: Its number; the same text has the same one for ever.
        text: What people agree to.
        first_at_ms: When it came here first, ms since the epoch, UTC.
        since_ms: When it was put in force, the last time; 0 for the one to begin with, and for
            what was said at a checkpoint in place of the text in force.
    """

    version: int
    text: str
    first_at_ms: int
    since_ms: int = 0

    @property
    def own_words(self) -> bool:
        """Whether no checkpoint ever showed it: somebody said it at one's command line."""
        return not self.since_ms and self.text != FIRST_TEXT


def clean_consent(text: str) -> str:
    """A text as checkpoints show it: line feeds alone, no blanks at the ends of lines.

    Raises:
        ConsentTextRefused: It is empty, too long, or holds what cannot be shown.
    """
    lines = [line.rstrip() for line in text.replace("\t", " ").splitlines()]
    text = "\n".join(lines).strip("\n").strip()
    if not text:
        raise ConsentTextRefused("The text is empty. Write what people agree to.")
    if len(text) > LONGEST:
        raise ConsentTextRefused(
            f"The text has {len(text)} characters; {LONGEST} are the most. Shorten it."
        )
    if not is_plain(text, lines=True):
        raise ConsentTextRefused("The text holds a character that cannot be shown. Type it again.")
    return text


class ConsentTexts:
    """The file of texts; it only grows, and holds nothing of anybody. Any thread may call.

    Args:
        path: The file; made when somebody agrees, or a text is put in force.
        key: 32 bytes of the vault.
        now_ms: The server's clock, ms since the epoch, UTC.
        agreed: What the people enrolled agreed to; asked for when there is no file.
    """

    def __init__(
        self,
        path: Path,
        key: bytes,
        now_ms: Callable[[], int],
        agreed: Callable[[], Iterable[ConsentText]] = lambda: (),
    ) -> None:
        self._path = path
        self._key = key
        self._now_ms = now_ms
        self._agreed = agreed
        self._lock = threading.Lock()
        self._shown: tuple[tuple[int, int, int] | None, str | None] | None = None

    def in_force(self) -> ConsentText:
        """What checkpoints show now.

        Raises:
            ConsentTextsBroken: The file is damaged, or somebody changed it.
        """
        with self._lock:
            return _in_force(_settled(self._read()))

    def shown(self) -> str | None:
        """The text in force for checkpoints; None while the file cannot be used.

        They ask all the time: the file is read again when it is another one.
        """
        with self._lock:
            stamp = self._stamp()
            if self._shown is None or self._shown[0] != stamp:
                try:
                    self._shown = stamp, _in_force(_settled(self._read())).text
                except ConsentTextsBroken:
                    self._shown = stamp, None
            return self._shown[1]

    def put_in_force(self, text: str, *, instead_of: int) -> ConsentText:
        """From now on checkpoints show this text; what was agreed to before keeps its version.

        Args:
            text: As typed.
            instead_of: The version that whoever wrote this saw in force.

        Raises:
            ConsentTextRefused: It is empty, too long, in force already, or cannot be shown; or
                there are so many that the file could not be read with it.
            ConsentChanged: Another one came in force meanwhile.
            ConsentTextsBroken: The file is damaged, or somebody changed it.
            OSError: The disk refused.
        """
        text = clean_consent(text)
        with self._lock:
            read = self._read()
            texts = _settled(read)
            now = _in_force(texts)
            if now.version != instead_of:
                raise ConsentChanged(
                    f"Version {now.version} came in force meanwhile: read it first. "
                    "Nothing was changed."
                )
            if text == now.text:
                raise ConsentTextRefused("This text is in force already.")
            at_ms = max(self._now_ms(), now.since_ms + 1)
            # Own words had numbers once, which stand at people: none of those is given again.
            given = max((one.version for one in (*read, *self._agreed())), default=0)
            texts = _with(texts, text, at_ms, above=given)
            texts = [replace(one, since_ms=at_ms) if one.text == text else one for one in texts]
            if len(self._encoded(texts)) > _LARGEST:
                raise ConsentTextRefused(
                    f"{len(texts) - 1} texts are kept, and there is no room for another one of "
                    "this length. Shorten it, or put one of before in force again."
                )
            self._write(texts)
            return _in_force(texts)

    def agreed(self, text: str) -> ConsentText:
        """What somebody agreed to just now: the text in force, or what was said in other words.

        Other words, as at a checkpoint's command line, are kept with the person and not here; they
        have no version (`OWN_WORDS`).

        Raises:
            ConsentOutdated: It was in force and is not any more.
            ConsentTextsBroken: The file is damaged, or somebody changed it.
            OSError: The disk refused.
        """
        with self._lock:
            read = self._read()
            texts = _settled(read)
            now = _in_force(texts)
            found = next((one for one in texts if one.text == text), None)
            if found is not None and found != now:
                raise ConsentOutdated(
                    f"Version {found.version} of the text that people agree to is not in force any "
                    "more: show the text as it is now, and ask again."
                )
            if texts != read or not self._path.exists():
                self._write(texts)
            return found or ConsentText(OWN_WORDS, text, self._now_ms())

    def all(self) -> tuple[ConsentText, ...]:
        """Every text, the oldest first; the one to begin with is among them.

        Raises:
            ConsentTextsBroken: The file is damaged, or somebody changed it.
        """
        with self._lock:
            return tuple(_settled(self._read()))

    def write_with(self, key: bytes, path: Path) -> None:
        """Writes the same texts elsewhere, proven with another key.

        Raises:
            ConsentTextsBroken: The file is damaged, or somebody changed it.
            OSError: The disk refused.
        """
        with self._lock:
            texts = _settled(self._read())
        ConsentTexts(path, key, self._now_ms).keep(texts)

    def keep(self, texts: Iterable[ConsentText]) -> None:
        """Writes texts where there are none yet.

        Raises:
            OSError: The disk refused.
        """
        with self._lock:
            self._write(list(texts))

    # From here on with _lock held.

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            there = self._path.stat()
        except OSError:
            return None
        return there.st_mtime_ns, there.st_size, there.st_ino

    def _read(self) -> list[ConsentText]:
        """What the file holds; one of before may hold own words, which `_settled` leaves out."""
        try:
            with self._path.open("rb") as file:
                found = json.loads(file.read(_LARGEST_READ))
            if found["format"] != FORMAT or found["version"] not in _READ:
                raise ConsentTextsBroken(f"{self._path} holds no consent texts. {_WAY_OUT}")
            read = [
                (
                    ConsentText(
                        int(one["version"]),
                        str(one["text"]),
                        int(one["first_at_ms"]),
                        0 if found["version"] == _WITHOUT_FORCE else int(one["since_ms"]),
                    ),
                    str(one["proof"]),
                )
                for one in found["texts"]
            ]
        except FileNotFoundError:
            return self._made_again()
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise ConsentTextsBroken(f"{self._path} is damaged. {_WAY_OUT}") from error
        before = ""
        for text, proof in read:
            before = self._proof(text, before, file_version=found["version"])
            if not hmac.compare_digest(proof.encode(), before.encode()):
                raise ConsentTextsBroken(
                    f"{self._path} was changed by somebody else than FaceNetGrid: version "
                    f"{text.version} is not what people agreed to. {_WAY_OUT}"
                )
        return [text for text, _ in read]

    def _made_again(self) -> list[ConsentText]:
        found: dict[int, ConsentText] = {}
        for one in self._agreed():
            if one.own_words:
                continue
            known = found.get(one.version, one)
            found[one.version] = replace(
                known,
                first_at_ms=min(one.first_at_ms, known.first_at_ms),
                since_ms=max(one.since_ms, known.since_ms),
            )
        return [found[version] for version in sorted(found)]

    def _write(self, texts: list[ConsentText]) -> None:
        write_atomically(self._path, self._encoded(texts))

    def _encoded(self, texts: list[ConsentText]) -> bytes:
        plain: list[dict[str, object]] = []
        before = ""
        for one in texts:
            before = self._proof(one, before)
            plain.append(
                {
                    "version": one.version,
                    "text": one.text,
                    "first_at_ms": one.first_at_ms,
                    "since_ms": one.since_ms,
                    "proof": before,
                }
            )
        whole = {"format": FORMAT, "version": VERSION, "texts": plain}
        return json.dumps(whole, indent=1, ensure_ascii=False).encode("utf-8")

    def _proof(self, one: ConsentText, before: str, *, file_version: int = VERSION) -> str:
        said: list[object] = [before, one.version, one.text, one.first_at_ms]
        if file_version != _WITHOUT_FORCE:
            said.append(one.since_ms)
        body = json.dumps(said).encode("ascii")
        return hmac.new(self._key, body, hashlib.sha256).hexdigest()


def _settled(read: list[ConsentText]) -> list[ConsentText]:
    """Without own words; the text to begin with has its version before anybody agreed to it."""
    return _with([one for one in read if not one.own_words], FIRST_TEXT, 0)


def _with(texts: list[ConsentText], text: str, at_ms: int, *, above: int = 0) -> list[ConsentText]:
    """With this text among them; a new one has the next version, above those given before."""
    if any(one.text == text for one in texts):
        return texts
    version = max((one.version for one in texts), default=0)
    version = max(version, above) + 1
    return [*texts, ConsentText(version, text, at_ms)]


def _in_force(texts: list[ConsentText]) -> ConsentText:
    """The one that was put in force last; before that, the one to begin with, which is there."""
    newest = max(texts, key=lambda one: one.since_ms)
    return newest if newest.since_ms else next(one for one in texts if one.text == FIRST_TEXT)


def agreed_to(consents: Iterable[Mapping[str, "Primitive"] | None]) -> tuple[ConsentText, ...]:
    """The texts in what was noted at people."""
    found: list[ConsentText] = []
    for consent in consents:
        if consent is None:
            continue
        version, text, at_ms = (consent.get(name) for name in ("version", "text", "at_ms"))
        since_ms = consent.get("since_ms", 0)
        if isinstance(version, int) and isinstance(text, str) and isinstance(at_ms, int):
            since_ms = since_ms if isinstance(since_ms, int) else 0
            found.append(ConsentText(version, text, at_ms, since_ms))
    return tuple(found)
