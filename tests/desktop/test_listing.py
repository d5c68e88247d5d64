"""Lists of commands: columns that stand under each other, and times that say whose they are."""

import io
import time
from collections.abc import Iterator

import pytest

from desktop.listing import local_day, local_time, write_list


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A computer there."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_columns_stand_under_their_headings() -> None:
    """Numbers at the right; letters of two places count as two, marks above letters as none."""
    out = io.StringIO()
    rows = [("Ann", "7", "at the gate"), ("山田", "120", ""), ("Zoe\u0308", "3", "x")]
    write_list(out, ("Name", "Tries", "Where"), rows, numbers=("Tries",))
    assert out.getvalue() == (
        "Name  Tries  Where\nAnn       7  at the gate\n山田    120\nZoe\u0308       3  x\n"
    )


def test_no_row_leaves_the_headings() -> None:
    """Who calls says that there is nothing."""
    out = io.StringIO()
    write_list(out, ("Name", "Role"), [])
    assert out.getvalue() == "Name  Role\n"


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone cannot be changed here")
@pytest.mark.usefixtures("berlin")
def test_times_are_local_and_tell_their_offset() -> None:
    """In summer and in winter; a day by midnight here."""
    assert local_time(1_785_535_200_000) == "2026-08-01 00:00:00+02:00"
    assert local_time(1_767_225_600_000) == "2026-01-01 01:00:00+01:00"
    assert local_day(1_785_535_200_000) == "2026-08-01"
