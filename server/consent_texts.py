"""The texts that people agreed to, each with a version, so that later it is known which.

The file can be read by anybody and changed by nobody: each text has a MAC of the vault over it and
the one before. Who enrolled has the text in their own sealed file too, so that the list can be made
again from those.
"""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from desktop.files import write_atomically
from server.stored_person import Primitive

FORMAT = "facenetgrid-consent-texts"
VERSION = 1
PURPOSE = "consent texts"
_LARGEST = 4 * 1024 * 1024
_WAY_OUT = (
    "Put a copy of it back, or remove the file: it is made again from what the people enrolled "
    "agreed to. Until then nobody is enrolled at a checkpoint."
)


class ConsentTextsBroken(Exception):  # noqa: N818 - named for what happened
    """Raised when the file cannot be used; it is not written over."""


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One text, and when somebody agreed to it first, ms since the epoch, UTC."""

    version: int
    text: str
    first_at_ms: int


class ConsentTexts:
    """The file of texts; it only grows, and holds nothing of anybody. Any thread may call.

    Args:
        path: The file; made with the first text.
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

    def version_of(self, text: str) -> int:
        """The version of a text, which is the next one when nobody agreed to it before.

        Raises:
            ConsentTextsBroken: The file is damaged, or somebody changed it.
            OSError: The disk refused.
        """
        with self._lock:
            texts = self._read()
            for one in texts:
                if one.text == text:
                    return one.version
            version = max((one.version for one in texts), default=0) + 1
            self._write([*texts, ConsentText(version, text, self._now_ms())])
            return version

    def all(self) -> tuple[ConsentText, ...]:
        """Every text, the oldest first.

        Raises:
            ConsentTextsBroken: The file is damaged, or somebody changed it.
        """
        with self._lock:
            return tuple(self._read())

    def _read(self) -> list[ConsentText]:
        try:
            with self._path.open("rb") as file:
                found = json.loads(file.read(_LARGEST))
            if (found["format"], found["version"]) != (FORMAT, VERSION):
                raise ConsentTextsBroken(f"{self._path} holds no consent texts. {_WAY_OUT}")
            read = [
                (
                    ConsentText(int(one["version"]), str(one["text"]), int(one["first_at_ms"])),
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
            before = self._proof(text, before)
            if not hmac.compare_digest(proof.encode(), before.encode()):
                raise ConsentTextsBroken(
                    f"{self._path} was changed by somebody else than FaceNetGrid: version "
                    f"{text.version} is not what people agreed to. {_WAY_OUT}"
                )
        return [text for text, _ in read]

    def _made_again(self) -> list[ConsentText]:
        found: dict[int, ConsentText] = {}
        for one in self._agreed():
            known = found.get(one.version)
            if known is None or one.first_at_ms < known.first_at_ms:
                found[one.version] = one
        return [found[version] for version in sorted(found)]

    def _write(self, texts: list[ConsentText]) -> None:
        plain: list[dict[str, object]] = []
        before = ""
        for one in texts:
            before = self._proof(one, before)
            plain.append(
                {
                    "version": one.version,
                    "text": one.text,
                    "first_at_ms": one.first_at_ms,
                    "proof": before,
                }
            )
        whole = {"format": FORMAT, "version": VERSION, "texts": plain}
        data = json.dumps(whole, indent=1, ensure_ascii=False)
        write_atomically(self._path, data.encode("utf-8"))

    def _proof(self, one: ConsentText, before: str) -> str:
        body = json.dumps([before, one.version, one.text, one.first_at_ms]).encode("ascii")
        return hmac.new(self._key, body, hashlib.sha256).hexdigest()


def agreed_to(consents: Iterable[Mapping[str, Primitive] | None]) -> tuple[ConsentText, ...]:
    """The texts in what was noted at people."""
    found: list[ConsentText] = []
    for consent in consents:
        if consent is None:
            continue
        version, text, at_ms = (consent.get(name) for name in ("version", "text", "at_ms"))
        if isinstance(version, int) and isinstance(text, str) and isinstance(at_ms, int):
            found.append(ConsentText(version, text, at_ms))
    return tuple(found)
