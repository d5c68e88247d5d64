"""What is written quickly is what is written carefully; what is wrong is left to that way."""

import contextlib
import random
from dataclasses import dataclass
from typing import Any

import pytest

from protocol import strict_json
from protocol.errors import ProtocolError
from protocol.fields import Field
from protocol.messages import VERDICTS, Verdict
from protocol.quick_verdict import _pattern_of, text_of
from protocol.text import MAX_NAME
from tests.protocol.samples import EVENT, SUBJECT, verdict


def carefully(message: Verdict) -> bytes:
    """The text as the careful way has it."""
    return strict_json.dumps(message.to_wire())


NOBODY: dict[str, Any] = {"subject_id": None, "display_name": None}


@pytest.mark.parametrize(
    "message",
    [
        verdict(),
        *(verdict(outcome=outcome, **NOBODY) for outcome in VERDICTS if outcome != "identified"),
        verdict(outcome="server_unreachable"),
        verdict(display_name="Zoë Łukasz-李 小龍 𝄞"),
        verdict(display_name="é" * MAX_NAME),
        verdict(server_time_ms=0),
        verdict(server_time_ms=99_999_999_999_999),
        verdict(re="A-_9" * 16),
    ],
)
def test_a_good_one_is_written_at_once_and_as_carefully(message: Verdict) -> None:
    """To the byte."""
    assert text_of(message) == carefully(message)


@pytest.mark.parametrize(
    "changed",
    [
        {"display_name": " Ann   Lee "},
        {"display_name": "Anne\u0301"},
        {"display_name": 'Ann "Bee" Lee'},
        {"display_name": "Ann\\Lee"},
        {"server_time_ms": 253_402_300_799_999},
    ],
)
def test_whatever_is_not_plain_is_written_carefully(changed: dict[str, Any]) -> None:
    """Though it is good."""
    message = verdict(**changed)
    assert text_of(message) is None
    assert carefully(message)


WRONG: list[dict[str, Any]] = [
    {"re": ""},
    {"re": "a b"},
    {"re": "r1\n"},
    {"re": None},
    {"event_id": EVENT[1:]},
    {"event_id": EVENT.upper()},
    {"event_id": EVENT + "\n"},
    {"outcome": "no_face"},
    {"outcome": ""},
    {"outcome": None},
    {"subject_id": SUBJECT + "5"},
    {"subject_id": 5},
    {"subject_id": None},
    {"display_name": None},
    {"display_name": ""},
    {"display_name": " "},
    {"display_name": "\x1b[31m"},
    {"display_name": "\u202eAnn"},
    {"display_name": "\ud800"},
    {"display_name": "\u3164"},
    {"display_name": "x" * (MAX_NAME + 1)},
    {"display_name": ["Ann"]},
    {"server_time_ms": -1},
    {"server_time_ms": True},
    {"server_time_ms": 1.0},
    {"server_time_ms": float("nan")},
    {"server_time_ms": 10**30},
    {"server_time_ms": object()},
    {"outcome": "not_enrolled"},
    {"outcome": "identified", **NOBODY},
]


@pytest.mark.parametrize("changed", WRONG)
def test_what_we_filled_in_wrongly_is_not_written(changed: dict[str, Any]) -> None:
    """Refused here with the careful way's words, or left to it."""
    message = verdict(**changed)
    with pytest.raises(ProtocolError):
        message.to_wire()
    with contextlib.suppress(ProtocolError):
        assert text_of(message) is None


def test_names_of_all_sorts_are_written_as_carefully() -> None:
    """Thousands, of letters, marks, blanks and what cannot be shown."""
    draw, written = random.Random(37), 0
    letters = "abcABCéü李Łß 's-.\u0301\u00a0\u200d\u2800\U0001f600\x7f"
    for _ in range(3_000):
        name = "".join(draw.choices(letters, k=draw.randrange(1, 12)))
        message = verdict(display_name=name)
        try:
            quick = text_of(message)
        except ProtocolError:
            with pytest.raises(ProtocolError):
                message.to_wire()
            continue
        if quick is not None:
            written += 1
            assert quick == carefully(message)
    assert written > 300


def test_a_field_it_does_not_know_is_no_field_of_it() -> None:
    """Whoever gives `Verdict` another kind of field is told here."""

    @dataclass(frozen=True)
    class Strange(Field):
        pass

    with pytest.raises(TypeError, match="not written quickly"):
        _pattern_of(Strange())
