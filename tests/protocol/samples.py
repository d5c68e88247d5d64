"""Honest messages, connected sessions and raw frames for the tests of the protocol."""

import base64
import json
import math
import random
from typing import Any

from protocol.copies import CopiedPerson, CopiedPolicy, Offline
from protocol.framing import frame
from protocol.kinds import DLIB_SHAPE, EncodingShape
from protocol.liveness import Liveness
from protocol.messages import (
    AskChallenge,
    Bye,
    ChallengeReply,
    Enrol,
    Enrolled,
    EnrolSample,
    Error,
    GalleryChanges,
    GalleryPage,
    Heartbeat,
    HeartbeatReply,
    Hello,
    Identify,
    Message,
    Pair,
    PairCa,
    PairCaReply,
    Paired,
    Recorded,
    Renew,
    Renewed,
    Reply,
    Report,
    Request,
    SignedIn,
    SignedOut,
    SignIn,
    SignOut,
    Verdict,
    Welcome,
)
from protocol.session import ClientSession, ServerSession
from protocol.strict_json import dumps

Session = ClientSession | ServerSession

EVENT = "e" * 32
SUBJECT = "5" * 32
ENROLMENT = "a" * 32
CHALLENGE = "c" * 32
JPEG = base64.b64encode(b"\xff\xd8\xff" + bytes(300)).decode()


def encoding(seed: int = 1, norm: float = 1.45, width: int = 128) -> tuple[float, ...]:
    """Numbers in every direction, of the norm of a face's encoding."""
    chance = random.Random(seed)
    numbers = [chance.gauss(0, 1) for _ in range(width)]
    length = math.hypot(*numbers) or 1.0
    return tuple(number / length * norm for number in numbers)


_encoded = encoding
ENCODING = encoding()
QUALITY = {"size_px": 120.0, "brightness": 0.5, "sharpness": 210.0, "yaw": -3.5}


def hello(**changes: Any) -> Hello:
    """A hello, with changes."""
    values: dict[str, Any] = {
        "id": "h1",
        "checkpoint_id": "lobby-1",
        "checkpoint_name": "Lobby gate",
        "encoder": "dlib-resnet:1234",
        "software": "facenetgrid 0.1.0",
    }
    return Hello(**{**values, **changes})


def welcome(**changes: Any) -> Welcome:
    """A welcome to `hello()`, with changes."""
    values: dict[str, Any] = {
        "re": "h1",
        "server_name": "lobby-server",
        "server_time_ms": 1_790_000_000_000,
        "heartbeat_s": 2.0,
        "people": 3,
        "keep_pictures": False,
    }
    return Welcome(**{**values, **changes})


def identify(**changes: Any) -> Identify:
    """An identify request, with changes."""
    values: dict[str, Any] = {
        "id": "q1",
        "event_id": EVENT,
        "captured_at_ms": 1_790_000_000_000,
        "encoding": ENCODING,
        "quality": QUALITY,
        "frames": 5,
        "automatic": True,
        "late": False,
        "elapsed_ms": 310,
    }
    return Identify(**{**values, **changes})


def verdict(**changes: Any) -> Verdict:
    """The verdict on `identify()`, with changes."""
    values: dict[str, Any] = {
        "re": "q1",
        "event_id": EVENT,
        "outcome": "identified",
        "subject_id": SUBJECT,
        "display_name": "Grace Hopper",
        "server_time_ms": 1_790_000_000_100,
    }
    return Verdict(**{**values, **changes})


def report(**changes: Any) -> Report:
    """A report, with changes."""
    values: dict[str, Any] = {
        "id": "q2",
        "event_id": EVENT,
        "captured_at_ms": 1_790_000_000_000,
        "outcome": "poor_quality",
        "flaws": ("too_small",),
        "automatic": False,
    }
    return Report(**{**values, **changes})


def sample(
    seed: int = 1, pose: str = "straight", encoding: tuple[float, ...] | None = None
) -> EnrolSample:
    """One sample of an enrolment."""
    numbers = _encoded(seed) if encoding is None else encoding
    return EnrolSample(encoding=numbers, quality=QUALITY, pose=pose)


