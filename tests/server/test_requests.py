"""The service layer as a checkpoint sees it: answers and refusals, without a socket."""

from dataclasses import replace
from pathlib import Path

import pytest

from biometrics.identify import DEFAULT_POLICY
from protocol.errors import Code
from protocol.messages import (
    AskChallenge,
    ChallengeReply,
    Error,
    GalleryChanges,
    HeartbeatReply,
    Hello,
    Identify,
    Reply,
    Report,
    Request,
    Welcome,
)
from protocol.sign_in import WhoEnrols
from server.checkpoints import Checkpoints
from server.enrolment import EnrolmentService
from server.enrolment_desk import EnrolmentDesk
from server.liveness import LivenessRule
from server.rates import PAUSE_S
from server.recognition import Asked, Caller, RecognitionService
from server.replica import Replica
from server.requests import Requests
from server.settings import ServerSettings
from tests.server.galleries import people_service
from tests.server.test_recognition import Journal
from tests.server.wire import ENCODER, enrol, face, heartbeat, identify, report

EVENT = "e" * 32
HELLO = Hello(
    id="h1", checkpoint_id="gate-1", checkpoint_name="Gate", encoder=ENCODER, software="test 1"
)


def make(root: Path) -> tuple[Requests, Checkpoints, Journal]:
    """Services on a temporary gallery and a log in memory."""
    people, journal, checkpoints = people_service(root), Journal(), Checkpoints()
    requests = Requests(
        people,
        RecognitionService(lambda: people.gallery, journal),
        EnrolmentDesk(EnrolmentService(people), lambda _checkpoint_id: WhoEnrols.ANYBODY),
        checkpoints,
        LivenessRule(lambda: "off"),
        lambda: ServerSettings(liveness="passive", offline_hours=4),
        now_ms=lambda: 77,
    )
    requests.give_copies(
        Replica(
            lambda: people.gallery,
            lambda _gallery: DEFAULT_POLICY,
            lambda: ServerSettings(offline_hours=4),
        )
    )
    return requests, checkpoints, journal


def _answered(requests: Requests, request: Request, caller: Caller) -> Reply | Error:
    """As the loop has it answered."""
    if not isinstance(request, Identify | Report):
        return requests.answer(request, caller)
    asked, settled = Asked(request, caller, 0.0), list[Asked]()
    requests.decide([asked], settled.extend)
    assert settled == [asked]
    return requests.answer_settled(asked)


def test_hello_came_heard_went(tmp_path: Path) -> None:
    """A checkpoint is known from hello to its end."""
    requests, checkpoints, _ = make(tmp_path)
    welcome = requests.hello(HELLO, address="127.0.0.1")
    assert isinstance(welcome, Welcome)
    assert (welcome.liveness, welcome.offline_hours) == ("passive", 4)
    assert welcome.who_enrols == "anybody"
    assert checkpoints.connected == 0
    caller = requests.came(HELLO, address="127.0.0.1")
    requests.heard(caller)
    assert checkpoints.connected == 1
    requests.went(caller)
    assert checkpoints.connected == 0


def test_each_request_has_its_answer(tmp_path: Path) -> None:
    """identify, report, enrol, heartbeat and ask_challenge go to their services."""
    requests, _, journal = make(tmp_path)
    caller = requests.came(HELLO, address="")
    answers = [
        _answered(requests, request, caller)
        for request in (
            enrol("Ann", face(1)),
            identify(face(1)),
            report(),
            heartbeat(),
            AskChallenge(id="a1", event_id=EVENT),
            GalleryChanges(id="g1", epoch=None, since=0),
        )
    ]
    assert [answer.kind for answer in answers] == [
        "enrolled",
        "verdict",
        "recorded",
        "heartbeat_reply",
        "challenge_reply",
        "gallery_page",
    ]
    assert isinstance(answers[3], HeartbeatReply)
    assert (answers[3].server_time_ms, answers[3].liveness) == (77, "passive")
    assert answers[3].who_enrols == "anybody"
    assert isinstance(answers[4], ChallengeReply)
    assert (answers[4].re, answers[4].event_id) == ("a1", EVENT)
    assert len(journal.rows) == 2


def test_a_refusal_is_an_answer(tmp_path: Path) -> None:
    """It names the request and the event and says whether to try again."""
    requests, _, journal = make(tmp_path)
    caller = requests.came(HELLO, address="")
    from database.errors import StorageFull

    journal.problem = StorageFull("The disk has no room.")
    request = identify(face(1))
    answer = _answered(requests, request, caller)
    assert isinstance(answer, Error)
    assert (answer.re, answer.event_id) == (request.id, request.event_id)
    assert (answer.code, answer.retryable) == (Code.STORAGE_FULL, True)


def test_a_request_nobody_answers(tmp_path: Path) -> None:
    """A kind without a service is refused, not forgotten."""
    requests, _, _ = make(tmp_path)
    caller = requests.came(HELLO, address="")
    answer = requests.answer(Request(id="x"), caller)
    assert isinstance(answer, Error)
    assert answer.code == "unknown_kind"


def test_who_asks_too_fast_is_held_up(tmp_path: Path) -> None:
    """A refusal with the time to come back, held back a little; a heartbeat is held back alone."""
    requests, _, journal = make(tmp_path)
    caller = requests.came(HELLO, address="")
    request = identify(face(1))
    found = [requests.held_up(request, caller) for _ in range(300)]
    assert found[0] is None
    held_up = found[-1]
    assert held_up is not None
    assert 0 < held_up.pause_s <= PAUSE_S
    assert held_up.refusal is not None
    assert (held_up.refusal.code, held_up.refusal.re) == (Code.RATE_LIMITED, request.id)
    assert int(held_up.refusal.details["retry_after_ms"]) >= 100
    beats = [requests.held_up(heartbeat(), caller) for _ in range(300)]
    assert beats[0] is None
    assert beats[-1] is not None
    assert beats[-1].refusal is None
    assert not journal.rows


def test_who_comes_with_another_face_model_fills_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is refused, and one line is written however often they come."""
    requests, checkpoints, _ = make(tmp_path)
    stranger = replace(HELLO, encoder="another")
    for _ in range(50):
        refused = requests.hello(stranger, address="127.0.0.1")
        assert isinstance(refused, Error)
        assert refused.code == Code.ENCODER_MISMATCH
    assert [line.message for line in caplog.records].count("encoder_mismatch") == 1
    assert checkpoints.connected == 0
