"""Logs as events with fields: JSON lines for machines, one short line each for people."""

import json
import logging
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

from desktop.line_writer import LineWriter

LARGEST_FILE = 32 * 1024 * 1024
OLDER_FILES = 4
"""Together 160 MB: whoever makes a program log, such as a checkpoint that connects again and again,
fills no disk."""

_FIELDS, _MORE = "event_fields", "event_more"
# Made once: `json.dumps` makes one for each line.
_ENCODER = json.JSONEncoder(default=str)


def log_event(
    logger: logging.Logger, event: str, *, level: int = logging.INFO, **fields: object
) -> None:
    """Logs one event by its name, e.g. `log_event(log, "listening", port=5050)`.

    Args:
        logger: The module's logger.
        event: A short name in words, never built from data.
        level: One of logging's levels.
        **fields: What belongs to it; values are written as JSON, others by `str`. Never an
            encoding or a picture.
    """
    log_events(logger, event, [fields], level=level)


def log_events(
    logger: logging.Logger,
    event: str,
    several: Sequence[dict[str, object]],
    *,
    level: int = logging.INFO,
) -> None:
    """Logs several events of one name at one time: a line each, as by `log_event`.

    In a third of the time: what makes a line dear is its record. So they are one.

    Args:
        logger: As above.
        event: As above.
        several: The fields of each.
        level: As above.
    """
    if several and logger.isEnabledFor(level):
        # Not by `logger.log`, which looks for the line of code it was called from: always this one.
        extra = {_FIELDS: several[0], _MORE: several[1:]}
        logger.handle(
            logger.makeRecord(logger.name, level, __file__, 0, event, (), None, None, extra)
        )


def set_up(
    *,
    json_lines: bool,
    level: int = logging.INFO,
    stream: TextIO | None = None,
    file: Path | None = None,
) -> None:
    """Sends all logging of this process to one stream, and to a file when one is named.

    Args:
        json_lines: Whether a line is a JSON object or text for a person.
        level: The lowest level that is written.
        stream: Where to; standard error unless told otherwise.
        file: A file that JSON lines are added to as well; when it is full it becomes `file.1`, and
            the oldest goes.

    Raises:
        OSError: Raised when `file` cannot be opened for writing.
    """
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    lines = JsonLines() if json_lines else PlainLines()
    root.addHandler(_Shown(stream if stream is not None else sys.stderr, lines))
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        kept = _Kept(file, maxBytes=LARGEST_FILE, backupCount=OLDER_FILES, encoding="utf-8")
        kept.setFormatter(JsonLines())
        root.addHandler(kept)
    root.setLevel(level)


class _Kept(RotatingFileHandler):
    """For its owner alone: who is enrolled where and when is nobody else's to read."""

    def _open(self) -> TextIOWrapper:
        os.close(os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        return super()._open()


class _Shown(logging.Handler):
    """Shows lines by a thread: nobody who logs waits for who reads."""

    def __init__(self, stream: TextIO, lines: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(lines)
        self._writer = LineWriter(stream, self._lost)

    def emit(self, record: logging.LogRecord) -> None:
        """Hands the line on."""
        try:
            self._writer.put(*f"{self.format(record)}\n".splitlines(keepends=True))
        except Exception:  # noqa: BLE001 - as every handler: a value that cannot be written
            self.handleError(record)

    def flush(self) -> None:
        """Waits for the reader, for a second at most."""
        self._writer.flush()

    def close(self) -> None:
        """Ends the thread."""
        self._writer.close()
        super().close()

    def _lost(self, count: int) -> str:
        record = logging.LogRecord(
            __name__, logging.WARNING, __file__, 0, "log_lines_lost", (), None
        )
        setattr(record, _FIELDS, {"count": count})
        return self.format(record) + "\n"


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, event, then the event's fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns a line for each event; a traceback is a field, its line breaks escaped."""
        head: dict[str, object] = {
            "time": _time(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        tail = {"traceback": self.formatException(record.exc_info)} if record.exc_info else {}
        return "\n".join([_ENCODER.encode(head | fields | tail) for fields in _several(record)])


class PlainLines(logging.Formatter):
    """One short line for a person: local time, level, event and its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns a line for each event; line breaks and controls in values stay escaped."""
        clock = _time(record).astimezone().strftime("%H:%M:%S")
        head = f"{clock} {record.levelname.lower():7} {record.getMessage()}"
        line = "\n".join(
            " ".join(
                [head, *(f"{name}={_shown(value)}" for name, value in fields.items())]
            ).rstrip()
            for fields in _several(record)
        )
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return line


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """The fields that `log_event` gave with this record; empty for other libraries' records."""
    fields: dict[str, object] = getattr(record, _FIELDS, {})
    return fields


def _several(record: logging.LogRecord) -> list[dict[str, object]]:
    """The fields of each event of a record."""
    return [fields_of(record), *getattr(record, _MORE, ())]


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _shown(value: object) -> str:
    """Quotes what could be mistaken for another field or break the line."""
    text = str(value)
    simple = text.isascii() and text.isprintable() and " " not in text
    return text if simple and text else json.dumps(text)
