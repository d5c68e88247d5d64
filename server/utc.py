"""Times as commands, findings and papers say them."""

from datetime import UTC, datetime


def utc_minute(ms: int) -> str:
    """Day and minute, with its time zone, of ms since the epoch."""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
