"""A picture for the probe, a living face for the judgement: whoever swaps them is not alive."""

from biometrics.active_liveness import CheckReason
from client.enrolment_events import EnrolAnswered
from client.liveness_wording import REASONS
from tests.client.fakes import EILEEN, GRACE
from tests.client.living import Judge
from tests.client.test_errands import enrolment
from tests.client.test_liveness import Bench, hand


def test_passive_looks_from_before_the_probe_do_not_count() -> None:
    """A living face first, then somebody's picture before it, within one track."""
    bench, judge = Bench("passive"), Judge()
    bench.gate.judging.use(judge)
    for _ in range(20):
        bench.show(EILEEN)
    bench.gate.ask(hand())
    judge.live = False
    bench.show_for(2.0)
    assert not bench.said.live


def test_passive_the_probe_and_the_one_who_is_judged_are_one() -> None:
    """A picture for the probe, too near to be judged; then a living face in its place."""
    bench = Bench("passive")
    bench.gate.ask(hand(who=EILEEN))
    bench.show_for(2.0, GRACE)
    assert not bench.said.live
    assert bench.said.reason == REASONS[CheckReason.ANOTHER_FACE]


def test_a_passive_enrolment_is_of_the_face_that_is_judged() -> None:
    """Samples of a picture, and somebody alive when they are submitted."""
    bench = Bench("passive")
    bench.gate.enrol(enrolment())
    bench.show_for(2.0, EILEEN)
    assert not bench.enrolled
    assert REASONS[CheckReason.ANOTHER_FACE] in bench.posted.of(EnrolAnswered)[0].message
