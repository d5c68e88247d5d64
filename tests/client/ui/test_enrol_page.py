"""The page of the enrolment dialog: its fields report, its lines say what is so."""

from dataclasses import replace

import pytest
import ttkbootstrap

from client.pose import Pose
from client.ui.enrol_form import Answer, EnrolForm
from client.ui.enrol_page import EnrolPage, Taken
from tests.client.ui.fakes import picture

NAMES = ("Ada", "Ada Lovelace")


@pytest.fixture
def heard() -> list[str]:
    """What the page reported."""
    return []


@pytest.fixture
def page(root: ttkbootstrap.App, heard: list[str]) -> EnrolPage:
    """A page in the window."""
    made = EnrolPage(
        root,
        consent_text="I agree.",
        mirror=False,
        on_name=lambda: heard.append("name"),
        on_consent=lambda: heard.append("consent"),
        on_drop=lambda place: heard.append(f"drop {place}"),
    )
    made.pack()
    root.update()
    return made


def test_fields_report_their_changes(page: EnrolPage, heard: list[str]) -> None:
    """A letter, a tick."""
    page.name_entry.insert("end", "A")
    page.consent_box.invoke()
    assert heard == ["name", "consent"]
    assert page.name.get() == "A"
    assert page.consent.get() is True


def test_hint_under_the_name_follows_it(page: EnrolPage) -> None:
    """Nothing yet, wrong, not asked yet, refused by the server, another one."""
    hints = []
    refused = EnrolForm(refused_name="Ada", name_refusal="Somebody else has it.")
    for form in (*map(EnrolForm, ("", "   ", "Ada")), *(replace(refused, name=n) for n in NAMES)):
        page.show_name_hint(form)
        hints.append(str(page.name_hint.cget("text")).strip())
    assert hints[0] == "As the person is to be greeted."
    assert "empty" in hints[1]
    assert hints[2] == hints[4] == "The server checks it on saving."
    assert hints[3] == "Somebody else has it."


def test_message_comes_and_goes(page: EnrolPage) -> None:
    """The outcome of the last try."""
    page.say("Picture 1 is good.", "good")
    assert "Picture 1 is good." in str(page.message.cget("text"))
    page.say("", "neutral")
    assert str(page.message.cget("text")) == ""


def test_refusal_offers_its_choices(root: ttkbootstrap.App, page: EnrolPage) -> None:
    """Each button does one thing; a choice that is not there has no button."""
    chosen: list[str] = []
    answer = Answer("Already enrolled", "Why.", same_person="Add to Ada", override="Another person")
    for shown in (answer, Answer("No server", "Why.", retry="Save again")):
        page.show_answer(
            shown,
            same_person=lambda: chosen.append("same"),
            override=lambda: chosen.append("override"),
            retry=lambda: chosen.append("retry"),
        )
        root.update()
        page.answer.button.invoke()
        if page.answer.second.winfo_ismapped():
            page.answer.second.invoke()
    assert chosen == ["same", "override", "retry"]
    page.hide_answer()
    root.update()
    assert not page.answer.winfo_ismapped()


def test_slots_are_in_order(page: EnrolPage, heard: list[str]) -> None:
    """Three places; each reports its own number."""
    page.show_pictures([], EnrolForm(), Pose.RIGHT, bad=None)
    assert [slot.text for slot in page.slots] == ["Right", "Straight", "Left"]
    taken = [Taken(Pose.RIGHT, picture(width=150, height=150))] * 3
    page.show_pictures(taken, EnrolForm(), None, bad=1)
    assert [slot.filled for slot in page.slots] == [True, True, True]
    assert page.request.cget("text") == "Look them over, then save."
    page.slots[2].drop_button.state(["!disabled"])
    page.slots[2].drop_button.invoke()
    assert heard == ["drop 2"]
