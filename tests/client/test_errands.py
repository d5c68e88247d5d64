"""Tests of what the link has to get done, without a socket."""

import time
from dataclasses import replace
from typing import Any, cast

import pytest

from client.connection import Connection
from client.enrolment_events import EnrolAnswered
from client.errands import LATE_AT_ONCE, Errands
from client.event_messages import Asked
from client.events import NoProbe, NoProbeKind, Outcome, VerdictArrived
from client.outbox import KeptEvent, MemoryOutbox
from client.wording import no_probe_row
from protocol.copies import Offline
from protocol.errors import IllegalSend, ProtocolError
from protocol.messages import (
    Enrol,
    EnrolSample,
    Error,
    Identify,
    Recorded,
    Report,
    Request,
    Verdict,
)
from protocol.session import ClientSession
from tests.client.fake_server import verdict
from tests.client.fakes import GRACE, Collector, direction
from tests.support import wait_until


class ReadySession(ClientSession):
    """A session as it is after the welcome."""

    @property
    def ready(self) -> bool:
        """Requests may be sent."""
        return True


class Wire:
    """Stands for a connection: remembers what was sent."""

    def __init__(self) -> None:
        self.sent: list[Request] = []
        self.session = ReadySession()
        self.welcome = None

    def send(self, request: Request) -> None:
        """Takes a request, after checking that it can be sent at all."""
        try:
            request.to_wire()
        except ProtocolError as error:
            raise IllegalSend(str(error)) from error
        self.sent.append(request)


def connection(wire: Wire) -> Connection:
    """The wire as the errands see it."""
    return cast("Connection", wire)


def probe(number: int, **more: Any) -> KeptEvent:
    """An event with a face."""
    return KeptEvent(
        f"{number:032x}",
        1000 + number,
        automatic=True,
        encoding=tuple(direction(GRACE)),
        quality={"size_px": 150.0},
        frames=2,
        **more,
    )


def now() -> Asked:
    """Somebody who was steady a tenth of a second ago."""
    return Asked(steady_s=time.monotonic() - 0.1, asked_s=time.monotonic(), label="Grace Hopper")


def enrolment() -> Enrol:
    """An enrolment of one sample."""
    sample = EnrolSample(encoding=tuple(direction(GRACE)), quality={}, pose="straight")
    return Enrol(
        id="r0",
        enrolment_id="e" * 32,
        display_name="Ada",
        consent_at_ms=1,
        consent_text="yes",
        samples=(sample,),
    )


def bench(capacity: int = 1000) -> tuple[Errands, Collector, Wire]:
    """Errands, what they post, and a wire."""
    posted = Collector()
    return Errands(MemoryOutbox(capacity=capacity), posted), posted, Wire()


def test_a_probe_is_sent_once_and_answered() -> None:
    """The verdict carries the label and the time since the steady frame."""
    errands, posted, wire = bench()
    errands.take(probe(1), now(), hopeless=False)
    errands.send_due(connection(wire))
    errands.send_due(connection(wire))
    (request,) = wire.sent
    assert isinstance(request, Identify)
    assert request.elapsed_ms >= 100
    assert not request.late
    errands.answered(connection(wire), verdict(request))
    (answer,) = posted.of(VerdictArrived)
    assert answer.outcome is Outcome.IDENTIFIED
    assert (answer.display_name, answer.label, answer.late) == (
        "Grace Hopper",
        "Grace Hopper",
        False,
    )
    assert 100 <= answer.latency_ms < 1000
    assert len(errands.outbox) == 0


