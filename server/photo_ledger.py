"""Remembers which pictures were looked at and refused, by content; reasons name people: sealed."""

import base64
import binascii
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from biometrics.quality_modes import STANDARD, QualityMode
from desktop.files import write_atomically
from security.sealing import SealBroken, Sealer
from server.purposes import Purpose

PURPOSE = Purpose.REFUSED_PHOTOS
_ABOUT = b"facenetgrid-refused-photo"


class RefusedPhotos:
    """A file that grows by a sealed line a refused picture.

    A refusal counts for the encoder and the quality limits it was made with: with others the
    picture is looked at again. A line that a crash cut short is passed over.

    Args:
        path: The file; made with the first refusal.
        sealer: Seals each line.
        rules: Names what the refusals depend on.
        now_ms: The server's clock, ms since the epoch, UTC.
    """

    def __init__(
        self,
        path: Path,
        sealer: Sealer,
        rules: str,
        *,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._path = path
        self._sealer = sealer
        self._now_ms = now_ms
        self._rules = rules
        self._lock = threading.Lock()
        self._reasons = dict(self._read())

    def reason(self, sha256: str) -> str | None:
        """Why a picture of this content was refused; None when it was not."""
        with self._lock:
            return self._reasons.get(sha256)

    def add(self, sha256: str, reason: str) -> None:
        """Remembers a refusal.

        Raises:
            OSError: Raised when the disk is full or the folder cannot be written.
        """
        with self._lock:
            if sha256 in self._reasons:
                return
            line = self._sealed(
                {
                    "sha256": sha256,
                    "rules": self._rules,
                    "reason": reason,
                    "at_ms": self._now_ms(),
                }
            )
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a+b") as file:
                # A line cut short by a crash must not swallow this one.
                start = b"" if _ends_whole(file) else b"\n"
                file.write(start + line + b"\n")
            self._reasons[sha256] = reason

    def forget_before(self, ms: int) -> int:
        """Forgets refusals of before then, whatever their rules; returns how many.

        Raises:
            OSError: Raised when the disk is full or the folder cannot be written.
        """
        with self._lock:
            entries = list(self._entries())
            kept = [entry for entry in entries if entry.get("at_ms", 0) >= ms]
            if len(kept) == len(entries):
                return 0
            write_atomically(self._path, b"".join(self._sealed(one) + b"\n" for one in kept))
            self._reasons = dict(self._of_these_rules(kept))
            return len(entries) - len(kept)

    def write_with(self, sealer: Sealer, path: Path) -> None:
        """Writes all refusals elsewhere, whatever their rules, sealed by another key.

        Raises:
            OSError: Raised when the disk is full or the folder cannot be written.
        """
        with self._lock:
            lines = [_sealed(sealer, one) + b"\n" for one in self._entries()]
        write_atomically(path, b"".join(lines))

    def _sealed(self, entry: dict[str, Any]) -> bytes:
        return _sealed(self._sealer, entry)

    def _read(self) -> list[tuple[str, str]]:
        return self._of_these_rules(list(self._entries()))

    def _of_these_rules(self, entries: list[dict[str, Any]]) -> list[tuple[str, str]]:
        return [
            (str(entry["sha256"]), str(entry["reason"]))
            for entry in entries
            if entry["rules"] == self._rules
        ]

    def _entries(self) -> Iterator[dict[str, Any]]:
        """Every line that is whole and ours."""
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            try:
                sealed = base64.b64decode(line, validate=True)
                yield json.loads(self._sealer.unseal(sealed, _ABOUT))
            except (binascii.Error, SealBroken):
                continue


def _sealed(sealer: Sealer, entry: dict[str, Any]) -> bytes:
    return base64.b64encode(sealer.seal(json.dumps(entry).encode("utf-8"), _ABOUT))


def _ends_whole(file: BinaryIO) -> bool:
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def rules_of(encoder: str, quality: QualityMode) -> str:
    """What refusals depend on: the encoder, and how good a picture has to be."""
    return encoder if quality == STANDARD else f"{encoder}/{quality}"
