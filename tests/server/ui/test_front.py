"""Locking: nothing on the screen but the state, nothing acts, and the server serves on."""

import tkinter
from pathlib import Path

import pytest

from desktop.ui.widgets import Dialog
from server.events import EventStored, Fault, GridState, ServerStateChanged
from server.permissions import TABLE, Role
from server.sign_in_file import SignIn
from server.ui import rail
from server.ui.made_up import NAMES, MadeUpGrid
from server.ui.window import ServerWindow
from tests.server.office import GOOD
from tests.server.ui.conftest import made_up, open_on
from tests.support import wait_until


def texts(widget: tkinter.Misc) -> list[str]:
    """Every text of every widget there is, in sight or not."""
    found: list[str] = []
    for child in widget.winfo_children():
        if "text" in (child.keys() or ()):
            found.append(str(child.cget("text")))
        if child.winfo_class() == "Treeview":
            for iid in child.get_children():  # type: ignore[attr-defined]
                found += [str(cell) for cell in child.item(iid, "values")]  # type: ignore[attr-defined]
        if child.winfo_class() in ("TEntry", "TCombobox"):
            found.append(str(child.get()))  # type: ignore[attr-defined]
        found += texts(child)
    return found


def test_a_locked_window_names_nobody(window: ServerWindow) -> None:
    """Not in a table, not in a dialog, not in the banner, not in what comes later."""
    window.go("People")
    window.why(made_up(window).happen("ambiguous"))
    window.mailbox.post(Fault(f"The picture of {NAMES[0]} is damaged."))
    wait_until(window.banner.winfo_ismapped, window=window.root)
    assert any(name in text for name in NAMES for text in texts(window.root))
    window.lock()
    record = made_up(window).happen("identified", name=NAMES[1])
    window.mailbox.post(EventStored(record))
    window.root.update()
    wait_until(lambda: window.presenter.fault is not None, window=window.root)
    assert not any(name in text for name in NAMES for text in texts(window.root))
    assert not [child for child in window.root.winfo_children() if isinstance(child, Dialog)]
    assert window.banner.winfo_ismapped()
    assert window.sign_in_page.winfo_ismapped()


def test_in_a_locked_window_nothing_acts(window: ServerWindow) -> None:
    """Keys, the banner, the rail: the grid is asked for nothing, and serves on."""
    grid = made_up(window)
    window.lock()
    grid.asked.clear()
    for key in ("<Control-t>", "<F5>", "<Control-f>", "<Control-Key-3>", "<Control-q>", "<Delete>"):
        window.root.event_generate(key)
        window.root.update()
    for item in window.rail.items.values():
        item.press()
    for widget in (window.rail.power, window.rail.lock, window.rail.theme):
        assert not widget.winfo_ismapped()
    window.rail.power.invoke()
    window.start()
    window.stop()
    window.add_photos()
    assert grid.asked == []
    assert window.page == ""
    assert not window.closed
    assert window.presenter.status.state is GridState.RUNNING
    assert "Sign in to end" in str(window.sign_in_page.note.cget("text"))


def test_the_alarm_is_seen_by_who_stands_before_a_locked_window(window: ServerWindow) -> None:
    """The line of the banner, without its reason and its buttons."""
    window.lock()
    made_up(window).show(ServerStateChanged(GridState.NOT_RECORDING, "The disk is full."))
    wait_until(window.banner.winfo_ismapped, window=window.root)
    assert "Not recording" in window.banner.text
    assert "disk" not in window.banner.text
    assert not window.banner.button.winfo_ismapped()


