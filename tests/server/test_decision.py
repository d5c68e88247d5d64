"""The policy follows the gallery and the target, and large galleries do not hold up searches."""

import threading

import pytest

from biometrics.gallery import Gallery, Person, Template
from biometrics.identify import Identified, NotIdentified, identify
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
    before, after = people(4), people(6)
    first = keeper.fitted(before)
    go_on, fits = threading.Event(), []
    fit = decision.fit_policy

    def slow(*arguments: object) -> object:
        fits.append(threading.current_thread().name)
        assert go_on.wait(5)
        return fit(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(decision, "fit_policy", slow)
    assert all(keeper.fitted(after) is first for _ in range(5))
    go_on.set()
    wait_until(lambda: keeper.fitted(after).people == 6)
    assert set(fits) == {"policy"}


def test_the_window_never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known until a thread has fitted; another target is not known either."""
    target = [3.0]
    keeper, gallery, go_on = Decision(lambda: target[0]), people(5), threading.Event()
    fit = decision.fit_policy

    def slow(*arguments: object) -> object:
        assert go_on.wait(5)
        return fit(*arguments)  # type: ignore[arg-type]

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
    keeper = Decision(lambda: 3, at_once=2)
    first = keeper.fitted(people(4))

    def broken(*_: object) -> object:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(decision, "fit_policy", broken)
        assert keeper.fitted(people(5)) is first
        wait_until(lambda: "could not be fitted" in caplog.text)
    caplog.clear()
    again = people(6)
    wait_until(lambda: keeper.fitted(again).people == 6)
