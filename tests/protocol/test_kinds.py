"""Encodings, names, qualities and pictures as fields."""

import base64
import math

import pytest

from protocol.errors import BadMessage, Code, IllegalSend, ImplausibleEncoding, NameInvalid
from protocol.kinds import (
    DLIB_SHAPE,
    MAX_PICTURE_BYTES,
    UNIT_NORMS,
    WIDTHS,
    Details,
    Encoding,
    EncodingShape,
    Measures,
    Name,
    Picture,
    check_shape,
)
from protocol.session import Rejected
from tests.protocol.samples import (
    ENCODING,
    JPEG,
    broken,
    connected,
    encoding,
    enrol,
    identify,
    sample,
)


@pytest.mark.parametrize("count", [0, 1, 2, 64, 127, 129, 256, 511, 513, 1000])
def test_b11_any_other_number_of_numbers_is_refused(count: int) -> None:
    """One number would be broadcast by numpy without a word."""
    with pytest.raises(BadMessage, match="128 or 512 are needed") as caught:
        Encoding().read([0.1] * count, "encoding")
    assert caught.value.field == "encoding"


@pytest.mark.parametrize(
    "value", [None, True, "0.1", [0.1], {}, float("nan"), float("inf"), 10**400]
)
def test_b10_each_number_of_an_encoding_is_a_number(value: object) -> None:
    """The error names which."""
    numbers: list[object] = list(ENCODING)
    numbers[77] = value
    with pytest.raises(BadMessage) as caught:
        Encoding().read(numbers, "encoding")
    assert caught.value.field == "encoding[77]"


IMPLAUSIBLE = {
    "zeros": (0.0,) * 128,
    "whole zeros": (0,) * 128,
    "1e308": (1e308,) * 128,
    "one 1e308": (1e308, *(0.0,) * 127),
    "minus 1e308": (-1e308,) * 128,
    "denormal": (5e-324,) * 128,
    "norm 0.99": encoding(norm=0.99),
    "norm 2.01": encoding(norm=2.01),
    "huge integers": (10**39,) * 128,
}


@pytest.mark.parametrize("name", IMPLAUSIBLE)
def test_b12_what_no_face_has_is_refused_with_its_own_code(name: str) -> None:
    """All zeros, 1e308, and norms outside 1.0 to 2.0 for dlib's network."""
    with pytest.raises(ImplausibleEncoding) as caught:
        check_shape(IMPLAUSIBLE[name])
    assert caught.value.code is Code.IMPLAUSIBLE_ENCODING
    assert not caught.value.retryable


@pytest.mark.parametrize("norm", [0.0, 0.49, 2.01])
@pytest.mark.parametrize("width", WIDTHS)
def test_b12_what_no_encoder_gives_is_refused_before_the_encoder_is_asked_for(
    width: int, norm: float
) -> None:
    """A message can be read without a session: the field itself has limits."""
    with pytest.raises(ImplausibleEncoding):
        Encoding().read(list(encoding(norm=norm, width=width)), "encoding")


WIDE = EncodingShape(512, *UNIT_NORMS)
OWN = EncodingShape(128, *UNIT_NORMS)


@pytest.mark.parametrize("norm", [0.7, 0.95, 1.0])
def test_five_hundred_and_twelve_numbers_pass_where_the_encoder_gives_them(norm: float) -> None:
    """Identify and enrol, the same bits on the other side; an identify is 11 KB."""
    client, server = connected(encodings=WIDE)
    asked = identify(encoding=encoding(norm=norm, width=512))
    data = client.send(asked)
    assert 10_000 < len(data) < 13_000
    assert server.receive(data) == [asked]
    enrolment = enrol(samples=(sample(1, encoding=encoding(2, norm, 512)),))
    assert server.receive(client.send(enrolment)) == [enrolment]


