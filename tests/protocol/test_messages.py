"""The messages: what fits together, which answers which, and how errors are made."""

from typing import Any

import pytest

from protocol.errors import (
    BadFrame,
    BadMessage,
    Code,
    ImplausibleEncoding,
    NameInvalid,
    UnsupportedVersion,
)
from protocol.framing import MAX_PICTURES, MAX_TRUSTED, MORE_FOR_WIDE
from protocol.kinds import DLIB_SHAPE, UNIT_NORMS, EncodingShape
from protocol.messages import (
    ANSWERS,
    FROM_CHECKPOINT,
    FROM_SERVER,
    KINDS,
    OUTCOMES,
    REPORTS,
    VERDICTS,
    Bye,
    Enrol,
    Error,
    Hello,
    Identify,
    Request,
    Verdict,
    is_opaque_id,
    is_request_id,
)
from tests.protocol.samples import (
    EVENT,
    JPEG,
    SUBJECT,
    broken,
    connected,
    encoding,
    enrol,
    hello,
    identify,
    one_of_each,
    report,
    sample,
    verdict,
)


def test_every_kind_has_one_direction_or_is_a_bye() -> None:
    """No message is without a sender."""
    assert set(KINDS.values()) == FROM_CHECKPOINT | FROM_SERVER
    assert {Bye} == FROM_CHECKPOINT & FROM_SERVER
    assert {type(message) for message in one_of_each()} == set(KINDS.values())


def test_every_request_has_its_reply() -> None:
    """And every message that is a request is one of them."""
    assert set(ANSWERS) == {kind for kind in FROM_CHECKPOINT if issubclass(kind, Request)}


def test_the_seven_outcomes_are_told_apart() -> None:
    """A verdict and a report together cover all seven and share none."""
    assert sorted(OUTCOMES) == sorted({*VERDICTS, *REPORTS})
    assert len(OUTCOMES) == len(VERDICTS) + len(REPORTS) == 7


@pytest.mark.parametrize(
    ("outcome", "subject", "name", "field"),
    [
        ("identified", SUBJECT, "Ann", None),
        ("not_enrolled", None, None, None),
        ("ambiguous", None, None, None),
        ("server_unreachable", None, None, None),
        ("server_unreachable", SUBJECT, "Ann", None),
        ("identified", None, None, "subject_id"),
        ("identified", SUBJECT, None, "display_name"),
        ("identified", None, "Ann", "display_name"),
        ("not_enrolled", SUBJECT, "Ann", "subject_id"),
        ("ambiguous", SUBJECT, "Ann", "subject_id"),
        ("ambiguous", None, "Ann", "display_name"),
        ("spoof_suspected", None, None, None),
        ("spoof_suspected", SUBJECT, "Ann", "subject_id"),
        ("no_face", None, None, "outcome"),
    ],
)
def test_a_verdict_names_somebody_only_where_there_is_somebody(
    outcome: str, subject: str | None, name: str | None, field: str | None
) -> None:
    """An ambiguous verdict betrays nobody; an identified one has an id and a name."""
    made = verdict(outcome=outcome, subject_id=subject, display_name=name)
    if field is None:
        assert made.to_wire()["outcome"] == outcome
        return
    with pytest.raises(BadMessage) as caught:
        made.to_wire()
    assert caught.value.field == field
    changes = {"outcome": outcome, "subject_id": subject, "display_name": name}
    with pytest.raises(BadMessage) as caught:
        Verdict.from_wire({**verdict().to_wire(), **changes})
    assert caught.value.field == field


def test_r5_no_reply_carries_a_distance() -> None:
    """Nothing a checkpoint could climb: no number but clocks and counts."""
    for message in one_of_each():
        words = {"distance", "score", "rank", "margin", "threshold"}
        assert not any(word in name for name in message.to_wire() for word in words)
    numbers = {k for k, v in verdict().to_wire().items() if isinstance(v, int | float)}
    assert numbers == {"server_time_ms"}


@pytest.mark.parametrize("version", [2, 65_535])
def test_another_version_is_told_which_is_spoken(version: int) -> None:
    """Before any other field is looked at: they may be others in that version."""
    with pytest.raises(UnsupportedVersion, match="version 1 is") as caught:
        Hello.from_wire({"kind": "hello", "version": version})
    assert caught.value.details == {"supported": "1"}


@pytest.mark.parametrize("version", [0, -1, 1.0, True, "1", None, 65_536])
def test_b10_a_version_is_a_small_whole_number(version: object) -> None:
    """Anything else is a wrong field, not another version."""
    with pytest.raises(BadMessage, match="version"):
        Hello.from_wire({**hello().to_wire(), "version": version})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("checkpoint_id", "Lobby"),
        ("checkpoint_id", "-lobby"),
        ("checkpoint_id", "../lobby"),
        ("checkpoint_id", "x" * 41),
        ("encoder", ""),
        ("software", "x" * 201),
        ("id", "a b"),
        ("id", "x" * 65),
    ],
)
def test_b17_ids_are_words_that_mean_nothing_elsewhere(field: str, value: str) -> None:
    """No paths, no blanks, no surprises in a log."""
    with pytest.raises(BadMessage) as caught:
        Hello.from_wire({**hello().to_wire(), field: value})
    assert caught.value.field == field


