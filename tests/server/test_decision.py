"""The policy follows the gallery and the target, and large galleries do not hold up searches."""

import threading

import numpy as np
import pytest

from biometrics.gallery import Gallery, Person, Template
from biometrics.identify import Identified, NotIdentified, identify
from biometrics.prior import FEWEST_STRANGERS
from server import decision
from server.decision import Decision
from tests.server.wire import ENCODER, face
from tests.support import wait_until


def people(count: int) -> Gallery:
    """So many with two samples each."""
    return Gallery.of(
        (
            Person(
                subject_id=f"{number:032x}",
                display_name=f"P{number}",
                templates=tuple(
                    Template(
                        encoding=face(number, noise=0.1, noise_seed=2 * number + sample),
                        sample_id=str(sample),
                        encoder=ENCODER,
                    )
                    for sample in range(2)
                ),
            )
            for number in range(count)
        ),
        ENCODER,
    )


def test_the_policy_is_fitted_once_a_gallery() -> None:
    """The same snapshot has the same policy; another has its own, also an empty one."""
    keeper = Decision(lambda: 3)
    empty, few = people(0), people(5)
    first = keeper.fitted(few)
    assert keeper.fitted(few) is first
    assert (first.people, first.per_1000) == (5, 3)
    assert keeper.fitted(empty).people == 0
    assert isinstance(identify(face(2), few, keeper.policy(few)), Identified)
    assert isinstance(identify(face(99), few, keeper.policy(few)), NotIdentified)


def test_another_target_counts_at_once() -> None:
    """Also for a gallery that is fitted by a thread."""
    target = [10.0]
    keeper = Decision(lambda: target[0], at_once=0)
    gallery = people(5)
    assert keeper.fitted(gallery).per_1000 == 10
    target[0] = 1.0
    assert keeper.fitted(gallery).per_1000 == 1


def test_large_galleries_keep_the_policy_before_until_the_next_is_fitted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One thread fits; searches go on meanwhile."""
    keeper = Decision(lambda: 3, at_once=2)
    before, after = people(20), people(22)
    wait_until(lambda: keeper.latest(before) is not None)
    first = keeper.fitted(before)
    go_on, fits = threading.Event(), []
    fit = decision.fit_policy

    def slow(*arguments: object, **named: object) -> object:
        fits.append(threading.current_thread().name)
        assert go_on.wait(5)
        return fit(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(decision, "fit_policy", slow)
    assert all(keeper.fitted(after) is first for _ in range(5))
    go_on.set()
    wait_until(lambda: keeper.fitted(after).people == 22)
    assert set(fits) == {"policy"}


def test_the_window_never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known until a thread has fitted; another target is not known either."""
    target = [3.0]
    keeper, gallery, go_on = Decision(lambda: target[0]), people(5), threading.Event()
    fit = decision.fit_policy

    def slow(*arguments: object, **named: object) -> object:
        assert go_on.wait(5)
        return fit(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(decision, "fit_policy", slow)
    assert keeper.latest(gallery) is None
    assert keeper.latest(gallery) is None
    go_on.set()
    wait_until(lambda: keeper.latest(gallery) is not None)
    target[0] = 10.0
    found = keeper.latest(gallery)
    assert found is None or found.per_1000 == 10
    wait_until(lambda: keeper.latest(gallery) is not None)


def test_a_fit_that_fails_leaves_the_policy_before(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """With a traceback in the log, and the next change tries again."""
    keeper, twenty = Decision(lambda: 3, at_once=2), people(20)
    wait_until(lambda: keeper.latest(twenty) is not None)
    first = keeper.fitted(twenty)

    def broken(*_: object, **__: object) -> object:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(decision, "fit_policy", broken)
        assert keeper.fitted(people(21)) is first
        wait_until(lambda: "could not be fitted" in caplog.text)
    caplog.clear()
    again = people(22)
    wait_until(lambda: keeper.fitted(again) is keeper.latest(again))


def test_no_search_waits_for_a_fit_of_thousands(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start, with another target, and after many came: what was learnt decides so long."""
    target, go_on = [3.0], threading.Event()
    keeper = Decision(lambda: target[0], at_once=2)
    fit = decision.fit_policy

    def slow(*arguments: object, **named: object) -> object:
        assert named.get("measured") is False or go_on.wait(5)
        return fit(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(decision, "fit_policy", slow)
    few, many = people(8), people(40)
    first = keeper.fitted(few)
    assert keeper.fitted(few) is first
    assert (first.people, first.per_1000) == (8, 3)
    assert isinstance(identify(face(2), few, first.policy), Identified)
    target[0] = 1.0
    stricter = keeper.fitted(few)
    assert stricter.per_1000 == 1
    assert stricter.policy.threshold < first.policy.threshold
    go_on.set()
    wait_until(lambda: keeper.latest(few) is not None)
    go_on.clear()
    assert keeper.fitted(many).people == 40
    go_on.set()


def test_strangers_count_once_they_are_enough() -> None:
    """Fitted aside; a few more do not matter; none left count no longer, at once."""
    rows = [np.array([face(seed) / 1.4 for seed in range(1000, 1250)], dtype=np.float32)]
    kept = [rows[0][:30]]
    keeper, gallery = Decision(lambda: 3, strangers=lambda: kept[0], at_once=2), people(8)
    wait_until(lambda: keeper.latest(gallery) is not None)
    assert keeper.strangers_line == "30 strangers known; they count from 200 on."
    before = keeper.fitted(gallery)
    kept[0] = rows[0][:45]
    assert keeper.fitted(gallery) is before
    kept[0] = rows[0]
    wait_until(lambda: keeper.fitted(gallery).strangers > 0)
    assert keeper.strangers_line == (
        "250 strangers known: verdicts are stricter where faces crowd."
    )
    kept[0] = rows[0][:0]
    forgotten = keeper.fitted(gallery).policy.cohort
    assert forgotten is not None
    assert forgotten.strangers is None
    wait_until(lambda: keeper.latest(gallery) is keeper.fitted(gallery))
    assert keeper.strangers_line == "No strangers known yet."


def test_copies_are_judged_without_the_strangers_kept() -> None:
    """The same policy where none count; what was learnt where they do, and no stranger in it."""
    gallery = people(30)
    none = Decision(lambda: 3)
    assert none.without_strangers(gallery) is none.policy(gallery)
    count = 2 * FEWEST_STRANGERS
    rows = np.array([face(500 + number) for number in range(count)], dtype=np.float32)
    kept = Decision(lambda: 3, strangers=lambda: rows / np.linalg.norm(rows, axis=1)[:, None])
    here, there = kept.policy(gallery), kept.without_strangers(gallery)
    assert here.cohort is not None
    assert here.cohort.strangers is not None
    assert there.cohort is None or there.cohort.strangers is None
