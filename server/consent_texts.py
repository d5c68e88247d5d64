"""The texts that people agreed to, each with a version, so that later it is known which."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop.files import write_atomically

FORMAT = "facenetgrid-consent-texts"
_LARGEST = 4 * 1024 * 1024


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
        now_ms: The server's clock, ms since the epoch, UTC.
    """

    def __init__(self, path: Path, now_ms: Callable[[], int]) -> None:
        self._path = path
        self._now_ms = now_ms
        self._lock = threading.Lock()

    def version_of(self, text: str) -> int:
        """The version of a text, which is the next one when nobody agreed to it before.

        Raises:
            ConsentTextsBroken: The file is damaged.
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
            ConsentTextsBroken: The file is damaged.
        """
        with self._lock:
            return tuple(self._read())

    def _read(self) -> list[ConsentText]:
        try:
            with self._path.open("rb") as file:
                found = json.loads(file.read(_LARGEST))
            if found["format"] != FORMAT:
                raise ConsentTextsBroken(f"{self._path} holds no consent texts.")
            return [
                ConsentText(int(one["version"]), str(one["text"]), int(one["first_at_ms"]))
                for one in found["texts"]
            ]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise ConsentTextsBroken(f"{self._path} is damaged: put a copy of it back.") from error

    def _write(self, texts: list[ConsentText]) -> None:
        plain = [
            {"version": one.version, "text": one.text, "first_at_ms": one.first_at_ms}
            for one in texts
        ]
        data = json.dumps({"format": FORMAT, "texts": plain}, indent=1, ensure_ascii=False)
        write_atomically(self._path, data.encode("utf-8"))
