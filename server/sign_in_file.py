"""The file by which a program that starts the server, such as the demo, signs its window in."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path


class SignInFileUnusable(Exception):  # noqa: N818 - named for what it is
    """Raised when the file cannot be used; its text says why."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A name and its password."""

    name: str
    password: str = field(repr=False)


def take(path: Path) -> SignIn:
    """Reads the file and deletes it: it is good once.

    Raises:
        SignInFileUnusable: It is missing, can be read by others, or holds something else.
    """
    try:
        if os.name != "nt" and path.stat().st_mode & 0o077:
            raise SignInFileUnusable(f"{path} can be read by others: chmod 600 {path}")
        text = path.read_text(encoding="utf-8")
        path.unlink()
    except OSError as error:
        raise SignInFileUnusable(f"{path} cannot be read: {error.strerror}.") from error
    try:
        found = json.loads(text)
        return SignIn(str(found["name"]), str(found["password"]))
    except (ValueError, KeyError, TypeError) as error:
        raise SignInFileUnusable(
            f'{path} has to hold {{"name": "...", "password": "..."}}.'
        ) from error
