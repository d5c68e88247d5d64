"""Kinds of fields: each refuses every wrong type and names the field."""

from typing import Any

import pytest

from protocol.errors import BadMessage, RemoteError
from protocol.fields import Choice, Field, Flag, Integer, ListOf, Made, Maybe, Number, Pattern, Text
from protocol.messages import KINDS, EnrolSample
from protocol.wire import field_kinds
from tests.protocol.samples import connected, identify, one_of_each, sample

EVERYTHING: list[object] = [
    None, True, False, 0, 1, -1, 2**63, 10**30, 0.5, -1e308, "", "x", "\0", [], [1], {}, {"a": 1},
]  # fmt: skip


def wrong_for(kind: Field) -> list[object]:
    """What a kind of field refuses of everything."""
    refused: list[object] = []
    for value in EVERYTHING:
        try:
            kind.read(value, "f")
        except RemoteError:
            refused.append(value)
    return refused


def accepted_by(kind: Field) -> list[object]:
    """What a kind of field takes of everything."""
    refused = [repr(value) for value in wrong_for(kind)]
    return [value for value in EVERYTHING if repr(value) not in refused]


@pytest.mark.parametrize(
    ("kind", "accepted"),
    [
        (Flag(), [True, False]),
        (Integer(0, 10), [0, 1]),
        (Number(-1, 1), [0, 1, -1, 0.5]),
        (Text(5), ["x"]),
        (Text(5, shortest=0), ["", "x"]),
        (Pattern("[a-z]", "a letter"), ["x"]),
        (Choice(("x", "y")), ["x"]),
        (ListOf(Integer(0, 10), 0, 3), [[], [1]]),
        (Maybe(Flag()), [None, True, False]),
    ],
)
def test_b10_each_kind_takes_its_own_type_only(kind: Field, accepted: list[object]) -> None:
    """`true` is no number, 1 is no truth value, null is nothing but null."""
    assert [repr(value) for value in accepted_by(kind)] == [repr(value) for value in accepted]


@pytest.mark.parametrize("message", one_of_each(), ids=lambda message: message.kind)
def test_b10_a_wrong_type_in_any_field_of_any_message_names_the_field(message: Any) -> None:
    """Every field of every kind, with everything its kind refuses."""
    wire = message.to_wire()
    for name, kind in field_kinds(type(message)).items():
        for value in wrong_for(kind):
            with pytest.raises(RemoteError) as caught:
                KINDS[message.kind].from_wire({**wire, name: value})
            assert caught.value.details["field"].startswith(name)


@pytest.mark.parametrize("name", field_kinds(EnrolSample))
def test_b10_a_wrong_type_inside_a_sample_names_the_path(name: str) -> None:
    """The third sample's field, by its number."""
    enrol = next(message for message in one_of_each() if message.kind == "enrol")
    wire = enrol.to_wire()
    good = sample().to_wire()
    for value in wrong_for(field_kinds(EnrolSample)[name]):
        with pytest.raises(BadMessage) as caught:
            type(enrol).from_wire({**wire, "samples": [good, good, {**good, name: value}]})
        assert caught.value.field.startswith(f"samples[2].{name}")


@pytest.mark.parametrize("value", [2**63, 2**64, 10**39, -1, -(2**63), 1.0, 0.5, True, "1", None])
@pytest.mark.parametrize("field", ["captured_at_ms", "frames", "elapsed_ms"])
def test_b15_counts_and_times_are_small_whole_numbers(field: str, value: object) -> None:
    """What SQLite could not bind, and what is no count, is refused by name."""
    wire = identify().to_wire()
    with pytest.raises(BadMessage) as caught:
        KINDS["identify"].from_wire({**wire, field: value})
    assert caught.value.field == field
    assert connected()[1].ready


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 10**400])
def test_b6_numbers_that_are_not_finite_are_refused_as_fields_too(value: object) -> None:
    """Where JSON was not in between, as in our own messages before they are sent."""
    with pytest.raises(BadMessage, match=r"finite|large"):
        Number(-1e6, 1e6).read(value, "yaw")


def test_a_pattern_has_to_match_whole() -> None:
    """A line feed at the end does not slip through."""
    with pytest.raises(BadMessage, match="must be letters"):
        Pattern("[a-z]+", "letters").read("abc\n", "f")


@pytest.mark.parametrize("text", ["a\nb", "a\u202eb", "\ud800", "x" * 6])
def test_b16_texts_that_do_not_show_are_refused(text: str) -> None:
    """Free texts follow the rules of names, with their own length."""
    with pytest.raises(BadMessage):
        Text(5).read(text, "reason")


def test_texts_may_have_lines_where_it_says_so() -> None:
    """A consent text."""
    assert Text(5, lines=True).read("a\nb", "f") == "a\nb"


def test_lists_name_the_item() -> None:
    """Too few, too many, and which one is wrong."""
    kind = ListOf(Integer(0, 5), 1, 2)
    assert kind.read([1, 2], "f") == (1, 2)
    assert kind.write((1, 2)) == [1, 2]
    for value, path in (([], "f"), ([1, 2, 3], "f"), ([1, 9], "f[1]")):
        with pytest.raises(BadMessage) as caught:
            kind.read(value, "f")
        assert caught.value.field == path


def test_made_fields_go_through_their_functions() -> None:
    """An object inside an object."""
    kind = Made("a pair", lambda value, _path: (value, value), lambda value: [value])
    assert (kind.read(1, "f"), kind.write(2), kind.describe()) == ((1, 1), [2], "a pair")


def test_null_passes_where_a_field_may_be_left_out() -> None:
    """Both ways."""
    kind = Maybe(ListOf(Flag(), 0, 1))
    assert (kind.read(None, "f"), kind.write(None), kind.write((True,))) == (None, None, [True])


def test_every_kind_describes_itself() -> None:
    """The tables of the document have no empty cell."""
    for message in one_of_each():
        assert all(kind.describe() for kind in field_kinds(type(message)).values())
    with pytest.raises(NotImplementedError):
        Field().describe()
    with pytest.raises(NotImplementedError):
        Field().read(1, "f")