@pytest.mark.parametrize(
    ("shape", "width", "norm", "code"),
    [
        (DLIB_SHAPE, 512, 1.0, "bad_message"),
        (WIDE, 128, 1.0, "bad_message"),
        (OWN, 512, 1.0, "bad_message"),
        (DLIB_SHAPE, 128, 0.9, "implausible_encoding"),
        (WIDE, 512, 1.45, "implausible_encoding"),
        (OWN, 128, 1.45, "implausible_encoding"),
        *((WIDE, width, 1.0, "bad_message") for width in (0, 1, 127, 129, 511, 513)),
    ],
)
def test_numbers_of_another_encoder_are_refused_and_the_session_goes_on(
    shape: EncodingShape, width: int, norm: float, code: str
) -> None:
    """As many as another encoder gives, or of its lengths; the error names the field."""
    client, server = connected(encodings=shape)
    honest = identify(
        encoding=encoding(norm=(shape.shortest + shape.longest) / 2, width=shape.dimensions)
    )
    (rejected,) = server.receive(broken(honest, encoding=list(encoding(norm=norm, width=width))))
    assert isinstance(rejected, Rejected)
    assert rejected.reply is not None
    assert rejected.reply.code == code
    assert server.send(rejected.reply)
    with pytest.raises(IllegalSend):
        client.send(identify(id="q8", encoding=encoding(norm=norm, width=width)))
    samples = [sample(1, encoding=honest.encoding), sample(2, encoding=honest.encoding)]
    wires = [one.to_wire() for one in samples]
    wires[1]["encoding"] = list(encoding(norm=norm, width=width))
    (rejected,) = server.receive(broken(enrol(samples=tuple(samples)), samples=wires))
    assert isinstance(rejected, Rejected)
    assert rejected.error.code == code
    assert "samples[1].encoding" in rejected.error.message
    assert rejected.reply is not None
    assert server.send(rejected.reply)
    again = identify(id="q9", encoding=honest.encoding)
    assert server.receive(client.send(again)) == [again]


@pytest.mark.parametrize("name", IMPLAUSIBLE)
def test_b12_the_session_answers_and_goes_on(name: str) -> None:
    """A clear error with the event's id; the connection stays."""
    _, server = connected()
    (rejected,) = server.receive(broken(identify(), encoding=list(IMPLAUSIBLE[name])))
    assert isinstance(rejected, Rejected)
    assert rejected.reply is not None
    assert rejected.reply.code == "implausible_encoding"
    assert (rejected.reply.re, rejected.reply.event_id) == ("q1", identify().event_id)
    assert server.send(rejected.reply)
    assert server.receive(connected()[0].send(identify(id="q9"))) == [identify(id="q9")]


@pytest.mark.parametrize("norm", [1.001, 1.30, 1.45, 1.59, 1.999])
def test_b12_norms_of_faces_pass(norm: float) -> None:
    """The range measured on real faces, and its margins."""
    check_shape(encoding(norm=norm))
    read = Encoding().read(list(encoding(norm=norm)), "encoding")
    assert math.isclose(math.hypot(*read), norm)


def test_an_encoding_survives_the_wire_to_the_last_digit() -> None:
    """128 float64, the same bits on the other side."""
    client, server = connected()
    (request,) = server.receive(client.send(identify()))
    assert request == identify()


def test_names_arrive_clean_and_errors_name_the_field() -> None:
    """The sentence for the person stays as it was."""
    assert Name().read("  Ann   Lee ", "display_name") == "Ann Lee"
    with pytest.raises(NameInvalid, match="empty") as caught:
        Name().read("   ", "display_name")
    assert caught.value.details == {"field": "display_name"}


@pytest.mark.parametrize(
    "value",
    [
        {"yaw": 1e10},
        {"yaw": "1"},
        {"yaw": True},
        {"Yaw": 1.0},
        {"": 1.0},
        {"x" * 33: 1.0},
        {"a\nb": 1.0},
        {f"k{i}": 1.0 for i in range(17)},
        [1.0],
    ],
)
def test_b10_qualities_are_a_few_named_numbers(value: object) -> None:
    """Refused by the field's name."""
    with pytest.raises(BadMessage) as caught:
        Measures().read(value, "quality")
    assert caught.value.field.startswith("quality")


def test_qualities_become_floats() -> None:
    """Whole numbers are numbers too."""
    assert Measures().read({"size_px": 120}, "quality") == {"size_px": 120.0}
    assert Measures().read({}, "quality") == {}


@pytest.mark.parametrize("value", [{"a": 1}, {"a": "x" * 201}, {"a": "\x1b"}, {"A": ""}, "x"])
def test_details_are_a_few_short_texts(value: object) -> None:
    """Bounded, and safe to show."""
    with pytest.raises(BadMessage):
        Details().read(value, "details")


@pytest.mark.parametrize(
    "picture",
    [
        "",
        "not base64!",
        "é",
        base64.b64encode(b"\x89PNG").decode(),
        JPEG + "\n",
        JPEG[:-1],
        base64.b64encode(b"\xff\xd8\xff" + bytes(MAX_PICTURE_BYTES - 2)).decode(),
        "A" * 10_000_000,
    ],
)
def test_b22_pictures_on_the_wire_are_small_jpegs_in_base64(picture: str) -> None:
    """Only what begins as a JPEG and fits; the decoder of pictures is elsewhere."""
    with pytest.raises(BadMessage) as caught:
        Picture().read(picture, "picture")
    assert caught.value.field == "picture"


def test_the_largest_picture_passes() -> None:
    """40 KiB exactly."""
    largest = base64.b64encode(b"\xff\xd8\xff" + bytes(MAX_PICTURE_BYTES - 3)).decode()
    assert Picture().read(largest, "picture") == largest
