"""Requests that come while a search runs: searched together, answered each for itself."""

import threading
from typing import Any

import numpy as np
import pytest

from server import recognition
from server.recognition import RecognitionService
from tests.server.test_recognition import GATE, Journal, gallery
from tests.server.wire import face, identify


def test_who_comes_while_a_search_runs_is_searched_with_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One search for all that wait, each with its own answer; one that fails fails alone."""
    journal, people = Journal(), gallery("Ann", "Bob", "Cem")
    deciding = RecognitionService(lambda: people, journal)
    begun, go_on, sizes = threading.Semaphore(0), threading.Semaphore(0), list[int]()
    search = recognition.identify_many

    def held(probes: list[np.ndarray], *rest: Any) -> Any:
        begun.release()
        assert go_on.acquire(timeout=10)
        sizes.append(len(probes))
        if len(probes) == 1 and probes[0][0] == bad[0]:
            raise ValueError("nobody expected this")
        return search(probes, *rest)

    def ask(number: int) -> None:
        try:
            answers[number] = deciding.identify(requests[number], GATE, received_s=0.0)
        except ValueError as error:
            answers[number] = error

    monkeypatch.setattr(recognition, "identify_many", held)
    requests = [identify(face(number, noise=0.1)) for number in (0, 1, 2, 99)]
    bad = requests[0].encoding
    answers: dict[int, Any] = {}
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    threads[0].start()
    assert begun.acquire(timeout=10)
    for at, thread in enumerate(threads[1:]):
        thread.start()
        while len(deciding._turns._waiting) <= at:
            assert thread.is_alive()
    go_on.release(2)
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert sizes == [1, 3]
    assert isinstance(answers[0], ValueError)
    assert [answers[at].display_name for at in (1, 2, 3)] == ["Bob", "Cem", None]
    assert [answers[at].event_id for at in (1, 2, 3)] == [r.event_id for r in requests[1:]]
    assert len(journal.rows) == 3


def test_a_turn_that_cannot_be_searched_together_is_searched_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What one of them brings along is its own trouble."""
    journal, people = Journal(), gallery("Ann", "Bob")
    deciding = RecognitionService(lambda: people, journal)
    search = recognition.identify_many

    def alone(probes: list[np.ndarray], *rest: Any) -> Any:
        if len(probes) > 1:
            raise ValueError("not together")
        return search(probes, *rest)

    monkeypatch.setattr(recognition, "identify_many", alone)
    asked = [
        recognition._Asked(
            request=request,
            caller=GATE,
            received_s=0.0,
            probe=np.array(request.encoding),
            content="",
            objection="",
        )
        for request in (identify(face(0, noise=0.1)), identify(face(1, noise=0.1)))
    ]
    deciding._decide(asked)
    assert [one.stored().record.display_name for one in asked] == ["Ann", "Bob"]
