"""Tests of the card beside the list of people."""

from dataclasses import replace

import pytest

from protocol.consent import FIRST_TEXT
from server.ui.made_up_people import portrait
from server.ui.person_card import consent_lines
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until


@pytest.mark.parametrize("keep", [True, False])
def test_pictures_only_where_the_administrator_allows_them(
    window: ServerWindow, *, keep: bool
) -> None:
    """The picture is on the screen with the setting, and not without it, even when it is there."""
    grid = made_up(window)
    person = grid.people.list()[0]
    grid.people.pictures[person.subject_id] = portrait()
    grid.settings = replace(grid.settings, keep_pictures=keep)
    window.go("People")
    window.people.person.show(person, grid)
    assert (window.people.person._image is not None) == keep
    assert ("not kept" in str(window.people.person.facts.cget("text"))) != keep


def test_a_damaged_picture_is_the_placeholder(window: ServerWindow) -> None:
    """B22: what cannot be decoded shows no picture, not even the one before, and breaks nothing."""
    grid = made_up(window)
    person = grid.people.list()[0]
    grid.settings = replace(grid.settings, keep_pictures=True)
    for picture in (b"", b"no picture", portrait()[:400]):
        grid.people.pictures[person.subject_id] = portrait()
        window.people.person.show(person, grid)
        assert window.people.person._image is not None
        grid.people.pictures[person.subject_id] = picture
        window.people.person.show(person, grid)
        window.root.update()
        assert window.people.person._image is None, picture


def test_without_a_person_nothing_can_be_pressed(window: ServerWindow) -> None:
    """Nobody chosen: the buttons are grey."""
    window.people.person.show(None, made_up(window))
    assert all(made.instate(["disabled"]) for made in window.people.person.buttons)


def test_what_was_agreed_and_what_was_stated() -> None:
    """Each with its time; nothing is said as that."""
    agreed = {"at_ms": 1_790_000_000_000, "checkpoint_name": "Lobby gate"}
    form = {"ground": "paper form of May", "ground_at_ms": 1_790_000_000_000, "ground_by": "os:x"}
    assert consent_lines(None, dict) == ["No consent noted"]
    (one,) = consent_lines(agreed, dict)
    assert one.startswith("Agreed 20")
    assert one.endswith("at Lobby gate")
    both = consent_lines({**agreed, **form}, dict)
    assert len(both) == 2
    assert both[1].endswith(" by x (command line): paper form of May")
    stated = consent_lines({**form, "ground_by": "account:a1"}, lambda: {"a1": "Kim Lee"})
    assert stated[0].endswith(" by Kim Lee: paper form of May")
    own = consent_lines({**agreed, "text": "Signed on\npaper.", "since_ms": 0}, dict)
    assert own[1] == "In words said there: Signed on paper."
    for shown in ({"text": FIRST_TEXT}, {"text": "Mine.", "since_ms": 5}):
        assert len(consent_lines({**agreed, **shown}, dict)) == 1


def test_who_enrolled_is_named_to_those_who_may_see_the_accounts() -> None:
    """Who signed in at the checkpoint; where nobody did, the checkpoint is all there is."""
    agreed = {"at_ms": 1_790_000_000_000, "checkpoint_name": "Lobby gate"}
    (named,) = consent_lines({**agreed, "by": "account:a1"}, lambda: {"a1": "Kim Lee"})
    assert named.endswith("at Lobby gate, noted by Kim Lee")
    (known,) = consent_lines({**agreed, "by": "account:a1"}, dict)
    assert known.endswith("noted by account a1")
    (nobody,) = consent_lines({**agreed, "by": "checkpoint:lobby"}, lambda: {"a1": "Kim Lee"})
    assert nobody.endswith("at Lobby gate")


def test_the_card_looks_the_name_up(window: ServerWindow) -> None:
    """The administrator reads a name and no id."""
    grid = window.desk.grid
    assert grid is not None
    person = grid.people.list()[0]
    who = grid.actor.name
    made_up(window).people.consents[person.subject_id] = {
        "at_ms": 1_790_000_000_000,
        "checkpoint_name": "Lobby gate",
        "by": who,
    }
    window.go("People")
    window.people.person.show(person, grid)
    name = grid.administration.names(grid.actor)[who.removeprefix("account:")]
    assert f"noted by {name}" in str(window.people.person.facts.cget("text"))


def test_no_button_lies_below_the_bar(window: ServerWindow) -> None:
    """In a low window the card scrolls; its bar takes room of its own."""
    window.root.geometry("1280x660")
    window.go("People")
    card = window.people.person
    person = made_up(window).people.list()[0]
    card.show(replace(person, display_name="A name of so many words " * 12), made_up(window))
    wait_until(lambda: card.area.scrolls and card.area.vbar.winfo_ismapped(), window=window.root)
    window.root.update()
    for made in card.buttons:
        assert made.winfo_rootx() + made.winfo_width() <= card.area.vbar.winfo_rootx()