@pytest.mark.parametrize("role", [role for role in Role if role.of_people])
def test_everybody_sees_the_pages_and_buttons_of_their_role(
    screen: str, tk_errors: list[BaseException], role: Role
) -> None:
    """What is not allowed is not offered, and asked for all the same it does not come."""
    window = open_on(full=True, role=role)
    offered = [name for name, item in window.rail.items.items() if item.winfo_manager()]
    assert offered == [name for name, _ in rail.PAGES if rail.RIGHTS[name] in TABLE[role]]
    for name, _ in rail.PAGES:
        window.go(name)
        window.root.update()
        assert (window.page == name) is (name in offered)
    manages = role is Role.ADMINISTRATOR
    assert bool(window.users.add.winfo_manager()) is manages
    for field in (window.settings.port, window.settings.host.widget, window.settings.keep_switch):
        assert field.instate(["disabled"]) is not manages
    assert window.settings.name.get() == "FaceNetGrid"
    assert window.settings.theme.widget.instate(["!disabled"])
    assert ("An administrator" in str(window.settings.mistake.cget("text"))) is not manages
    assert bool(window.people.give_out.winfo_manager()) is manages
    assert bool(window.history.export.winfo_manager()) is (
        role in (Role.OPERATOR, Role.ADMINISTRATOR)
    )
    assert bool(window.rail.power.winfo_manager()) is (role in (Role.OPERATOR, Role.ADMINISTRATOR))
    assert bool(window.people.add.winfo_manager()) is (role in (Role.ENROLLER, Role.ADMINISTRATOR))
    window.destroy()


def test_it_locks_by_itself_and_the_rail_says_when(window: ServerWindow) -> None:
    """Minutes and seconds on the button; at the end the window is locked."""
    assert str(window.rail.lock.cget("text")).startswith("Lock (idle ")
    window.idle._touched_s -= 48
    window.rail.show_idle(window.idle.left_s)
    assert "4:1" in str(window.rail.lock.cget("text"))
    window.idle._touched_s -= 3_600
    wait_until(lambda: not window.signed_in, window=window.root)
    assert window.sign_in_page.winfo_ismapped()


def test_who_may_not_stop_the_server_may_not_close_its_window(
    screen: str, tk_errors: list[BaseException]
) -> None:
    """A viewer locks it instead; while nothing is served it closes for anybody."""
    window = open_on(full=False, role=Role.VIEWER)
    window.ask_close()
    window.root.update()
    assert "Lock it instead" in window.desk.toast.text
    assert not window.presenter.closing
    window.lock()
    made_up(window).stop()
    wait_until(lambda: not window.presenter.status.state.serving, window=window.root)
    window.ask_close()
    wait_until(lambda: window.closed, window=None if window.closed else window.root)


def test_the_owner_s_program_signs_the_window_in_and_it_stays_so(
    screen: str, tk_errors: list[BaseException]
) -> None:
    """As in a demo: no question, no lock in the middle; the next start gives another password."""
    from server.settings import ServerSettings

    window = ServerWindow(
        ServerSettings(), data_folder=Path("data"), sign_in=SignIn("administrator", GOOD)
    )
    window.take_grid(MadeUpGrid(ServerSettings(), window.mailbox.post))
    wait_until(lambda: window.signed_in, window=window.root)
    assert window.desk.name == "administrator"
    assert window.idle.left_s is None
    assert str(window.rail.lock.cget("text")) == "Lock"
    window.destroy()


def test_a_changed_role_counts_at_once(window: ServerWindow) -> None:
    """Somebody else took it away on the command line: the next act is refused."""
    grid = made_up(window)
    window.sign_in(grid.sign_in(Role.OPERATOR))
    accounts = grid.books.accounts
    (mine,) = [one for one in accounts.list() if one.role is Role.OPERATOR]
    accounts.set_role(mine.account_id, Role.VIEWER)
    grid.asked.clear()
    window.stop()
    assert grid.asked == []
    assert "may not" in window.desk.toast.text


def test_a_key_reaches_no_button_of_a_page_that_went(window: ServerWindow) -> None:
    """Whoever went on by the mouse and presses Return does not open the last page's dialog."""
    window.go("Checkpoints")
    window.root.focus_force()
    window.checkpoints.add.focus_set()
    wait_until(lambda: window.root.focus_get() is window.checkpoints.add, window=window.root)
    window.go("Settings")
    window.root.update()
    assert window.root.focus_get() is window.settings
