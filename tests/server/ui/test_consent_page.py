"""The page of the consent text: writing, preview, putting in force, what others do meanwhile."""

from dataclasses import replace

import pytest

from protocol.consent import FIRST_TEXT, LONGEST
from server.permissions import Role
from server.ui.consent_page import ConsentPage
from server.ui.window import ServerWindow
from tests.server.ui.conftest import answered, made_up
from tests.support import tab_stops, wait_until

MINE = "I agree to what stands here."


@pytest.fixture
def page(window: ServerWindow) -> ConsentPage:
    """The page, once it knows what is in force."""
    return opened(window)


def opened(window: ServerWindow) -> ConsentPage:
    """The page of who is signed in, filled."""
    window.go("Consent")
    page: ConsentPage = window.consent
    wait_until(lambda: page.known is not None, window=window.root)
    window.root.update()
    return page


def write(page: ConsentPage, text: str) -> None:
    """Somebody types in the place of all that is there."""
    page.editor.field.delete("1.0", "end")
    page.editor.field.insert("1.0", text)
    page.update()


def disabled(widget: object) -> bool:
    """Whether a button cannot be pressed."""
    return "disabled" in widget.state()  # type: ignore[attr-defined, no-any-return]


def test_a_new_text_is_previewed_and_put_in_force(window: ServerWindow, page: ConsentPage) -> None:
    """Nothing before it is agreed to; then the page, the rail and the table say so."""
    grid, rail = made_up(window), window.rail.items["Consent"]
    now = grid.consents.in_force
    assert page.editor.text == page.preview.text == now.text
    assert disabled(page.put_button)
    assert disabled(page.undo)
    write(page, f"{MINE}\n")
    assert page.preview.text == MINE
    assert rail.marked
    assert not disabled(page.put_button)
    asked = answered(window, yes=False)
    page.put_button.invoke()
    assert asked[0] == "Put a new text in force"
    assert grid.consents.in_force == now
    answered(window, yes=True)
    page.put_button.invoke()
    wait_until(lambda: not page.changed, window=window.root)
    assert grid.consents.in_force.text == MINE == page.editor.text
    wait_until(lambda: page.table.get_children()[0] == "4", window=window.root)
    assert not rail.marked
    assert window.desk.drafts == {}
    assert disabled(page.put_button)


def test_what_is_written_waits_when_the_page_is_left(
    window: ServerWindow, page: ConsentPage
) -> None:
    """Said once; there again after another page, and after the window was locked; not for others.

    Closing the window asks.
    """
    write(page, MINE)
    window.go("History")
    assert "kept on its page" in window.desk.toast.text
    window.go("Consent")
    assert page.editor.text == MINE
    grid = made_up(window)
    window.lock()
    window.sign_in(grid.sign_in(Role.OPERATOR))
    assert not window.rail.items["Consent"].marked
    assert opened(window).editor.text == grid.consents.in_force.text
    window.sign_in(grid.sign_in(Role.ADMINISTRATOR))
    assert window.rail.items["Consent"].marked
    assert opened(window).editor.text == MINE
    asked = answered(window, yes=False)
    window.ask_close()
    assert asked[0] == "A text is not in force"
    assert "close" not in grid.asked


def test_somebody_else_put_another_in_force(window: ServerWindow, page: ConsentPage) -> None:
    """Seen by itself; who writes is warned and keeps their text, who reads sees the new one."""
    consents = made_up(window).consents
    consents.put_in_force("Theirs.", instead_of=3)
    page.refresh()
    wait_until(lambda: page.editor.text == "Theirs.", window=window.root)
    write(page, MINE)
    consents.put_in_force("Theirs again.", instead_of=4)
    page.refresh()
    wait_until(lambda: "Version 5 came in force" in str(page.note.cget("text")), window=window.root)
    assert page.editor.text == MINE
    page.table.selection_set("5")
    page.update()
    assert page.preview.text == "Theirs again."
    consents.put_in_force("At the last moment.", instead_of=5)
    answered(window, yes=True)
    page.put_in_force()
    wait_until(lambda: "Version 6 came in force" in str(page.note.cget("text")), window=window.root)
    assert consents.in_force.text == "At the last moment."
    assert page.editor.text == MINE


def test_who_may_not_change_it_reads_it(window: ServerWindow) -> None:
    """No button, nothing to type into; a viewer has no such page."""
    grid = made_up(window)
    for role in (Role.OPERATOR, Role.ENROLLER, Role.AUDITOR):
        window.sign_in(grid.sign_in(role))
        page = opened(window)
        assert not page.put_button.winfo_manager()
        before = page.editor.text
        page.editor.field.insert("1.0", "x")
        assert page.editor.text == before
    window.sign_in(grid.sign_in(Role.VIEWER))
    window.go("Consent")
    assert window.page == "Dashboard"


def test_what_the_page_tells(
    window: ServerWindow, page: ConsentPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every version with its people; limits while somebody types; a file that cannot be used.

    Empty or too long cannot be put in force; undo brings back what is.
    """
    rows = {one: page.table.cells(one) for one in page.table.get_children()}
    assert rows["1"][1:3] == ("the beginning", "5")
    assert rows["3"][1].endswith("now")
    page.table.selection_set("1")
    page.update()
    assert page.preview.text == FIRST_TEXT
    assert str(page.shows.cget("text")) == "Version 1"
    others = str(page.others.cget("text"))
    assert "2 people enrolled on a ground" in others
    assert "1 person agreed in other words" in others
    write(page, MINE)
    assert page.preview.text == MINE
    for text, said in ((" \n", "empty"), ("a" * (LONGEST + 3), "3 characters too many")):
        write(page, text)
        assert said in str(page.note.cget("text"))
        assert disabled(page.put_button)
        page.put_in_force()
    assert page.known is not None
    page.undo.invoke()
    assert page.editor.text == page.known.in_force.text
    assert str(page.note.cget("text")) == ""

    def broken() -> None:
        raise ValueError("consent-texts.json is damaged. Put a copy of it back.")

    monkeypatch.setattr(made_up(window).consents, "state", broken)
    page.refresh()
    wait_until(lambda: page.known is None, window=window.root)
    assert "Put a copy of it back" in str(page.note.cget("text"))
    assert disabled(page.put_button)


def test_the_question_counts_in_words(window: ServerWindow, page: ConsentPage) -> None:
    """Nobody and one person too; and with nobody enrolled nobody agreed to anything."""
    assert page.known is not None
    write(page, MINE)
    for agreed, said in (
        (0, "Nobody who is enrolled agreed to version 3."),
        (1, "1 person agreed to version 3, keeps it and is not asked again."),
        (1200, "1,200 people agreed to version 3, keep it and are not asked again."),
    ):
        page._take(replace(page.known, people={3: agreed}, stated=0, nothing=0, own=0))
        others = "Everybody agreed to one of these." if agreed else "Nobody is enrolled."
        assert str(page.others.cget("text")) == others
        asked = answered(window, yes=False)
        page.put_button.invoke()
        assert any(one.startswith(said) for one in asked)


def test_tab_goes_from_the_text_to_its_button_and_the_preview_shows_what_it_puts_in_force(
    window: ServerWindow, page: ConsentPage
) -> None:
    """A version that was looked at does not stay in the preview beside the button."""
    write(page, MINE)
    stops = [one for one in tab_stops(window.root) if str(one).startswith(str(page))]
    assert stops == [page.editor.field, page.put_button, page.undo, page.table]
    page.table.selection_set("1")
    page.update()
    assert page.preview.text != MINE
    page.put_button.focus_force()
    wait_until(lambda: page.preview.text == MINE, window=window.root)
