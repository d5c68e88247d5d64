"""Settings of faces: what is chosen is kept, strangers are forgotten after a question."""

from dataclasses import replace

import pytest

from biometrics import quality_modes, verify
from server.settings import ACCEPTED_PER_10000
from server.ui import faces_form
from server.ui.faces_form import FacesForm
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up
from tests.support import wait_until


@pytest.fixture
def form(window: ServerWindow) -> FacesForm:
    """The form on the screen."""
    window.go("Settings")
    window.root.update()
    return window.settings.faces


def test_what_is_chosen_is_kept(form: FacesForm, window: ServerWindow) -> None:
    """Quality, verification and strangers reach the grid's settings."""
    form.quality.choose("strict")
    form.accepted.choose(1)
    form.keep_switch.invoke()
    window.settings.save_button.invoke()
    kept = made_up(window).settings
    assert (kept.enrolment_quality, kept.accepted_per_10000, kept.keep_strangers) == (
        "strict",
        1,
        True,
    )


def test_how_long_checkpoints_may_decide_alone_is_kept(
    form: FacesForm, window: ServerWindow
) -> None:
    """Off at first; a number of hours that was set elsewhere is shown and stays."""
    assert form.offline.value == 0
    form.offline.choose(4)
    form.keep_switch.invoke()
    window.settings.save_button.invoke()
    kept = made_up(window).settings
    assert kept.offline_hours == 4
    form.fill(replace(kept, offline_hours=9))
    assert form.offline.value == 9
    assert form.wanted(kept).offline_hours == 9


def test_the_choices_are_those_of_the_decision() -> None:
    """Written twice, since numpy is not loaded with the settings."""
    assert [round(10_000 * target) for target in verify.TARGETS] == list(ACCEPTED_PER_10000)
    assert [mode for _, mode in faces_form._QUALITY_MODES] == list(quality_modes.MODES)


def test_strangers_are_told_only_where_they_are_kept(form: FacesForm, window: ServerWindow) -> None:
    """How many, and that switching off deletes them, before it is saved."""
    assert "843" not in form.strangers.cget("text")
    assert form.forget_button.instate(["disabled"])
    assert "agreed to nothing" in form.strangers.cget("text")
    form.keep_switch.invoke()
    window.settings.save_button.invoke()
    form.expect()
    assert "843 strangers known" in form.strangers.cget("text")
    form.keep_switch.invoke()
    assert "deletes every stranger" in str(window.settings.mistake.cget("text"))


def test_they_are_forgotten_after_a_question(
    form: FacesForm, window: ServerWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A no changes nothing."""
    form.keep_switch.invoke()
    window.settings.save_button.invoke()
    form.expect()
    answers = [False, True]
    monkeypatch.setattr(faces_form, "confirm", lambda *_, **__: answers.pop(0))
    form.forget_button.invoke()
    assert made_up(window).strangers == 843
    form.forget_button.invoke()
    wait_until(lambda: "No strangers known yet." in form.strangers.cget("text"), window=window.root)
    assert made_up(window).strangers == 0
