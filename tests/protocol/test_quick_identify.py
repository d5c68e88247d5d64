"""What is read quickly is what is read carefully; what is wrong is left to the careful way."""

import json
import random
from dataclasses import dataclass
from typing import Any

import pytest

from protocol import strict_json
from protocol.errors import RemoteError
from protocol.fields import KEY, Field
from protocol.kinds import DLIB_SHAPE, EncodingShape, check_shape
from protocol.messages import Identify
from protocol.quick_identify import _type_of, identify_of
from tests.protocol.samples import identify, one_of_each
from tests.protocol.test_fuzz import mutated

GOOD: dict[str, Any] = identify().to_wire()


def body_of(**changed: object) -> bytes:
    """The text of a good message with some fields changed."""
    return strict_json.dumps({**GOOD, **changed})


def carefully(body: bytes) -> Identify:
    """The message as the careful way has it."""
    wire = strict_json.loads(body)
    assert isinstance(wire, dict)
    assert wire["kind"] == "identify"
    message = Identify.from_wire(wire)
    check_shape(message.encoding, "encoding", DLIB_SHAPE)
    return message


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"liveness": None},
        {"offline": None, "liveness": None},
        {"frames": 10_000, "automatic": True, "late": True, "elapsed_ms": 0},
        {"quality": {}},
        {"quality": {f"k{at}": at for at in range(16)}},
        {"quality": {"a": 1e9, "b": -1e9, "c": 0, "d": 5e-324}},
        {"captured_at_ms": 253_402_300_799_999},
        {"id": "A-_9" * 16},
        {"encoding": [1, *[0] * 127]},
    ],
)
def test_a_good_one_is_read_at_once_and_as_carefully(changed: dict[str, object]) -> None:
    """To the last bit, and to the types."""
    body = body_of(**changed)
    quick = identify_of(body, DLIB_SHAPE)
    assert quick is not None
    assert repr(quick) == repr(carefully(body))


def test_without_what_may_be_left_out() -> None:
    """Liveness and a decision made offline need not be there."""
    wire = {name: value for name, value in GOOD.items() if value is not None}
    assert "offline" not in wire
    body = strict_json.dumps(wire)
    assert repr(identify_of(body, DLIB_SHAPE)) == repr(carefully(body))


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "a" * 65},
        {"id": "x y"},
        {"id": "r1\n"},
        {"event_id": "E" * 32},
        {"event_id": "e" * 31},
        {"event_id": "e" * 32 + "\n"},
        {"event_id": None},
        {"captured_at_ms": -1},
        {"captured_at_ms": 1.0},
        {"captured_at_ms": True},
        {"captured_at_ms": 253_402_300_800_000},
        {"encoding": [0.1] * 127},
        {"encoding": [0.0] * 128},
        {"encoding": [True, *[0.1] * 127]},
        {"encoding": ["1", *[0.1] * 127]},
        {"encoding": [1e308] * 128},
        {"encoding": [10**400, *[0.1] * 127]},
        {"encoding": [0.0625] * 512},
        {"encoding": [0.18] * 128},
        {"encoding": None},
        {"quality": {f"k{at}": at for at in range(17)}},
        {"quality": {"yaw": 1.1e9}},
        {"quality": {"yaw": True}},
        {"quality": {"yaw": None}},
        {"quality": {"Yaw": 1.0}},
        {"quality": {"yaw\n": 1.0}},
        {"quality": {"": 1.0}},
        {"quality": []},
        {"frames": 0},
        {"frames": 10_001},
        {"automatic": 1},
        {"late": "true"},
        {"elapsed_ms": 315_360_000_001},
    ],
)
def test_what_is_to_be_refused_is_left_to_the_careful_way(changed: dict[str, object]) -> None:
    """Which alone has the words for it."""
    body = body_of(**changed)
    assert identify_of(body, DLIB_SHAPE) is None
    with pytest.raises(RemoteError):
        carefully(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"kind":"identify",' + body_of()[1:],
        body_of().replace(b'"frames":', b'"frames":1,"frames":'),
        body_of(quality={"yaw": 1.0}).replace(b'"yaw":1.0', b'"yaw":2.0,"yaw":1.0'),
        body_of().replace(b'"late"', b'"l\\u0061te"'),
        body_of(more=1),
        body_of(liveness={"passed": True}),
        body_of() + b"x",
        body_of()[:-1],
        b" " + body_of(),
        body_of().replace(b":", b" : ", 1),
        strict_json.dumps(dict(reversed(GOOD.items()))),
        body_of().replace(b'"encoding":[', b'"encoding":["\\"",'),
        body_of()[:-1] + b',"encoding":[0.1]}',
        body_of()[:-1] + b',"kind":"identify"}',
        body_of()[:-1] + b',"id":"r2"}',
        b"",
    ],
    ids=[
        "kind twice", "frames twice", "yaw twice", "escaped", "one more field", "liveness",
        "behind its end", "cut off", "space before", "space inside", "another order",
        "text in the numbers", "numbers twice", "kind again", "id twice", "empty",
    ],
)  # fmt: skip
def test_whatever_is_not_plain_is_read_carefully(body: bytes) -> None:
    """Good or not."""
    assert identify_of(body, DLIB_SHAPE) is None


def test_no_other_message_is_read_here() -> None:
    """Each of them has the careful way."""
    for message in one_of_each():
        if not isinstance(message, Identify):
            assert identify_of(strict_json.dumps(message.to_wire()), DLIB_SHAPE) is None


def test_the_shape_is_the_sessions() -> None:
    """What another encoder gives is not plainly right."""
    wide = EncodingShape(512, 0.5, 1.01)
    body = body_of(encoding=[0.04] * 512)
    quick = identify_of(body, wide)
    assert quick is not None
    assert len(quick.encoding) == 512
    assert identify_of(body_of(), wide) is None


def test_b19_whatever_is_read_at_once_is_read_the_same_carefully() -> None:
    """Thousands of good ones with a byte or a few changed; some of them are still good."""
    draw, read = random.Random(33), 0
    bodies = [body_of(), body_of(quality={"yaw": 1.0, "pitch": -2})]
    for _ in range(6_000):
        body = bytearray(draw.choice(bodies))
        at = draw.randrange(len(body))
        body[at : at + 1] = bytes([draw.choice(b'0123456789.-e"ab,')])
        quick = identify_of(bytes(body), DLIB_SHAPE)
        if quick is not None:
            read += 1
            assert repr(quick) == repr(carefully(bytes(body))), body
    for _ in range(2_000):
        body = bytearray(mutated(bodies[0], draw))
        quick = identify_of(bytes(body), DLIB_SHAPE)
        assert quick is None or repr(quick) == repr(carefully(bytes(body))), body
    assert read > 1_000


def test_a_field_it_does_not_know_is_no_field_of_it() -> None:
    """Whoever gives `Identify` another kind of field is told here."""

    @dataclass(frozen=True)
    class Strange(Field):
        pass

    with pytest.raises(TypeError, match="not read quickly"):
        _type_of(Strange())


def test_names_of_measures_are_those_of_the_careful_way() -> None:
    """One pattern for both."""
    assert json.loads(body_of())["quality"]
    assert all(map(KEY.fullmatch, GOOD["quality"]))
