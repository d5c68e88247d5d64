"""What is read quickly is what is read carefully, to the bit; what is to be refused is neither."""

import random
import struct

import pytest

from protocol import strict_json
from protocol.errors import BadJson
from tests.protocol.test_strict_json import READ, REFUSED, UNDECIDED

_READERS = (strict_json._quickly, strict_json._carefully)


def test_a_quick_look_and_a_careful_one_read_the_same() -> None:
    """Numbers of all sizes and signs, truth values, texts, nested and empty ones."""
    for text in (
        '{"a":[1,-2.5,3e2],"b":{"c":null,"d":[]},"e":"x","f":true}',
        "[0.1,1e18,-1e18,0,-0.0]",
        '["a","b"]',
        "[[1],[2,3],{}]",
        "7",
        "[-0.0, 5e-324, 2.2250738585072011e-308, 1.7976931348623157e1, 0.1e-7, -0]",
        "[8999999999999999999,-8999999999999999999,9007199254740993]",
        '{"é€":"𝄞","":"","b":[{"":1}]} ',
    ):
        quick, careful = (read(text.encode()) for read in _READERS)
        assert quick == careful
        assert repr(quick) == repr(careful), "also the signs of zeros, and what is an integer"


def test_a_quick_look_reads_numbers_to_the_same_bits() -> None:
    """A probe read otherwise in its last digit would be another probe: of any float64, any digits.

    Written with too many digits as well, which are the hard ones to round.
    """
    draw = random.Random(20)
    numbers = [struct.unpack("<d", draw.randbytes(8))[0] for _ in range(3_000)]
    texts = [repr(n) for n in numbers if abs(n) < 8e18]
    texts += [repr(draw.gauss(0, 0.1)) for _ in range(3_000)]
    texts += [f"{n:.{draw.randrange(17, 60)}e}" for n in numbers if abs(n) < 8e18]
    texts += [f"{2**53 + 2 * draw.randrange(2**50) + 1}.{'0' * 30}{at % 2}" for at in range(500)]
    body = f"[{','.join(texts)}]".encode()
    quick, careful = (read(body) for read in _READERS)
    assert isinstance(quick, list)
    assert isinstance(careful, list)
    assert struct.pack(f"<{len(texts)}d", *quick) == struct.pack(f"<{len(texts)}d", *careful)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**64, 10**25, 9 * 10**18])
def test_large_integers_stay_integers(number: int) -> None:
    """The quick decoder has 64 bits, and makes a fraction of what is longer."""
    body = f'{{"a":[{number},1]}}'.encode()
    assert strict_json._quickly(body) is strict_json._UNSURE
    assert repr(strict_json.loads(body)) == repr({"a": [number, 1]})


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"":{},"":{}}',
        '{"a":"x","b":"y","a":"x"}',
        '{"a":{"b":1,"b":2}}',
        '[{"a":["x","y"],"a":["x"]}]',
        '{"a" : 1 , "a" : [1,2,3]}',
        '{"a:":":","a:":"::"}',
    ],
)
def test_b9_a_double_key_is_never_read_quickly(text: str) -> None:
    """Whatever it holds: the quick decoder lets it pass, so quotes are counted."""
    assert strict_json._quickly(text.encode()) is strict_json._UNSURE
    with pytest.raises(BadJson, match="same key twice"):
        strict_json.loads(text.encode())


def test_b19_whatever_is_read_quickly_is_read_the_same_carefully() -> None:
    """Every body of the three lists, and thousands of good ones with a byte or two changed."""
    bodies = [*REFUSED.values(), *UNDECIDED.values(), *(body for body, _ in READ.values())]
    bodies = [body for body in bodies if len(body) < 2_000]
    good, draw = [body for body, _ in READ.values()], random.Random(9)
    pieces = b'{}[]",:\\ue+-.0123456789tfnNI \x00\xc3\xa9\xed\xa0\x80\xff\n'
    for _ in range(6_000):
        body = bytearray(draw.choice(good))
        for _ in range(draw.randrange(1, 3)):
            at = draw.randrange(len(body) + 1)
            body[at : at + draw.randrange(2)] = bytes([draw.choice(pieces)])
        bodies.append(bytes(body))
    read = 0
    for body in bodies:
        value = strict_json._quickly(body)
        if value is not strict_json._UNSURE:
            read += 1
            assert repr(value) == repr(strict_json._carefully(body)), body
    assert read > 200


@pytest.mark.parametrize(
    "text",
    [
        "1e999",
        "[0.5,-1e999]",
        '{"a":{"b":[1,2,1e400]}}',
        "1" * 41,
        f'["a",{"1" * 41}]',
        f"[{'9' * 5000}]",
        '{"a":1,"a":2}',
        "[NaN]",
        '["\\ud800"]',
        "[[[[[[[[[1]]]]]]]]]",
        "[1,2",
    ],
)
def test_b7_what_is_to_be_refused_is_left_to_the_careful_look(text: str) -> None:
    """So that the refusal is in the same words, whatever was found first."""
    assert strict_json._quickly(text.encode()) is strict_json._UNSURE
    with pytest.raises(BadJson):
        strict_json.loads(text.encode())
