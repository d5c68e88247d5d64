"""Errors by code."""

import re

import pytest

from protocol import errors
from protocol.errors import (
    RULES,
    BadMessage,
    Code,
    IllegalSend,
    ProtocolError,
    RemoteError,
    Unexpected,
    retryable,
    sentence,
)
from protocol.text import is_plain

CONTRACT = [
    "bad_frame",
    "bad_json",
    "bad_message",
    "implausible_encoding",
    "unsupported_version",
    "encoder_mismatch",
    "not_ready",
    "unknown_kind",
    "storage_full",
    "storage_failed",
    "busy",
    "idempotency_conflict",
    "replay_suspected",
    "too_many_tries",
    "rate_limited",
    "already_enrolled",
    "name_taken",
    "samples_disagree",
    "name_invalid",
    "not_allowed",
    "consent_outdated",
    "sign_in_first",
    "sign_in_refused",
    "sign_in_later",
    "erased",
    "spoof_suspected",
    "poor_quality",
    "server_stopping",
    "internal",
    "timeout",
    "unexpected_reply",
    "not_paired",
    "revoked",
    "pairing_refused",
]


def every_error() -> list[type[ProtocolError]]:
    """The classes of the tree."""
    found = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    return [kind for kind in found if issubclass(kind, ProtocolError)]


def test_the_codes_are_those_of_the_contract() -> None:
    """No more and no fewer."""
    assert sorted(Code) == sorted(CONTRACT)


@pytest.mark.parametrize("code", Code)
def test_every_code_has_its_rule(code: Code) -> None:
    """A sentence an operator can act on, and whether to try again."""
    assert retryable(code) is RULES[code].retryable
    assert sentence(code) == RULES[code].sentence
    assert is_plain(sentence(code))
    assert re.fullmatch(r"[A-Z].*\. [A-Z].*\.", sentence(code))
    assert len(sentence(code)) <= 80


def test_what_may_be_tried_again() -> None:
    """Only what can pass by waiting."""
    assert {code for code in Code if retryable(code)} == {
        Code.STORAGE_FULL,
        Code.STORAGE_FAILED,
        Code.BUSY,
        Code.RATE_LIMITED,
        Code.SERVER_STOPPING,
        Code.TIMEOUT,
    }


def test_codes_of_a_newer_version_have_a_sentence() -> None:
    """Not retryable, and no KeyError."""
    assert not retryable("on_fire")
    assert "Update" in sentence("on_fire")


def test_blame_is_one_of_two() -> None:
    """What the peer did is not what we did."""
    assert not issubclass(IllegalSend, RemoteError)
    assert {kind for kind in every_error() if not issubclass(kind, RemoteError)} == {
        ProtocolError,
        IllegalSend,
    }


@pytest.mark.parametrize("kind", every_error())
def test_every_error_says_when_it_is_raised(kind: type[ProtocolError]) -> None:
    """The first words of its docstring."""
    assert (kind.__doc__ or "").startswith("Raised when ")


def test_errors_carry_their_message_and_details() -> None:
    """As the error message on the wire will have them."""
    error = BadMessage("samples[2].pose", "is missing")
    assert str(error) == error.message == "samples[2].pose: is missing"
    assert error.details == {"field": "samples[2].pose"}
    assert not error.retryable
    assert Unexpected("x", late=True).details == {"late": "yes"}
    assert Unexpected("x", late=False).details == {"late": "no"}
