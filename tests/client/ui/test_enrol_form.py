"""What an enrolment still needs, and what a refusal means, without a window."""

import pytest

from client.enrolment_events import EnrolAnswered
from client.pose import Pose
from client.states import EnrolmentState
from client.ui.enrol_form import EnrolForm, explain

THREE = (Pose.STRAIGHT, Pose.LEFT, Pose.RIGHT)


def _refused(code: str, **more: object) -> EnrolAnswered:
    return EnrolAnswered(ok=False, code=code, message="A sentence.", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["", "   ", "\t\n", "N" * 300, "Eve\x1b[2J", "\u202eeve", "a\x00b", "\ud800"]
)
def test_b16_names_that_cannot_be_stored_are_refused_with_a_sentence(name: str) -> None:
    """B16: blanks only, 300 characters, control and bidi characters, a lone surrogate."""
    form = EnrolForm(name=name, consent=True, samples=THREE)
    assert form.name_problem.endswith(".")
    assert not form.can_save


@pytest.mark.parametrize(
    "name", ["Ada", "  Ada   Lovelace ", "José Ñandú", "O'Brien; DROP TABLE", "=cmd|x", "../../x"]
)
def test_b17_names_that_only_look_dangerous_are_names(name: str) -> None:
    """B17: they are stored as text."""
    assert EnrolForm(name=name).name_problem == ""


def test_the_name_is_stored_clean() -> None:
    """Blanks are folded."""
    assert EnrolForm(name="  Ada   Lovelace ").clean_name == "Ada Lovelace"


def test_what_is_missing_comes_in_the_order_of_the_steps() -> None:
    """Name, consent, pictures; then nothing."""
    assert "name" in EnrolForm().missing
    assert "consent" in EnrolForm(name="Ada").missing
    assert EnrolForm(name="Ada", consent=True).missing == "3 more pictures are needed."
    one_left = EnrolForm(name="Ada", consent=True, samples=THREE[:2])
    assert one_left.missing == "1 more picture is needed."
    whole = EnrolForm(name="Ada", consent=True, samples=THREE)
    assert whole.missing == ""
    assert whole.can_save


def test_no_picture_is_taken_without_consent() -> None:
    """The person agrees before the first picture, not after the last."""
    assert not EnrolForm(name="Ada").can_take
    assert EnrolForm(consent=True).can_take


def test_one_picture_at_a_time_and_never_more_than_wanted() -> None:
    """A second press does nothing until the first is answered."""
    assert not EnrolForm(consent=True, taking=True).can_take
    assert not EnrolForm(consent=True, samples=THREE).can_take


def test_nothing_can_be_done_while_the_server_is_asked() -> None:
    """No second enrolment by a second press."""
    form = EnrolForm("Ada", consent=True, samples=THREE, state=EnrolmentState.SENDING)
    assert form.busy
    assert not form.can_save
    assert not form.can_take


def test_after_a_refusal_it_can_be_saved_again() -> None:
    """With another name, or anyway."""
    form = EnrolForm("Ada", consent=True, samples=THREE, state=EnrolmentState.REJECTED)
    assert form.can_save


def test_already_enrolled_names_the_person_and_leaves_two_choices() -> None:
    """Add to the known person, or enrol a person who looks alike."""
    answer = explain(
        _refused("already_enrolled", display_name="Ada", subject_id="a" * 32), typed_name="Eve"
    )
    assert "Ada" in answer.headline
    assert "Ada" in answer.same_person
    assert answer.override


def test_already_enrolled_without_a_subject_cannot_be_added_to() -> None:
    """The server did not say whom."""
    answer = explain(_refused("already_enrolled", display_name="Ada"), typed_name="Eve")
    assert answer.same_person == ""
    assert answer.override


@pytest.mark.parametrize("code", ["name_taken", "name_invalid"])
def test_a_name_that_the_server_refuses_is_to_be_changed(code: str) -> None:
    """The keyboard goes to the name."""
    assert explain(_refused(code), typed_name="Ada").to_name


def test_the_picture_that_disagrees_is_named() -> None:
    """Counted from 1 for people."""
    answer = explain(_refused("samples_disagree", sample=1), typed_name="Ada")
    assert answer.sample == 1
    assert "Picture 2" in answer.headline


@pytest.mark.parametrize("code", ["timeout", "server_unreachable", "busy", "storage_full"])
def test_other_refusals_can_be_tried_again(code: str) -> None:
    """Nothing is lost."""
    assert explain(_refused(code), typed_name="Ada").retry


def test_unknown_refusals_show_the_servers_sentence() -> None:
    """A code of a newer server is still understood by a person."""
    assert explain(_refused("brand_new"), typed_name="Ada").reason == "A sentence."


def test_who_was_erased_is_not_sent_again() -> None:
    """The server's words stand there, and no button that sends the same pictures once more."""
    answer = explain(_refused("erased"), typed_name="Ada")
    assert "erased" in answer.headline
    assert answer.reason == "A sentence."
    assert not answer.retry


def test_too_many_tries_says_who_can_help() -> None:
    """Not "wait an hour" with a visitor beside the desk; the same pictures can be sent again."""
    answer = explain(_refused("too_many_tries"), typed_name="Ada")
    assert "Whoever runs the server can let you try again" in answer.reason
    assert answer.retry