def test_after_two_and_a_half_seconds_the_person_is_told_and_the_event_is_late() -> None:
    """Told once; the later answer is for the list."""
    errands, posted, wire = bench()
    errands.take(probe(1), Asked(0.0, time.monotonic() - 2.4), hopeless=False)
    errands.tick(hopeless=False)
    assert not posted.events
    errands.take(probe(2), Asked(0.0, time.monotonic() - 2.6), hopeless=False)
    errands.tick(hopeless=False)
    errands.tick(hopeless=False)
    (told,) = posted.of(VerdictArrived)
    assert (told.event_id, told.outcome) == (probe(2).event_id, Outcome.SERVER_UNREACHABLE)
    errands.send_due(connection(wire))
    late = {
        request.event_id: request.late for request in wire.sent if isinstance(request, Identify)
    }
    assert late == {probe(1).event_id: False, probe(2).event_id: True}
    for request in wire.sent:
        assert isinstance(request, Identify)
        errands.answered(connection(wire), verdict(request))
    answers = {answer.event_id: answer.late for answer in posted.of(VerdictArrived)[1:]}
    assert answers == late
    assert len(errands.outbox) == 0


def test_without_hope_the_person_is_told_at_once() -> None:
    """Nobody waits for a server that is known to be down."""
    errands, posted, _wire = bench()
    errands.take(probe(1), now(), hopeless=True)
    assert posted.of(VerdictArrived)[0].outcome is Outcome.SERVER_UNREACHABLE
    assert len(errands.outbox) == 1


def test_f6_full_outbox_is_visible_and_counted() -> None:
    """F6: the third event is refused aloud, the two before stay."""
    errands, posted, _wire = bench(capacity=2)
    for number in range(4):
        errands.take(probe(number), now(), hopeless=False)
    refused = posted.of(NoProbe)
    assert [each.kind for each in refused] == [NoProbeKind.OUTBOX_FULL] * 2
    assert (len(errands.outbox), errands.refused, errands.outbox.full) == (2, 2, True)
    assert "2 events wait" in refused[0].sentence


def test_kept_events_go_in_order_a_few_at_a_time_and_newcomers_first() -> None:
    """Whoever stands at the door does not wait for a thousand old events."""
    errands, _posted, wire = bench()
    for number in range(10):
        errands.take(probe(number), now(), hopeless=True)
    errands.take(probe(99), now(), hopeless=False)
    errands.send_due(connection(wire))
    ids = [request.event_id for request in wire.sent if isinstance(request, Identify)]
    assert ids[0] == probe(99).event_id
    assert ids[1:] == [probe(number).event_id for number in range(LATE_AT_ONCE)]
    wire.sent.clear()
    errands.send_due(connection(wire))
    assert wire.sent == []


def test_f4_a_lost_connection_sends_everything_again_under_the_same_ids() -> None:
    """F4: nothing is lost, and nothing gets a second id."""
    errands, _posted, wire = bench()
    for number in range(3):
        errands.take(probe(number), now(), hopeless=True)
    errands.send_due(connection(wire))
    first = [request for request in wire.sent if isinstance(request, Identify)]
    errands.connection_lost()
    again = Wire()
    errands.send_due(connection(again))
    second = [request for request in again.sent if isinstance(request, Identify)]
    assert [request.event_id for request in first] == [request.event_id for request in second]
    assert [request.encoding for request in first] == [request.encoding for request in second]


def test_f5_a_full_disk_is_shown_and_tried_again_later() -> None:
    """F5: retryable: the event stays, and the status says what is wrong."""
    errands, posted, wire = bench()
    errands.take(probe(1), now(), hopeless=False)
    errands.send_due(connection(wire))
    error = Error.refuse("storage_full", "Full.", re=wire.sent[0].id)
    errands.answered(connection(wire), error)
    assert "disk is full" in errands.trouble
    assert len(errands.outbox) == 1
    errands.send_due(connection(wire))
    assert len(wire.sent) == 1
    errands._not_before_s = 0.0
    errands.send_due(connection(wire))
    request = wire.sent[1]
    assert isinstance(request, Identify)
    errands.answered(connection(wire), verdict(request))
    assert (errands.trouble, len(errands.outbox)) == ("", 0)
    assert len(posted.of(VerdictArrived)) == 1


