"""Enrolment from a checkpoint: samples that agree, no face and no name twice, idempotent."""

import base64
import contextlib
import logging
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biometrics.gallery import Gallery
from biometrics.identify import DEFAULT_POLICY, Ambiguous, identify
from biometrics.policy import Policy
from biometrics.quality_modes import QualityMode
from biometrics.yardstick import DLIB
from protocol.consent import FIRST_TEXT
from protocol.errors import Code
from server.consent_texts import OWN_WORDS
from server.enrolment import EnrolmentService
from server.gallery_files import GalleryFileError, GalleryFiles
from server.people import PeopleService
from server.pictures import thumbnail
from server.recognition import Caller
from server.refusals import Refused
from server.settings import ServerSettings
from tests.server.galleries import people_service
from tests.server.wire import ENCODER, GOOD, assert_healthy, enrol, face, new_id, served

GATE = Caller("gate-1", "Gate 1", ENCODER)


@pytest.fixture
def people(tmp_path: Path) -> PeopleService:
    """An empty gallery."""
    return people_service(tmp_path)


def refusal(people: PeopleService, request: object) -> Refused:
    """What the service refuses the request with."""
    with pytest.raises(Refused) as refused:
        EnrolmentService(people).enrol(request, GATE)  # type: ignore[arg-type]
    return refused.value


def test_stored_with_consent(people: PeopleService) -> None:
    """The person is there with samples, consent, and where it was given."""
    request = enrol("Ann", face(1), face(1, noise=0.2), face(1, noise=0.2, noise_seed=2))
    answer = EnrolmentService(people).enrol(request, GATE)
    assert (answer.samples, answer.display_name) == (3, "Ann")
    consent = people.consent(answer.subject_id)
    assert consent is not None
    assert consent["text"] == "I agree."
    assert consent["at_ms"] == request.consent_at_ms
    assert consent["checkpoint_id"] == "gate-1"
    person = people.gallery.get(answer.subject_id)
    assert person is not None
    assert person.templates[0].source == "checkpoint gate-1 straight"


def test_a_foreign_face_among_the_samples(people: PeopleService) -> None:
    """The sample of another face is named by its index, and nobody is enrolled."""
    problem = refusal(people, enrol("Ann", face(1), face(2), face(1, noise=0.1)))
    assert (problem.code, problem.details) == (Code.SAMPLES_DISAGREE, {"sample": "1"})
    assert "Sample 2" in problem.sentence
    assert len(people.gallery) == 0


def test_of_two_that_differ_the_later_is_named(people: PeopleService) -> None:
    """With two samples nobody knows which is wrong: the later one is taken again."""
    assert refusal(people, enrol("Ann", face(1), face(2))).details == {"sample": "1"}


def test_the_limit_of_agreement(people: PeopleService) -> None:
    """Samples just within the limit agree, just beyond they do not."""
    one = face(1)
    near = face(1, noise=DLIB.samples_agree * 0.95)
    assert EnrolmentService(people).enrol(enrol("Ann", one, near), GATE).samples == 2
    assert refusal(people, enrol("Bob", face(5), face(5, noise=DLIB.samples_agree * 1.2))).code is (
        Code.SAMPLES_DISAGREE
    )


def test_already_enrolled_and_overridden(
    people: PeopleService, caplog: pytest.LogCaptureFixture
) -> None:
    """A face that is enrolled is refused with whose it is; a reason lets it pass, and is logged."""
    first = EnrolmentService(people).enrol(enrol("Ann", face(1)), GATE)
    problem = refusal(people, enrol("Anna", face(1, noise=0.1)))
    assert problem.code is Code.ALREADY_ENROLLED
    assert problem.details == {"subject": first.subject_id, "display_name": "Ann"}
    assert "Ann" in problem.sentence
    with caplog.at_level(logging.WARNING):
        answer = EnrolmentService(people).enrol(
            enrol("Anna", face(1, noise=0.1), override_reason="A twin."), GATE
        )
    (record,) = [r for r in caplog.records if r.getMessage() == "enrolment_override"]
    fields = record.event_fields  # type: ignore[attr-defined]
    # No name, nor what somebody wrote of them: a log lies in clear. The sealed consent has it.
    assert fields == {
        "code": "already_enrolled", "subject": first.subject_id, "checkpoint": GATE.checkpoint_id
    }  # fmt: skip
    consent = people.consent(answer.subject_id)
    assert consent is not None
    assert consent["override_reason"] == "A twin."