def enrol(**changes: Any) -> Enrol:
    """An enrolment of three samples, with changes."""
    values: dict[str, Any] = {
        "id": "q3",
        "enrolment_id": ENROLMENT,
        "display_name": "Eileen Collins",
        "consent_at_ms": 1_790_000_000_000,
        "consent_text": "I agree that my face is stored.\nUntil I take it back.",
        "samples": (sample(1), sample(2, "left"), sample(3, "right")),
    }
    return Enrol(**{**values, **changes})


def enrolled(**changes: Any) -> Enrolled:
    """The answer to `enrol()`, with changes."""
    values: dict[str, Any] = {
        "re": "q3",
        "enrolment_id": ENROLMENT,
        "subject_id": SUBJECT,
        "display_name": "Eileen Collins",
        "samples": 3,
    }
    return Enrolled(**{**values, **changes})


def sign_in(**changes: Any) -> SignIn:
    """Somebody signs in, with changes."""
    values: dict[str, Any] = {"id": "s1", "name": "Kim Lee", "password": "a mole reads at noon"}
    return SignIn(**{**values, **changes})


def signed_in(**changes: Any) -> SignedIn:
    """The answer to `sign_in()`, with changes."""
    values: dict[str, Any] = {"re": "s1", "name": "Kim Lee", "idle_s": 300}
    return SignedIn(**{**values, **changes})


def liveness(**changes: Any) -> Liveness:
    """A challenge that was passed, with changes."""
    values: dict[str, Any] = {"challenge_id": CHALLENGE, "passed": True, "live": True}
    return Liveness(**{**values, **changes})


def challenge_reply(**changes: Any) -> ChallengeReply:
    """The answer to an `AskChallenge` about `EVENT`, with changes."""
    values: dict[str, Any] = {
        "re": "q5",
        "event_id": EVENT,
        "challenge_id": CHALLENGE,
        "actions": ("blink", "turn_left"),
        "time_limit_s": 8.0,
    }
    return ChallengeReply(**{**values, **changes})


def offline(**changes: Any) -> Offline:
    """What a checkpoint decided alone, with changes."""
    values: dict[str, Any] = {"outcome": "identified", "subject_id": SUBJECT, "copy_version": 7}
    return Offline(**{**values, **changes})


def copied_policy(**changes: Any) -> CopiedPolicy:
    """A policy as a checkpoint gets it, with changes."""
    values: dict[str, Any] = {
        "threshold": 0.31,
        "margin": 0.05,
        "one_sample_allowance": 0.02,
        "min_off_centre": 0.3,
        "min_off_other": 0.37,
        "least_own_part": 0.5,
        "min_off_middle": 0.0,
        "farthest": 0.36,
        "withheld": "",
        "middle": None,
        "nearest": 0,
        "weight": 0.0,
        "usual": 0.0,
    }
    return CopiedPolicy(**{**values, **changes})


def gallery_page(**changes: Any) -> GalleryPage:
    """A page of the gallery, with changes."""
    person = CopiedPerson(
        subject_id=SUBJECT, display_name="Eileen Collins", template="AAAA", samples=2
    )
    values: dict[str, Any] = {
        "re": "q6",
        "epoch": EVENT,
        "version": 7,
        "more": False,
        "offline_hours": 4,
        "server_time_ms": 5,
        "people": (person,),
        "removed": (ENROLMENT,),
        "erased": (ENROLMENT,),
        "liveness": "off",
        "policy": copied_policy(),
    }
    return GalleryPage(**{**values, **changes})


def refusal(re: str | None = "q1", code: str = "busy") -> Error:
    """An error message."""
    return Error.refuse(code, "Not now.", re=re)


def pair(**changes: Any) -> Pair:
    """A request to be let in, with changes."""
    values: dict[str, Any] = {
        "id": "p2",
        "secret": "00ff00ff00",
        "checkpoint_id": "lobby-1",
        "checkpoint_name": "Lobby gate",
        "request": "PEM",
    }
    return Pair(**{**values, **changes})