def test_an_event_the_server_never_takes_is_given_up_aloud() -> None:
    """Otherwise it would block the queue for ever."""
    errands, posted, wire = bench()
    errands.take(probe(1), now(), hopeless=False)
    errands.send_due(connection(wire))
    error = Error.refuse("implausible_encoding", "No face's.", re=wire.sent[0].id)
    errands.answered(connection(wire), error)
    (given_up,) = posted.of(NoProbe)
    assert given_up.kind is NoProbeKind.REFUSED
    assert given_up.flaws == ("implausible_encoding",)
    assert len(errands.outbox) == 0


@pytest.mark.parametrize("code", ["replay_suspected", "too_many_tries"])
def test_a_suspected_event_is_refused_aloud_and_counts_as_delivered(code: str) -> None:
    """The server stored it with its suspicion: nothing waits, and nothing is undelivered."""
    errands, posted, wire = bench()
    errands.take(probe(1), now(), hopeless=False)
    errands.send_due(connection(wire))
    errands.answered(connection(wire), Error.refuse(code, "Suspected.", re=wire.sent[0].id))
    (refused,) = posted.of(NoProbe)
    assert (refused.kind, refused.flaws) == (NoProbeKind.REFUSED, (code,))
    assert not refused.late
    assert (len(errands.outbox), errands.outbox.dead_count) == (0, 0)


def test_an_event_that_is_refused_later_is_told_as_late() -> None:
    """The person was told that the server is away, and has gone."""
    errands, posted, wire = bench()
    errands.take(probe(1), now(), hopeless=True)
    errands.send_due(connection(wire))
    refusal = Error.refuse("too_many_tries", "Suspected.", re=wire.sent[0].id)
    errands.answered(connection(wire), refusal)
    (refused,) = posted.of(NoProbe)
    assert refused.late


def test_a_refusal_of_what_was_decided_here_says_so() -> None:
    """Somebody was let in on it: the line may not look as if they had been turned away."""
    errands, posted, wire = bench()
    event = replace(
        probe(1), offline=Offline(outcome="identified", subject_id="a" * 32, copy_version=3)
    )
    errands.take(event, now(), hopeless=False)
    errands.send_due(connection(wire))
    refusal = Error.refuse("too_many_tries", "Suspected.", re=wire.sent[0].id)
    errands.answered(connection(wire), refusal)
    (refused,) = posted.of(NoProbe)
    row = no_probe_row(refused)
    assert row is not None
    assert (row.result, row.detail) == ("Too many tries", "server differs")


def test_b12_an_event_that_cannot_be_sent_is_given_up_and_the_next_goes_out() -> None:
    """A broken encoder's zeros must not stop everybody behind them for ever."""
    errands, posted, wire = bench()
    broken = replace(probe(1), encoding=(0.0,) * 128)
    errands.take(broken, now(), hopeless=False)
    errands.take(probe(2), now(), hopeless=False)
    errands.send_due(connection(wire))
    (given_up,) = posted.of(NoProbe)
    assert given_up.kind is NoProbeKind.REFUSED
    assert given_up.flaws == ("implausible_encoding",)
    (sent,) = wire.sent
    assert isinstance(sent, Identify)
    assert sent.event_id == probe(2).event_id
    assert len(errands.outbox) == 1


def test_b12_an_enrolment_that_cannot_be_sent_is_answered_with_the_reason() -> None:
    """Not as a broken connection, which would invite the same attempt again."""
    errands, posted, wire = bench()
    bad = EnrolSample(encoding=(0.0,) * 128, quality={}, pose="straight")
    errands.take_enrolment(replace(enrolment(), samples=(bad,)), connected=True)
    errands.send_due(connection(wire))
    (answer,) = posted.of(EnrolAnswered)
    assert not answer.ok
    assert answer.code == "implausible_encoding"
    assert wire.sent == []


