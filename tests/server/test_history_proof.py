"""What a look at the rows of the history says, in sentences."""

import pytest

from database.verifying import RowsLooked, Seen
from server.history_proof import sentences_of

NOON_MS = 1_790_000_000_000


def seen(number: int) -> Seen:
    return Seen(number, f"{number:032x}", NOON_MS + number * 60_000)


@pytest.mark.parametrize(
    ("looked", "said"),
    [
        (RowsLooked(looked=7, newest=9), []),
        (
            RowsLooked(changed=[seen(1), seen(2)], changed_count=25),
            [
                (
                    f"Event {1:032x} (number 1, 2026-09-21 14:14 UTC) was changed outside of the "
                    "program."
                ),
                (
                    f"Event {2:032x} (number 2, 2026-09-21 14:15 UTC) was changed outside of the "
                    "program."
                ),
                "So were 23 more events of the history.",
            ],
        ),
        (
            RowsLooked(newest=9, missing=2, gaps=[(seen(1), seen(3)), (seen(4), seen(6))]),
            [
                (
                    "2 events are missing in the history, which came to number 9: somebody deleted "
                    "rows. Numbers are missing between 1 (2026-09-21 14:14 UTC) and 3 (2026-09-21 "
                    "14:16 UTC); 4 (2026-09-21 14:17 UTC) and 6 (2026-09-21 14:19 UTC)."
                )
            ],
        ),
        (
            RowsLooked(newest=9, missing=1),
            [
                (
                    "1 event is missing in the history, which came to number 9: somebody deleted "
                    "rows. They were its oldest or its newest."
                )
            ],
        ),
        (
            RowsLooked(missing=-1),
            [
                (
                    "The history has 1 event more than there may be: somebody put back what was "
                    "deleted when its time was over."
                )
            ],
        ),
        (
            RowsLooked(nameless={"a", "b", "c"}),
            ["Names of 2 people are missing in the history: somebody deleted them."],
        ),
    ],
)
def test_each_finding_is_a_sentence(looked: RowsLooked, said: list[str]) -> None:
    """With the event, its time, and what somebody did; of who was erased nothing is missing."""
    assert sentences_of(looked, erased={"c"}) == said


def test_a_count_that_cannot_be_trusted_is_said() -> None:
    """Whether rows are missing goes by it."""
    (said,) = sentences_of(RowsLooked(missing=None))
    assert "cannot be told" in said