def one_of_each() -> list[Message]:
    """Every kind of message once, in the order of a conversation."""
    return [
        hello(),
        welcome(),
        identify(),
        verdict(),
        report(),
        Recorded(re="q2", event_id=EVENT),
        enrol(picture=JPEG, override_reason="Twin", same_person_as=SUBJECT),
        enrolled(),
        sign_in(),
        signed_in(),
        SignOut(id="s2"),
        SignedOut(re="s2"),
        AskChallenge(id="q5", event_id=EVENT),
        challenge_reply(),
        GalleryChanges(id="q6", epoch=None, since=0),
        gallery_page(),
        Heartbeat(id="q4"),
        HeartbeatReply(re="q4", server_time_ms=5, liveness="active"),
        PairCa(id="p1"),
        PairCaReply(re="p1", certificate="PEM"),
        pair(),
        Paired(re="p2", checkpoint_id="lobby-1", certificate="PEM", server_name="Lobby server"),
        Renew(id="q6", request="PEM"),
        Renewed(re="q6", certificate="PEM"),
        Bye(id="b1", reason="Closing."),
        refusal(),
    ]


def answer_to(request: Request) -> Reply:
    """The honest reply to any request."""
    match request:
        case Hello():
            return welcome(re=request.id)
        case Identify():
            return verdict(re=request.id, event_id=request.event_id)
        case Report():
            return Recorded(re=request.id, event_id=request.event_id)
        case Enrol():
            return enrolled(re=request.id, enrolment_id=request.enrolment_id)
        case SignIn():
            return signed_in(re=request.id)
        case SignOut():
            return SignedOut(re=request.id)
        case AskChallenge():
            return challenge_reply(re=request.id, event_id=request.event_id)
        case Renew():
            return Renewed(re=request.id, certificate="PEM")
        case GalleryChanges():
            return gallery_page(re=request.id)
        case _:
            return HeartbeatReply(re=request.id, server_time_ms=7)


def server_side(encodings: EncodingShape = DLIB_SHAPE) -> ServerSession:
    """A session that knows whose certificate it saw: that of `hello()`."""
    server = ServerSession(encodings)
    server.identified(hello().checkpoint_id)
    return server


def client_side(encodings: EncodingShape = DLIB_SHAPE) -> ClientSession:
    """A session with a server that was verified."""
    client = ClientSession(encodings)
    client.server_verified()
    return client


def connected(
    *, keep_pictures: bool = False, encodings: EncodingShape = DLIB_SHAPE
) -> tuple[ClientSession, ServerSession]:
    """Both sides of a connection after hello and welcome."""
    client, server = client_side(encodings), server_side(encodings)
    (received,) = server.receive(client.send(hello()))
    assert received == hello()
    (answer,) = client.receive(server.send(welcome(keep_pictures=keep_pictures)))
    assert answer == welcome(keep_pictures=keep_pictures)
    return client, server


def framed(body: str | bytes) -> bytes:
    """A frame of any text, as a broken peer would send it."""
    return frame(body.encode() if isinstance(body, str) else body)


def broken(message: Message, **changes: Any) -> bytes:
    """A frame of an honest message with fields put in unchecked; `None` stays null."""
    wire = {**message.to_wire(), **changes}
    return framed(json.dumps(wire))


def lacking(message: Message, field: str) -> bytes:
    """A frame of an honest message without one of its fields."""
    wire = message.to_wire()
    del wire[field]
    return framed(json.dumps(wire))


def raw(message: Message) -> bytes:
    """A frame of an honest message."""
    return frame(dumps(message.to_wire()))


def snapshot(session: Session) -> tuple[object, ...]:
    """Everything a call could change."""
    decoder = session._decoder
    limits = (decoder.limit, decoder.buffered, decoder.completed)
    return (session.state, dict(session.open_requests), session.failure, limits)
