"""Tests of the thread that asks for the window."""

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from desktop.logs import fields_of
from desktop.mailbox import Mailbox
from server.accounts import SignInRefused
from server.accounts_file import AccountsUnreadable
from server.ui.background import Answer, Background
from tests.support import wait_until


@pytest.fixture
def box() -> Mailbox[Any]:
    """Where answers arrive."""
    return Mailbox()


@pytest.fixture
def background(box: Mailbox[Any]) -> Iterator[Background]:
    """A running background thread."""
    made = Background(box)
    yield made
    made.end()
    wait_until(lambda: not made.alive)


def _deliver(box: Mailbox[Any], count: int = 1) -> None:
    answers: list[Answer] = []
    wait_until(lambda: answers.extend(box.drain()) or len(answers) >= count)
    for answer in answers:
        answer.deliver()


def test_work_is_done_elsewhere_and_told_here(background: Background, box: Mailbox[Any]) -> None:
    """The work runs in the background thread, its result comes as an event."""
    told: list[str] = []
    background.ask("", lambda: threading.current_thread().name, told.append, _unexpected)
    _deliver(box)
    assert told == ["window-questions"]


def test_an_error_is_told_and_the_thread_lives(background: Background, box: Mailbox[Any]) -> None:
    """What the work raised goes to `failed`; the next question is answered."""
    told: list[object] = []
    background.ask("", lambda: 1 // 0, told.append, told.append)
    background.ask("", lambda: 7, told.append, _unexpected)
    _deliver(box, 2)
    assert isinstance(told[0], ZeroDivisionError)
    assert told[1] == 7


def test_a_newer_question_replaces_an_older_one(background: Background, box: Mailbox[Any]) -> None:
    """While typing, only the last search is answered, even when an older answer is late."""
    told: list[int] = []
    begun, go = threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        go.wait(10)
        return 1

    background.ask("search", slow, told.append, _unexpected)
    assert begun.wait(10)
    background.ask("search", lambda: 2, told.append, _unexpected)
    background.ask("search", lambda: 3, told.append, _unexpected)
    background.ask("other", lambda: 4, told.append, _unexpected)
    go.set()
    _deliver(box, 3)
    assert told == [3, 4]


def test_what_takes_minutes_keeps_nobody_waiting(background: Background, box: Mailbox[Any]) -> None:
    """It has a thread of its own, and its answer is dropped when nobody wants it any more."""
    told: list[object] = []
    go = threading.Event()
    background.apart(lambda: go.wait(10), told.append, _unexpected)
    background.ask("", lambda: 1, told.append, _unexpected)
    _deliver(box)
    assert told == [1]
    background.forget()
    go.set()
    _deliver(box)
    assert told == [1]


def _unexpected(error: Exception) -> None:
    raise AssertionError("unexpected") from error


def test_a_refusal_is_no_accident(
    background: Background, box: Mailbox[Any], caplog: pytest.LogCaptureFixture
) -> None:
    """A wrong password fills no log with a traceback; a bug, or a disk that fails, still does."""

    def refused() -> None:
        raise SignInRefused("The name or the password is wrong.")

    def failed() -> None:
        raise AccountsUnreadable("The accounts cannot be read.") from OSError(5, "broken")

    told: list[object] = []
    with caplog.at_level(logging.INFO):
        for work in (refused, failed, lambda: 1 // 0):
            background.ask("", work, told.append, told.append)
        _deliver(box, 3)
    assert [type(one) for one in told] == [SignInRefused, AccountsUnreadable, ZeroDivisionError]
    assert [(one.levelname, bool(one.exc_info)) for one in caplog.records] == [
        ("INFO", False),
        ("WARNING", True),
        ("WARNING", True),
    ]
    assert fields_of(caplog.records[0]) == {"reason": "SignInRefused"}
