"""Keeps a program's settings: a frozen dataclass of plain values in a small JSON file."""

import dataclasses
import json
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

from desktop.files import write_atomically

S = TypeVar("S")


class SettingsError(Exception):
    """Raised when a settings file cannot be used; its text says which entry and what to do."""


def load(kind: type[S], path: Path) -> S:
    """Reads settings, with the defaults for what the file does not name.

    Args:
        kind: A frozen dataclass whose fields are all str, int, float, bool or one of these or
            None, each with a default. A `__post_init__` that raises ValueError checks ranges.
        path: The JSON file. When it does not exist the defaults are returned.

    Raises:
        SettingsError: Raised when the file is not readable, not JSON, or has a value of the
            wrong type or outside its range. Keys that are not known are ignored, so that an
            older version can start with a newer version's file.
    """
    if not path.exists():
        return kind()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error}.") from error
    if not isinstance(found, dict):
        raise SettingsError(f"The settings file {path} does not hold an object of settings.")
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for field in dataclasses.fields(typing.cast("Any", kind)):
        if field.name in found:
            values[field.name] = _checked(found[field.name], hints[field.name], field.name, path)
    try:
        return kind(**values)
    except ValueError as error:
        raise SettingsError(f"The settings file {path} is not usable: {error}.") from error


def save(settings: object, path: Path) -> None:
    """Writes settings so that a crash leaves the old file or the new one.

    Raises:
        OSError: Raised when the folder cannot be written.
    """
    content = dataclasses.asdict(typing.cast("Any", settings))
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, text.encode("utf-8"))


def _checked(value: object, hint: object, name: str, path: Path) -> object:
    """Accepts `value` when its type is the hint's; an int is a float, a bool is no number."""
    allowed = typing.get_args(hint)
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        kinds = allowed
    elif typing.get_origin(hint) is typing.Literal:
        if value in allowed:
            return value
        choices = ", ".join(repr(choice) for choice in allowed)
        raise SettingsError(f"{name} in {path} is {value!r}; it can be {choices}.")
    else:
        kinds = (hint,)
    if type(value) in kinds:
        return value
    if float in kinds and type(value) is int:
        return float(value)
    wanted = " or ".join(getattr(kind, "__name__", str(kind)) for kind in kinds)
    raise SettingsError(f"{name} in {path} is {value!r}; a value of type {wanted} is needed.")
