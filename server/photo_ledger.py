"""Remembers which pictures were looked at and refused, by content, so that nobody looks twice."""

import json
import os
import threading
from pathlib import Path
from typing import BinaryIO

from biometrics.quality_modes import STANDARD, QualityMode


class RefusedPhotos:
    """A file of JSON lines that only grows; one line a refused picture.

    A refusal counts for the encoder and the quality limits it was made with: with others the
    picture is looked at again. A line that a crash cut short is passed over.

    Args:
        path: The file; made with the first refusal.
        rules: Names what the refusals depend on.
    """

    def __init__(self, path: Path, rules: str) -> None:
        self._path = path
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
            line = json.dumps({"sha256": sha256, "rules": self._rules, "reason": reason})
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a+b") as file:
                # A line cut short by a crash must not swallow this one.
                start = b"" if _ends_whole(file) else b"\n"
                file.write(start + line.encode("utf-8") + b"\n")
            self._reasons[sha256] = reason

    def _read(self) -> list[tuple[str, str]]:
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        found: list[tuple[str, str]] = []
        for line in lines:
            try:
                entry = json.loads(line)
                if entry["rules"] == self._rules:
                    found.append((str(entry["sha256"]), str(entry["reason"])))
            except (ValueError, KeyError, TypeError):
                continue
        return found


def _ends_whole(file: BinaryIO) -> bool:
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def rules_of(encoder: str, quality: QualityMode) -> str:
    """What refusals depend on: the encoder, and how good a picture has to be."""
    return encoder if quality == STANDARD else f"{encoder}/{quality}"
