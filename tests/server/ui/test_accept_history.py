"""The question whether a changed history is taken as it is."""

import tkinter

import pytest

from database.verifying import RowsLooked, Seen
from server.ui.accept_history import Acceptance
from server.ui.wording import clock

SOME = [Seen(number, "a" * 32, 1_790_000_000_000) for number in range(1, 8)]


@pytest.mark.parametrize(
    ("found", "question"),
    [
        (
            RowsLooked(changed=SOME, changed_count=7, missing=1),
            "7 changed events and 1 missing event",
        ),
        (RowsLooked(missing=-2), "2 events too many"),
        (RowsLooked(missing=None), "a changed count of deleted events"),
        (RowsLooked(nameless={"p"}), "the missing names of 1 person"),
    ],
)
def test_it_says_plainly_what_is_accepted(
    surface: tkinter.Misc, found: RowsLooked, question: str
) -> None:
    """Cancel has the keyboard; that it stands in the log is said, and what comes of it."""
    dialog = Acceptance(surface, found)
    dialog.present(dialog.decline)
    dialog.update()
    texts = [str(one.cget("text")) for one in labels(dialog)]
    assert f"Take the history as it is: {question}?" in texts
    (detail,) = (text for text in texts if "stands in the audit log, with your name" in text)
    assert "stay marked Changed" in detail
    if found.changed:
        assert f"Event 1, {clock(SOME[0].recorded_at_ms)}" in detail
        assert ("and 3 more" in detail, "Event 5, " in detail) == (True, False)
        assert "1 event is missing" in detail
    assert dialog.focus_lastfor() is dialog.decline
    assert dialog.winfo_height() < surface.winfo_height()
    dialog.decline.invoke()
    assert not dialog.yes


def labels(widget: tkinter.Misc) -> list[tkinter.Misc]:
    """Every label in it."""
    here = [one for one in widget.winfo_children() if one.winfo_class() == "TLabel"]
    return here + [one for child in widget.winfo_children() for one in labels(child)]
