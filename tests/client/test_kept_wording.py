"""Tests of the words about events that are kept or cannot be delivered."""

import csv
import io

import pytest

from client import kept_wording
from client.events import LinkState, LinkStatus
from client.outbox import DeadLetter
from client.outbox_file import UNREADABLE
from client.view_model import Action
from protocol.errors import Code, sentence

LETTER = DeadLetter("ab" * 16, 1_764_000_000_000, 1_764_000_060_000, Code.BAD_MESSAGE, 2, "=busy")


@pytest.mark.parametrize(
    ("events", "words"), [(0, ""), (1, "1 event kept"), (1000, "1,000 events kept")]
)
def test_kept(events: int, words: str) -> None:
    """None, one, many."""
    assert kept_wording.kept(events) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, ""), (-5, ""), (59, "0 min"), (3000, "50 min"), (13_920, "3 h 52 min")],
)
def test_how_long_people_are_identified_here(seconds: float, words: str) -> None:
    """Nothing where they are not."""
    said = kept_wording.alone(seconds)
    assert said == (words and f"People are identified here for {words}")


def test_f6_full_says_which_of_three_things_is_full_and_what_to_do() -> None:
    """F6: the outbox, the disk, or events that nobody looked at."""
    away = LinkStatus(LinkState.UNREACHABLE, kept=20_000, refused=3, full=True)
    banner = kept_wording.full(away)
    assert "20,000 wait for the server. 3 could not be kept." in banner.reason
    assert banner.action is Action.OPEN_SETTINGS
    disk = kept_wording.full(
        LinkStatus(LinkState.CONNECTED, full=True, keeping="Events cannot be kept: no room.")
    )
    assert disk.reason == (
        "Events cannot be kept: no room. Make room on it: recording goes on by itself."
    )
    dead = kept_wording.full(LinkStatus(LinkState.CONNECTED, kept=1, dead=19_999, full=True))
    assert dead.reason.startswith("19,999 not delivered. Look at them (F7)")
    assert {banner.tone, disk.tone, dead.tone} == {"bad"}


def test_reasons_are_sentences() -> None:
    """The server's, and the one of our own."""
    assert kept_wording.reason(LETTER) == sentence(Code.BAD_MESSAGE)
    changed = DeadLetter("ab" * 16, 1, 2, UNREADABLE)
    assert "changed on the disk" in kept_wording.reason(changed)


def test_the_list_is_exported_with_times_ids_and_reasons() -> None:
    """And nothing of a face; a spreadsheet reads it."""
    data = kept_wording.export([LETTER])
    assert data.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    assert row["captured_utc"] == "2025-11-24T16:00:00Z"
    assert (row["event_id"], row["code"], row["attempts"]) == (LETTER.event_id, "bad_message", "2")
