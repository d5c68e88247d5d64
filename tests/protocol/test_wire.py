"""What messages are made of: reading, writing, unknown keys, missing fields."""

import dataclasses
import json

import pytest

from protocol import strict_json
from protocol.errors import BadMessage, ProtocolError
from protocol.fields import Maybe
from protocol.messages import KINDS, Bye, Error, Message, Recorded
from protocol.wire import Wire, field_kinds
from tests.protocol.samples import EVENT, one_of_each, verdict


@pytest.mark.parametrize("message", one_of_each(), ids=lambda message: message.kind)
def test_every_message_comes_back_as_it_was(message: Message) -> None:
    """Through bytes, with the kind first so that a log can be read."""
    body = strict_json.dumps(message.to_wire())
    assert body.startswith(b'{"kind":"' + message.kind.encode() + b'"')
    wire = strict_json.loads(body)
    assert isinstance(wire, dict)
    assert KINDS[message.kind].from_wire(wire) == message


@pytest.mark.parametrize("message", one_of_each(), ids=lambda message: message.kind)
def test_unknown_keys_are_ignored(message: Message) -> None:
    """A newer peer may say more in a message we know."""
    wire = {**message.to_wire(), "shoe_size": 43, "": [], "__class__": "x"}
    assert KINDS[message.kind].from_wire(wire) == message


@pytest.mark.parametrize("message", one_of_each(), ids=lambda message: message.kind)
def test_b10_every_missing_field_is_named(message: Message) -> None:
    """Those that may be null may be missing too; all others are asked for."""
    for name, kind in field_kinds(type(message)).items():
        wire = message.to_wire()
        del wire[name]
        if isinstance(kind, Maybe):
            assert kind.read(None, name) is None
            continue
        with pytest.raises(BadMessage) as caught:
            KINDS[message.kind].from_wire(wire)
        assert caught.value.field == name


@pytest.mark.parametrize("message", one_of_each(), ids=lambda message: message.kind)
def test_messages_are_frozen(message: Message) -> None:
    """No thread can change what another holds."""
    name = next(iter(field_kinds(type(message))))
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(message, name, "x")
    assert not hasattr(message, "__dict__")


def test_fields_that_may_be_null_may_be_missing() -> None:
    """A reader does not tell the two apart."""
    wire = {"kind": "error", "code": "busy", "message": "x", "retryable": True, "details": {}}
    read = Error.from_wire(wire)
    assert (read.re, read.event_id) == (None, None)
    assert Error.from_wire({**wire, "re": None, "event_id": None}) == read


def test_what_our_side_filled_in_wrongly_is_not_written() -> None:
    """Checked before sending as on arrival."""
    for wrong in (Recorded(re="", event_id=EVENT), Bye(id="b", reason="\x1b"), verdict(re="a b")):
        with pytest.raises(ProtocolError):
            wrong.to_wire()


def test_names_are_written_clean() -> None:
    """What goes out is what the peer will hold."""
    assert verdict(display_name=" Ann   Lee ").to_wire()["display_name"] == "Ann Lee"


def test_paths_lead_into_nested_objects() -> None:
    """The error of a part names the way to it."""
    with pytest.raises(BadMessage) as caught:
        Recorded.from_wire({"re": "1"}, "outer.")
    assert caught.value.field == "outer.event_id"


def test_a_wire_value_without_fields_is_an_empty_object() -> None:
    """The base itself."""
    assert Wire().to_wire() == {}
    assert Wire.from_wire(json.loads("{}")) == Wire()