def test_reports_are_sent_and_acknowledged_without_a_verdict() -> None:
    """No face, and too poor to use."""
    errands, posted, wire = bench()
    event = KeptEvent("c" * 32, 5, automatic=False, report="poor_quality", flaws=("too_small",))
    errands.take(event, Asked(0.0, 0.0), hopeless=True)
    errands.tick(hopeless=True)
    errands.send_due(connection(wire))
    (request,) = wire.sent
    assert isinstance(request, Report)
    assert request.flaws == ("too_small",)
    errands.answered(connection(wire), Recorded(re=request.id, event_id=event.event_id))
    assert len(errands.outbox) == 0
    assert posted.events == []


def test_answers_that_belong_to_nothing_change_nothing() -> None:
    """A verdict for an event of another time, an error for a heartbeat."""
    errands, posted, wire = bench()
    stray = Verdict(
        re="r9",
        event_id="d" * 32,
        outcome="not_enrolled",
        subject_id=None,
        display_name=None,
        server_time_ms=1,
    )
    errands.answered(connection(wire), stray)
    errands.answered(connection(wire), Error.refuse("busy", "Busy.", re="r8"))
    errands.answered(connection(wire), Error.refuse("busy", "Busy.", re=None))
    assert posted.events == []


def test_an_enrolment_is_refused_with_what_the_dialog_needs() -> None:
    """The name it is enrolled under, the subject, the sample that disagrees."""
    errands, posted, wire = bench()
    errands.take_enrolment(enrolment(), connected=True)
    errands.send_due(connection(wire))
    details = {"display_name": "Grace Hopper", "subject": "f" * 32, "sample": "2"}
    error = Error.refuse("already_enrolled", "As Grace.", re=wire.sent[0].id, details=details)
    errands.answered(connection(wire), error)
    (answer,) = posted.of(EnrolAnswered)
    assert not answer.ok
    assert (answer.code, answer.display_name) == ("already_enrolled", "Grace Hopper")
    assert (answer.subject_id, answer.sample) == ("f" * 32, 2)


def test_an_enrolment_is_never_kept() -> None:
    """Without a connection, and when it breaks, the dialog is told."""
    errands, posted, wire = bench()
    errands.take_enrolment(enrolment(), connected=False)
    errands.take_enrolment(enrolment(), connected=True)
    errands.send_due(connection(wire))
    errands.take_enrolment(enrolment(), connected=True)
    errands.connection_lost()
    assert [answer.code for answer in posted.of(EnrolAnswered)] == ["server_unreachable"] * 3
    again = Wire()
    errands.send_due(connection(again))
    assert again.sent == []


def test_being_too_fast_is_a_matter_of_pace() -> None:
    """What the server asks to wait is waited, nothing is shown, and the event is sent again."""
    errands, posted, wire = bench()
    errands.take(probe(1), now(), hopeless=False)
    errands.send_due(connection(wire))
    first = wire.sent[0]
    told = {"retry_after_ms": "30"}
    errands.answered(
        connection(wire), Error.refuse("rate_limited", "Too fast.", re=first.id, details=told)
    )
    errands.send_due(connection(wire))
    assert len(wire.sent) == 1
    began_s = time.monotonic()
    wait_until(lambda: errands.send_due(connection(wire)) or len(wire.sent) > 1)
    assert time.monotonic() - began_s < 1.0
    again = wire.sent[1]
    assert isinstance(first, Identify)
    assert isinstance(again, Identify)
    assert (again.event_id, again.encoding) == (first.event_id, first.encoding)
    assert (errands.trouble, posted.events) == ("", [])


def test_a_server_that_says_no_time_is_asked_later() -> None:
    """Nonsense in the place of the time to wait is an error like any other that may be tried."""
    for told in ({}, {"retry_after_ms": "-5"}, {"retry_after_ms": "soon"}):
        errands, _, wire = bench()
        errands.take(probe(1), now(), hopeless=False)
        errands.send_due(connection(wire))
        error = Error.refuse("rate_limited", "Too fast.", re=wire.sent[0].id, details=told)
        errands.answered(connection(wire), error)
        errands.send_due(connection(wire))
        assert len(wire.sent) == 1
        assert errands.trouble
