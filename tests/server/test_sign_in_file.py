"""The file that signs a window in: for its owner alone, and good once."""

import json
from pathlib import Path

import pytest

from server.sign_in_file import SignInFileUnusable, take

_CONTENT = json.dumps({"name": "administrator", "password": "a brass owl"})


def test_it_is_read_once_and_gone(tmp_path: Path) -> None:
    """The password is not shown by accident."""
    path = tmp_path / "sign-in.json"
    path.write_text(_CONTENT)
    path.chmod(0o600)
    found = take(path)
    assert (found.name, found.password) == ("administrator", "a brass owl")
    assert "brass" not in repr(found)
    assert not path.exists()
    with pytest.raises(SignInFileUnusable, match="cannot be read"):
        take(path)


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_one_that_others_can_read_is_not_used(tmp_path: Path, mode: int) -> None:
    """And stays, for its owner to see."""
    path = tmp_path / "sign-in.json"
    path.write_text(_CONTENT)
    path.chmod(mode)
    with pytest.raises(SignInFileUnusable, match="chmod 600"):
        take(path)
    assert path.exists()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"name": "x"}', "\x00"])
def test_something_else_is_said(tmp_path: Path, content: str) -> None:
    """With what it has to hold."""
    path = tmp_path / "sign-in.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(SignInFileUnusable, match="has to hold"):
        take(path)
