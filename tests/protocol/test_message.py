"""The base of all messages: kinds, ids, and nothing lost on the way."""

from protocol.message import Message, Reply, Request
from protocol.messages import ANSWERS, KINDS
from tests.protocol.samples import one_of_each


def test_every_message_is_a_request_a_reply_or_neither_and_says_its_kind() -> None:
    """The kind stands first on the wire."""
    for message in one_of_each():
        assert isinstance(message, Message)
        assert next(iter(message.to_wire().items())) == ("kind", message.kind)
        assert not (isinstance(message, Request) and isinstance(message, Reply))


def test_every_request_has_an_answer_that_is_a_reply() -> None:
    """Nothing is asked that cannot be answered."""
    requests = {kind for kind in KINDS.values() if issubclass(kind, Request)}
    assert set(ANSWERS) == requests
    assert {kind for kind in KINDS.values() if issubclass(kind, Reply)} == set(ANSWERS.values())
