"""One thread that asks the database and the disk for the window, so that Tk never waits."""

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from desktop.logs import log_event
from desktop.mailbox import Mailbox

_LOG = logging.getLogger(__name__)
_OURS = ("biometrics", "database", "desktop", "protocol", "security", "server")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished question; the window's thread calls it."""

    deliver: Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Question:
    key: str
    number: int
    era: int
    work: Callable[[], Any]
    done: Callable[[Any], None]
    failed: Callable[[Exception], None]


class Background:
    """Does work in a thread of its own and brings the results home as `Answer` events.

    Args:
        mailbox: Where answers go; the window's pump calls `deliver`.
    """

    def __init__(self, mailbox: Mailbox[Any]) -> None:
        self._mailbox = mailbox
        self._questions: queue.SimpleQueue[_Question | None] = queue.SimpleQueue()
        self._newest: dict[str, int] = {}
        self._era = 0
        self._thread = threading.Thread(target=self._run, name="window-questions", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def ask(
        self,
        key: str,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Has `work` done and its result given to `done`, or its exception to `failed`.

        Args:
            key: A newer question of the same key replaces an older one: the older is skipped when
                it has not begun, and its answer is dropped when it has. Empty never replaces.
            work: Runs in the background thread.
            done: Called on the window's thread.
            failed: Called on the window's thread.
        """
        number = self._newest.get(key, 0) + 1
        self._newest[key] = number
        self._questions.put(_Question(key, number, self._era, work, done, failed))

    def apart(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """As `ask`, in a thread of its own: for what takes minutes, so that nothing waits for it.

        The program may end meanwhile: `work` must leave nothing half done that counts.
        """
        question = _Question("", 0, self._era, work, done, failed)
        threading.Thread(
            target=self._answer, args=(question,), name="window-work", daemon=True
        ).start()

    def forget(self) -> None:
        """Nobody wants the answers to what was asked until now; acts are done all the same."""
        self._era += 1

    def end(self) -> None:
        """Lets the thread end after what it is doing; nothing is waited for."""
        self._questions.put(None)

    def _run(self) -> None:
        while (question := self._questions.get()) is not None:
            if question.key and not self._current(question):
                continue
            self._answer(question)

    def _answer(self, question: _Question) -> None:
        try:
            result = question.work()
        except Exception as error:  # noqa: BLE001 - a thread's top; told on the screen
            if _is_answer(error):
                log_event(_LOG, "window_question_refused", reason=type(error).__name__)
            else:
                _LOG.warning("window_question_failed", exc_info=error)
            self._mailbox.post(Answer(self._telling(question, question.failed, error)))
        else:
            self._mailbox.post(Answer(self._telling(question, question.done, result)))

    def _telling(
        self, question: _Question, tell: Callable[[Any], None], value: object
    ) -> Callable[[], None]:
        def deliver() -> None:
            if self._current(question):
                tell(value)

        return deliver

    def _current(self, question: _Question) -> bool:
        if question.era != self._era:
            return False
        return not question.key or self._newest.get(question.key) == question.number


def _is_answer(error: Exception) -> bool:
    """Whether an exception is a refusal of ours, such as a wrong password, and no accident.

    One of ours that was raised for somebody else's, such as the disk's, is an accident told well.
    """
    why = error.__cause__
    return _is_ours(error) and (why is None or _is_ours(why))


def _is_ours(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] in _OURS
