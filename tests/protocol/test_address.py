"""Addresses as they are typed and shown."""

import pytest

from protocol.address import join_address, split_address


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("192.168.1.20", "192.168.1.20", 5050),
        ("lobby:6000", "lobby", 6000),
        ("[::1]:7", "::1", 7),
        ("[fe80::1%eth0]", "fe80::1%eth0", 5050),
        ("  lobby  ", "lobby", 5050),
    ],
)
def test_addresses_are_read(text: str, host: str, port: int) -> None:
    """With and without a port, names and both kinds of numbers."""
    assert split_address(text) == (host, port)
    assert split_address(join_address(host, port)) == (host, port)


@pytest.mark.parametrize("text", ["", "a b", "::1", "http://x", "x:0", "x:65536", "x:abc", "x:"])
def test_wrong_addresses_are_named_in_a_sentence(text: str) -> None:
    """The sentence ends, and is not a traceback."""
    with pytest.raises(ValueError, match=r"\.$"):
        split_address(text)