@pytest.mark.parametrize("event_id", ["", "e" * 31, "e" * 33, "E" * 32, "g" * 32, "e" * 31 + "\n"])
def test_event_ids_are_32_hex_characters(event_id: str) -> None:
    """As uuid4().hex gives them."""
    assert not is_opaque_id(event_id)
    with pytest.raises(BadMessage, match="event_id"):
        Identify.from_wire({**identify().to_wire(), "event_id": event_id})


def test_ids_can_be_asked_about_before_a_message_is_read() -> None:
    """For the reply to a message that cannot be read."""
    assert is_request_id("r1")
    assert not is_request_id(1)
    assert not is_request_id("")
    assert is_opaque_id(EVENT)
    assert not is_opaque_id(None)


@pytest.mark.parametrize("name", ["", "   ", "x" * 300, "A\nB", "A\u202eB", "\ud800"])
def test_b16_an_enrolment_needs_a_name_that_shows(name: str) -> None:
    """Refused with the sentence for the person."""
    with pytest.raises(NameInvalid):
        Enrol.from_wire({**enrol().to_wire(), "display_name": name})


@pytest.mark.parametrize("name", ["=cmd|'x'!A0", "'; DROP TABLE", "../../x", "[exit] $x {"])
def test_b17_an_enrolment_keeps_a_name_to_the_letter(name: str) -> None:
    """What it may mean elsewhere is escaped elsewhere."""
    assert Enrol.from_wire({**enrol().to_wire(), "display_name": name}).display_name == name


@pytest.mark.parametrize("count", [0, 11])
def test_an_enrolment_has_one_to_ten_samples(count: int) -> None:
    """None is nobody; more are not needed."""
    samples = [sample().to_wire()] * count
    with pytest.raises(BadMessage, match="samples"):
        Enrol.from_wire({**enrol().to_wire(), "samples": samples})


def test_b12_an_implausible_sample_is_named() -> None:
    """Which of the three it was."""
    wires: list[dict[str, Any]] = [sample(i).to_wire() for i in range(3)]
    wires[1]["encoding"] = [0.0] * 128
    with pytest.raises(ImplausibleEncoding) as caught:
        Enrol.from_wire({**enrol().to_wire(), "samples": wires})
    assert caught.value.field == "samples[1].encoding"


def test_the_largest_honest_messages_fit_their_limits() -> None:
    """The limits have a reason: what the longest fields add up to."""
    client, _ = connected(keep_pictures=True)
    longest = {
        "id": "i" * 64,
        "display_name": "\U0001f600" * 100,
        "consent_text": "\U0001f600" * 2000,
        "override_reason": "\U0001f600" * 300,
        "samples": tuple(sample(i) for i in range(10)),
    }
    assert len(client._encode(enrol(**longest))) < MAX_TRUSTED
    picture = JPEG[:4] + "A" * (4 * 13_653 - 4)
    assert len(client._encode(enrol(**longest, picture=picture))) < MAX_PICTURES
    assert 2_000 < len(client._encode(identify())) < 4_096


def test_the_largest_enrolments_of_512_numbers_fit_too() -> None:
    """Longest texts, ten samples of the longest numbers, the largest picture."""
    client, server = connected(keep_pictures=True, encodings=EncodingShape(512, *UNIT_NORMS))
    numbers = (-1.2345678901234567e-05, *encoding(norm=1.0, width=512)[1:])
    longest = {
        "display_name": "\U0001f600" * 100,
        "consent_text": "\U0001f600" * 2000,
        "override_reason": "\U0001f600" * 300,
        "samples": tuple(sample(i, encoding=numbers) for i in range(10)),
    }
    plain = enrol(**longest)
    assert MAX_TRUSTED < len(client._encode(plain)) < MAX_TRUSTED + MORE_FOR_WIDE
    pictured = enrol(id="q9", **longest, picture=JPEG[:4] + "A" * (4 * 13_653 - 4))
    assert server.receive(client.send(plain) + client.send(pictured)) == [plain, pictured]


def test_only_an_enrolment_of_512_numbers_may_be_so_large() -> None:
    """Anything else beyond 64 KiB ends the connection, as ever."""
    for encodings in (DLIB_SHAPE, EncodingShape(512, *UNIT_NORMS)):
        _, server = connected(encodings=encodings)
        with pytest.raises(BadFrame):
            server.receive(broken(report(), more="x" * MAX_TRUSTED))


def test_errors_are_made_of_codes_and_of_exceptions() -> None:
    """Whether they may be tried again follows from the code; texts are made safe to show."""
    made = Error.refuse(Code.STORAGE_FULL, "disk\x1b full", re="q1", details={"free": "0\n"})
    assert made.retryable
    assert made.message == "disk\\x1b full"
    assert made.details == {"free": "0\\x0a"}
    assert made.to_wire()["code"] == "storage_full"
    made = Error.of(BadMessage("frames", "is missing"), re=None, event_id=EVENT)
    assert (made.code, made.retryable, made.re) == ("bad_message", False, None)
    assert made.details == {"field": "frames"}
    assert len(Error.refuse("busy", "x" * 1000, re=None).message) == 300
    assert Error.refuse("busy", "", re=None).message == "busy"


def test_an_error_of_a_newer_version_can_be_read() -> None:
    """Codes are words; an unknown one is not retryable by itself."""
    wire = {**Error.refuse("on_fire", "Run.", re=None).to_wire(), "retryable": True}
    read = Error.from_wire(wire)
    assert (read.code, read.retryable) == ("on_fire", True)
    assert not Error.refuse("on_fire", "Run.", re=None).retryable