def test_a_name_that_is_taken(people: PeopleService) -> None:
    """Another face under the same name is refused, whatever reason is given."""
    first = EnrolmentService(people).enrol(enrol("Ann Lee", face(1)), GATE)
    problem = refusal(people, enrol("ANN LEE", face(2), override_reason="So what."))
    assert (problem.code, problem.details) == (Code.NAME_TAKEN, {"subject": first.subject_id})


@pytest.mark.parametrize(("ours", "theirs"), [(3, 2), (3, 3), (5, 5), (6, 4)])
def test_half_of_one_face_and_half_of_another(
    people: PeopleService, ours: int, theirs: int
) -> None:
    """As far apart as faces of two people are: each sample lies near the mean of the others."""
    ann = [face(1, noise=0.15, noise_seed=number) for number in range(1, ours + 1)]
    like_ann = face(1, noise=0.52)
    shifts = [face(1, noise=0.15, noise_seed=20 + number) - face(1) for number in range(theirs)]
    bob = [like_ann + shift for shift in shifts]
    problem = refusal(people, enrol("Ann", *ann, *bob))
    assert problem.code is Code.SAMPLES_DISAGREE
    assert int(problem.details["sample"]) >= ours
    assert EnrolmentService(people).enrol(enrol("Ann", *ann), GATE).samples == ours
    assert EnrolmentService(people).enrol(enrol("Bob", *bob), GATE).samples == theirs


def test_same_person_as_adds_samples(people: PeopleService) -> None:
    """The samples of the same face are added; those of another are not."""
    first = EnrolmentService(people).enrol(enrol("Ann", face(1)), GATE)
    more = enrol("Ann", face(1, noise=0.1), same_person_as=first.subject_id)
    answer = EnrolmentService(people).enrol(more, GATE)
    assert (answer.subject_id, answer.samples) == (first.subject_id, 2)
    foreign = enrol("Ann", face(2), same_person_as=first.subject_id)
    assert refusal(people, foreign).code is Code.SAMPLES_DISAGREE
    insisted = replace(foreign, override_reason="Ann has a new face.")
    assert refusal(people, insisted).code is Code.SAMPLES_DISAGREE
    found = people.gallery.get(first.subject_id)
    assert found is not None
    assert len(found.templates) == 2
    gone = enrol("Ann", face(1), same_person_as="f" * 32, override_reason="No matter.")
    assert refusal(people, gone).code is Code.NOT_ALLOWED


def test_the_same_enrolment_again(people: PeopleService, tmp_path: Path) -> None:
    """An enrolment whose answer was lost is answered again, also after a restart; once in."""
    request = enrol("Ann", face(1), face(1, noise=0.1))
    first = EnrolmentService(people).enrol(request, GATE)
    again = EnrolmentService(people).enrol(request, GATE)
    assert again == first
    restarted = people_service(tmp_path)
    assert EnrolmentService(restarted).enrol(request, GATE) == first
    assert len(restarted.gallery) == 1
    other = enrol("Bob", face(2), enrolment_id=request.enrolment_id)
    assert refusal(restarted, other).code is Code.IDEMPOTENCY_CONFLICT


