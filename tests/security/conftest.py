"""What tests of passwords share: a cost that takes no time."""

import pytest

from security.passwords import Passwords


@pytest.fixture
def cheap() -> Passwords:
    """Hashing as usual, at a cost that protects nothing and takes no time."""
    return Passwords(passes=1, memory_kib=64, lanes=1)
