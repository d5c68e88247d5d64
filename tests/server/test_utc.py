"""Times that are read by people far away from the server, too."""

from server.utc import utc_minute


def test_a_time_says_its_zone() -> None:
    """To the minute, whatever the computer's own zone is."""
    assert utc_minute(1_790_000_099_999) == "2026-09-21 14:14 UTC"
    assert utc_minute(1_790_000_100_000) == "2026-09-21 14:15 UTC"
