"""Opening what is held up, from the checkpoints page and from the answer to "Why?"."""

from functools import partial

from msgspec.structs import replace

from server.events import Fault
from server.held_up import TRIED, HeldUp
from server.permissions import Role
from server.ui.let_try_again import let_try_again
from server.ui.why_dialog import WhyDialog
from server.ui.window import ServerWindow
from tests.server.ui.conftest import made_up, open_on
from tests.support import wait_until


def test_the_page_says_what_is_held_up_and_opens_it(window: ServerWindow) -> None:
    """The button is there as long as there is something, and then the corner says what came."""
    made_up(window).suspicion.held["lab-door"] = HeldUp(1, 1200.0, 1)
    window.go("Checkpoints")
    page = window.checkpoints
    wait_until(lambda: page.table.exists("lab-door"), window=window.root)
    page.table.selection_set("lobby-gate")
    window.root.update()
    line = page.held_faces
    assert not line.winfo_ismapped()
    page.table.selection_set("lab-door")
    window.root.update()
    assert line.button.winfo_ismapped()
    assert "for up to 20 minutes" in line.told.cget("text")
    assert "once since yesterday" in line.told.cget("text")
    line.button.invoke()
    wait_until(lambda: not line.winfo_ismapped(), window=window.root)
    assert made_up(window).suspicion.held == {}
    told = window.desk.toast._text.cget("text")
    assert told == "1 face may try again at Lab door: 10 tries. This was done twice within a day."


def test_the_list_leads_to_where_somebody_is_held_up(window: ServerWindow) -> None:
    """Its line says so and is chosen already: the button is there without a search."""
    made_up(window).suspicion.held["lab-door"] = HeldUp(1, 1200.0)
    window.go("Checkpoints")
    page = window.checkpoints
    window.root.update()
    assert page.table.chosen == "lab-door"
    assert page.table.cells("lab-door")[1].endswith("too many tries")
    assert page.held_faces.button.winfo_ismapped()
    page.held_faces.button.invoke()
    wait_until(
        lambda: not page.table.cells("lab-door")[1].endswith("too many tries"), window=window.root
    )


def test_the_line_that_asked_for_it_goes_and_one_about_something_else_stays(
    window: ServerWindow,
) -> None:
    """At this checkpoint, and no more than too many tries: the third time in a day is an alarm."""
    other = Fault("Checkpoint yard tried too often.", checkpoint_id="yard")
    odd = Fault("Checkpoint lab-door was let try again.", checkpoint_id="lab-door", odd=True)
    this = Fault("Checkpoint lab-door tried too often.", checkpoint_id="lab-door")
    for fault, stays in ((other, True), (odd, True), (this, False)):
        window.presenter.take(fault)
        done: list[bool] = []
        let_try_again(window.desk, "lab-door", "Lab door", partial(done.append, True))
        wait_until(partial(bool, done), window=window.root)
        assert (window.presenter.fault is fault) == stays


def test_sign_ins_that_wait_are_let_go_on(window: ServerWindow) -> None:
    """The list says until when and has it chosen; beside it a face may be held up as well."""
    grid = made_up(window)
    grid.mistype_at("lab-door")
    grid.suspicion.held["lab-door"] = HeldUp(1, 1200.0)
    window.go("Checkpoints")
    page = window.checkpoints
    window.root.update()
    assert page.table.chosen == "lab-door"
    assert page.held_sign_ins.button.winfo_ismapped()
    page.held_faces.button.invoke()
    wait_until(lambda: not page.held_faces.winfo_ismapped(), window=window.root)
    assert "sign-ins wait until" in page.table.cells("lab-door")[1]
    page.held_sign_ins.button.invoke()
    wait_until(lambda: not page.held_sign_ins.winfo_ismapped(), window=window.root)
    assert page.table.cells("lab-door")[1] == "● connected"
    assert grid.books.accounts.waiting_at() == {}
    assert window.desk.toast.text.startswith("Sign-ins at Lab door wait no more.")


def test_why_opens_it_too(window: ServerWindow) -> None:
    """Only where too many tries are the reason."""
    grid = made_up(window)
    record = replace(grid.event(1_795_000_000_000, "spoof_suspected"), reason=f"{TRIED} Nobody.")
    grid.suspicion.held[record.checkpoint_id] = HeldUp(1, 600.0)
    window.why(record)
    (dialog,) = [one for one in window.root.winfo_children() if isinstance(one, WhyDialog)]
    assert dialog.open_button is not None
    dialog.open_button.invoke()
    wait_until(lambda: not grid.suspicion.held, window=window.root)
    assert not dialog.winfo_exists()
    window.why(replace(record, reason="What was asked for was not done."))
    (dialog,) = [one for one in window.root.winfo_children() if isinstance(one, WhyDialog)]
    assert dialog.open_button is None
    dialog.cancel()


def test_who_may_not_has_no_button(screen: str, tk_errors: list[BaseException]) -> None:
    """A viewer sees that something is held up, and opens nothing."""
    window = open_on(full=True, role=Role.VIEWER)
    try:
        made_up(window).suspicion.held["lab-door"] = HeldUp(1, 1200.0)
        made_up(window).mistype_at("lab-door")
        window.go("Checkpoints")
        page = window.checkpoints
        wait_until(lambda: page.table.exists("lab-door"), window=window.root)
        page.table.selection_set("lab-door")
        window.root.update()
        assert "1 face gets no answer here" in page.held_faces.told.cget("text")
        assert not page.held_faces.button.winfo_ismapped()
        assert "sign-ins wait here until" in page.held_sign_ins.told.cget("text")
        assert not page.held_sign_ins.button.winfo_ismapped()
        page.let_try_again()
        page.let_sign_in_again()
        assert "lab-door" in made_up(window).suspicion.held
        assert "lab-door" in made_up(window).books.accounts.waiting_at()
    finally:
        window.destroy()
