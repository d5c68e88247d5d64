"""R5: how long an answer takes says nothing that a checkpoint could climb; through the socket."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from biometrics.gallery import Gallery
from biometrics.templates import Person, Template
from server.people import PeopleService
from server.settings import ServerSettings
from tests.server.wire import ENCODER, Peer, face, identify, served

PEOPLE = 3000
EACH = int(os.environ.get("FACENETGRID_ANSWER_TIMES", "120"))
"""Answers of each kind; a thousand when it is measured."""

KINDS = {"match": 0.15, "near miss": 0.5, "stranger": 10.0}
"""By how much the face of somebody enrolled is changed; the limit is about 0.36."""


def crowd() -> Gallery:
    """People whose faces are `face(0)`, `face(1)`..."""
    people = [
        Person(
            subject_id=f"{number:032x}",
            display_name=f"Person {number}",
            templates=(Template(encoding=face(number), sample_id="s", encoder=ENCODER),),
        )
        for number in range(PEOPLE)
    ]
    return Gallery.of(people, ENCODER)


def _timed(gate: Peer, kind: str, number: int) -> float:
    """How long one answer takes, in ms; each is about another face."""
    # What is changed a lot is near nobody.
    request = identify(face(number % PEOPLE, noise=KINDS[kind], noise_seed=number))
    started = time.perf_counter()
    answer = gate.ask(request)
    took_ms = (time.perf_counter() - started) * 1000
    assert (answer.outcome == "identified") == (kind == "match"), (kind, answer)
    return took_ms


@pytest.mark.alone
def test_r5_the_time_of_an_answer_says_nothing_of_the_distance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R5: a near miss takes as long as a stranger or a match, within a part of their spread.

    Interleaved, so that whatever else the machine does meets all three alike. The medians may lie
    half as far apart as the middle half of all times is wide, or 0.25 ms where a quiet machine
    spreads them less; measured were 0.07 and 0.14 ms of 2.
    """
    people = crowd()
    monkeypatch.setattr(PeopleService, "gallery", property(lambda _self: people))
    settings = ServerSettings(port=0, requests_per_second=10_000)
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with served(tmp_path, settings=settings) as running, running.checkpoint() as gate:
        for number in range(20):
            _timed(gate, "match", PEOPLE - 1 - number)
        for number in range(EACH):
            for place, kind in enumerate(KINDS):
                times[kind].append(_timed(gate, kind, number * len(KINDS) + place))
    low, high = np.percentile([one for each in times.values() for one in each], [25, 75])
    medians = {kind: float(np.median(each)) for kind, each in times.items()}
    print({kind: round(one, 3) for kind, one in medians.items()}, f"spread {high - low:.3f} ms")
    assert max(medians.values()) - min(medians.values()) < max(0.5 * (high - low), 0.25)