def test_two_checkpoints_at_once(people: PeopleService, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same face from two checkpoints at the same moment is enrolled once.

    The first to have passed the check of its face stops there until the other has passed, too, or
    half a second is over: nothing but the service keeps the other out.
    """
    service = EnrolmentService(people)
    check = service._check_face
    both_passed = threading.Barrier(2)

    def check_and_pause(*args: Any) -> None:
        check(*args)
        with contextlib.suppress(threading.BrokenBarrierError):
            both_passed.wait(timeout=0.5)

    monkeypatch.setattr(service, "_check_face", check_and_pause)
    codes: list[str] = []

    def work(number: int) -> None:
        try:
            service.enrol(enrol(f"Name {number}", face(1, noise=0.05, noise_seed=number)), GATE)
        except Refused as refused:
            codes.append(refused.code)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert len(people.gallery) == 1
    assert codes == ["already_enrolled"]


def test_a_face_like_two_who_are_enrolled(people: PeopleService) -> None:
    """A face too near to two people to say whose it is, is enrolled all the same: not a third."""
    twins = [face(1, noise=0.05, noise_seed=number) for number in range(2)]
    for number, twin in enumerate(twins):
        EnrolmentService(people).enrol(
            enrol(f"Twin {number}", twin, override_reason="A twin."), GATE
        )
    between = face(1)
    assert isinstance(identify(between, people.gallery), Ambiguous)
    problem = refusal(people, enrol("Third", between))
    assert problem.code is Code.ALREADY_ENROLLED
    assert problem.details["display_name"] in {"Twin 0", "Twin 1"}
    assert len(people.gallery) == 2


@pytest.mark.parametrize(
    "numbers", [[0.0] * 128, [0.9 / 128**0.5] * 128, [1e308] * 128], ids=["zeros", "0.9", "1e308"]
)
def test_b12_an_implausible_sample(people: PeopleService, numbers: list[float]) -> None:
    """B12: a sample that is no face's is refused, also by the service itself."""
    request = enrol("Ann", face(1), face(1))
    object.__setattr__(request.samples[1], "encoding", tuple(numbers))
    assert refusal(people, request).code is Code.IMPLAUSIBLE_ENCODING
    assert len(people.gallery) == 0


def test_b12_an_implausible_sample_on_the_wire(tmp_path: Path) -> None:
    """B12: through the socket it is the same code, with the request's id, and on it goes."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        request = enrol("Ann", face(1))
        wire: dict[str, Any] = request.to_wire()
        wire["samples"][0]["encoding"] = [0.0] * 128
        gate.send_json(wire)
        error = gate.next_error()
        assert (error["code"], error["re"]) == ("implausible_encoding", request.id)
        assert len(running.grid.people.gallery) == 0
        assert_healthy(running)


@pytest.mark.parametrize(
    ("cause", "code"),
    [(OSError(28, "No space left"), Code.STORAGE_FULL), (OSError(5, "I/O"), Code.STORAGE_FAILED)],
)
def test_f5_a_person_that_cannot_be_written(
    people: PeopleService, monkeypatch: pytest.MonkeyPatch, cause: OSError, code: Code
) -> None:
    """F5: a full or broken disk is a retryable error, and nobody is enrolled."""

    def fail(*_args: object) -> None:
        raise GalleryFileError("It could not be written.") from cause

    monkeypatch.setattr(GalleryFiles, "write", fail)
    problem = refusal(people, enrol("Ann", face(1)))
    assert (problem.code, problem.retryable) == (code, True)
    assert len(people.gallery) == 0


def test_pictures_only_when_the_server_keeps_them(tmp_path: Path) -> None:
    """A picture is kept when Welcome said so, and refused by the session when it did not."""
    chip = np.full((150, 150, 3), 99, dtype=np.uint8)
    picture = base64.b64encode(thumbnail(chip)).decode()
    keeping = ServerSettings(port=0, keep_pictures=True)
    with served(tmp_path / "a", settings=keeping) as running, running.checkpoint() as gate:
        answer = gate.ask(enrol("Ann", face(1), picture=picture))
        assert running.grid.people.picture(answer.subject_id) == thumbnail(chip)
        broken = base64.b64encode(b"\xff\xd8\xffjunk").decode()
        assert gate.ask(enrol("Bob", face(2), picture=broken)).code == "bad_message"
        assert len(running.grid.people.gallery) == 1
    with served(tmp_path / "b") as running, running.checkpoint() as gate:
        gate.send_json(enrol("Ann", face(1)).to_wire() | {"picture": picture})
        assert gate.next_error()["code"] == "not_allowed"
        assert not running.folder.pictures.exists()


def test_through_the_socket(tmp_path: Path) -> None:
    """The codes and details reach the checkpoint with the request's id."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        first = gate.ask(enrol("Ann", face(1)))
        request = enrol("Anna", face(1), id=new_id())
        refused = gate.ask(request)
        assert (refused.code, refused.re, refused.retryable) == (
            "already_enrolled",
            request.id,
            False,
        )
        assert refused.details["subject"] == first.subject_id
        answer = gate.ask(enrol("Ann", face(1), same_person_as=first.subject_id))
        assert answer.samples == 2


@pytest.mark.parametrize(
    ("mode", "quality", "said"),
    [
        ("off", {}, ""),
        ("off", {**GOOD, "sharpness": 0.01}, ""),
        ("standard", GOOD, ""),
        ("standard", {}, "not measured"),
        ("standard", {**GOOD, "size_px": 79.0}, "Come closer: 79 px, 80 needed"),
        ("standard", {**GOOD, "size_px": 100.0}, ""),
        ("strict", {**GOOD, "size_px": 100.0}, "Come closer: 100 px, 120 needed"),
        ("strict", {**GOOD, "sharpness": 0.15}, "blurred"),
        ("strict", {**GOOD, "yaw": -30.0}, "Turn towards the camera"),
        ("strict", GOOD, ""),
    ],
)
def test_quality_is_checked_again(
    people: PeopleService, mode: QualityMode, quality: dict[str, float], said: str
) -> None:
    """From the numbers that were sent, by the mode of this moment; the sample is named."""
    request = enrol("Ann", face(1), face(1, noise=0.2))
    samples = (request.samples[0], replace(request.samples[1], quality=quality))
    service = EnrolmentService(people, quality=lambda: mode)
    if not said:
        assert service.enrol(replace(request, samples=samples), GATE).samples == 2
        return
    with pytest.raises(Refused) as refused:
        service.enrol(replace(request, samples=samples), GATE)
    assert refused.value.code is Code.POOR_QUALITY
    assert said in refused.value.sentence
    assert refused.value.details == {"sample": "1"}
    assert not people.list()


def test_no_reason_is_no_override(people: PeopleService) -> None:
    """A program that sends a letter is refused as one that sends nothing."""
    EnrolmentService(people).enrol(enrol("Ann", face(1)), GATE)
    problem = refusal(people, enrol("Anna", face(1, noise=0.1), override_reason="x  "))
    assert problem.code is Code.ALREADY_ENROLLED


def test_already_enrolled_goes_by_the_policy_in_force(people: PeopleService) -> None:
    """That of the gallery searched, and not the default."""
    service = EnrolmentService(people)
    service.enrol(enrol("Ann", face(1)), GATE)
    asked: list[Gallery] = []

    def strict(gallery: Gallery) -> Policy:
        asked.append(gallery)
        return replace(DEFAULT_POLICY, threshold=0.1)

    service.use(strict)
    assert service.enrol(enrol("Anna", face(1, noise=0.25)), GATE).display_name == "Anna"
    assert len(asked[0]) == 1


def test_each_of_several_samples_is_searched(people: PeopleService) -> None:
    """Together they may lie off a template of one picture that one of them lies on."""
    one = face(1)
    EnrolmentService(people).enrol(enrol("Ann", one), GATE)
    near, far = face(1, noise=0.1, noise_seed=4), face(1, noise=0.33, noise_seed=5)
    units = [sample / np.linalg.norm(sample) for sample in (near, far, one)]
    fused = units[0] + units[1]
    fused /= np.linalg.norm(fused)
    lax = replace(DEFAULT_POLICY, threshold=0.15, one_sample_allowance=0.0)
    assert np.linalg.norm(units[0] - units[2]) < 0.15 < np.linalg.norm(fused - units[2])
    service = EnrolmentService(people, policy=lambda _gallery: lax)
    with pytest.raises(Refused) as refused:
        service.enrol(enrol("Anna", near, far), GATE)
    assert refused.value.code is Code.ALREADY_ENROLLED


def test_words_said_at_a_checkpoint_stand_with_the_person_alone(tmp_path: Path) -> None:
    """Neither who is enrolled on them nor who is refused makes the common file another one."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        texts = tmp_path / "consent-texts.json"
        assert gate.ask(enrol("Ann", face(1), consent_text=FIRST_TEXT)).kind == "enrolled"
        before = texts.read_bytes()
        for name, seed, kind in (("Bob", 2, "enrolled"), ("Bob", 3, "error")):
            request = enrol(name, face(seed), consent_text=f"Signed on form {seed}.")
            assert gate.ask(request).kind == kind
        assert texts.read_bytes() == before
        bob = running.grid.people.find("Bob")
        assert bob is not None
        consent = running.grid.people.consent(bob.subject_id)
        assert consent is not None
        assert (consent["text"], consent["version"]) == ("Signed on form 2.", OWN_WORDS)
        state = running.grid.consents.state()
        assert (len(state.texts), state.agreed, state.own) == (1, 1, 1)
