"""A command asks the running server by a file: answered once, or told that nobody is there."""

import json
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from server.request_folder import NoAnswer, RequestFolder, ask
from tests.support import wait_until


def answer(action: str, details: Mapping[str, Any]) -> dict[str, Any]:
    """Says what it was asked."""
    if action == "refuse":
        raise ValueError("This is not done here.")
    return {"did": action, "for": details.get("name", "")}


@pytest.fixture
def looked_into(tmp_path: Path) -> Iterator[Path]:
    """A folder that a thread looks into again and again."""
    folder = RequestFolder(tmp_path / "requests", answer)
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.01):
            folder.look()

    thread = threading.Thread(target=look)
    thread.start()
    yield tmp_path / "requests"
    ended.set()
    thread.join()


def test_a_request_is_answered_and_nothing_is_left(looked_into: Path) -> None:
    """Neither the request nor the answer stays."""
    assert ask(looked_into, "add", {"name": "lobby"}) == {"did": "add", "for": "lobby"}
    assert ask(looked_into, "list") == {"did": "list", "for": ""}
    assert list(looked_into.iterdir()) == []


def test_a_refusal_is_told_in_the_servers_words(looked_into: Path) -> None:
    """The sentence goes to the terminal."""
    with pytest.raises(ValueError, match="not done here"):
        ask(looked_into, "refuse")


def test_without_a_server_the_request_is_withdrawn(tmp_path: Path) -> None:
    """A server that starts an hour later must not do what nobody wants any more."""
    with pytest.raises(NoAnswer, match="is one running"):
        ask(tmp_path, "add", timeout_s=0.2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights another way")
def test_only_the_owner_can_ask(tmp_path: Path) -> None:
    """The folder and what is in it are nobody else's."""
    folder = RequestFolder(tmp_path / "requests", answer)
    folder.look()
    assert (tmp_path / "requests").stat().st_mode & 0o077 == 0


def test_what_is_no_request_does_no_harm(tmp_path: Path) -> None:
    """Garbage, lists, links, too much: removed or left alone, never answered."""
    folder = RequestFolder(tmp_path, answer)
    (tmp_path / ("a" * 32 + ".request")).write_bytes(b"\xff\xfe")
    (tmp_path / ("b" * 32 + ".request")).write_text("[1, 2]")
    (tmp_path / ("c" * 32 + ".request")).write_text(json.dumps({"action": "x" * 70_000}))
    (tmp_path / ("9" * 32 + ".request")).write_text("[" * 10_000)
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.write_text('{"action": "add"}')
    (tmp_path / ("d" * 32 + ".request")).symlink_to(outside)
    (tmp_path / "notes.txt").write_text("somebody's")
    folder.look()
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    assert outside.exists()


def test_forgotten_answers_are_removed(tmp_path: Path) -> None:
    """Who asked may have been killed before the answer came."""
    old = tmp_path / ("e" * 32 + ".answer")
    old.write_text("{}")
    os.utime(old, (0, 0))
    folder = RequestFolder(tmp_path, answer)
    folder.look()
    assert wait_until(lambda: not old.exists()) is None
    (tmp_path / ("f" * 32 + ".request")).write_text("{}")
    folder.clear()
    assert list(tmp_path.iterdir()) == []


def test_a_request_of_long_before_is_not_done(tmp_path: Path) -> None:
    """Its command was killed, and the server stood still: nobody wants it any more."""
    left = tmp_path / ("e" * 32 + ".request")
    left.write_text('{"action": "add"}')
    os.utime(left, (0, 0))
    RequestFolder(tmp_path, lambda *_: pytest.fail("it was done")).look()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted there")
def test_a_folder_in_the_place_of_a_request_costs_no_descriptor(tmp_path: Path) -> None:
    """However often it is looked at."""
    (tmp_path / ("b" * 32 + ".request")).mkdir()
    folder = RequestFolder(tmp_path, answer)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        folder.look()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
