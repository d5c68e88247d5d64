"""Tests of the log page."""

from server.events import LogLine
from server.ui.window import ServerWindow
from tests.support import wait_until


def _texts(window: ServerWindow) -> list[str]:
    table = window.log.table
    return [table.cells(iid)[2] for iid in table.get_children()]


def test_lines_come_while_it_is_open_and_before(window: ServerWindow) -> None:
    """Lines from before the page was opened are there, new ones follow, safe to show."""
    window.mailbox.post(LogLine(0, "info", "before"))
    wait_until(lambda: window.presenter.log, window=window.root)
    window.go("Log")
    window.mailbox.post(LogLine(1, "error", "after [exit] \x1b[31m"))
    wait_until(lambda: _texts(window) == ["before", "after [exit] \\x1b[31m"], window=window.root)


def test_levels_are_filtered_and_copied(window: ServerWindow) -> None:
    """Errors alone can be shown, and what is shown goes to the clipboard."""
    window.go("Log")
    for level in ("info", "warning", "error"):
        window.mailbox.post(LogLine(0, level, f"a {level}"))
    wait_until(lambda: len(_texts(window)) == 3, window=window.root)
    window.log.level.choose("error")
    window.log.level.widget.event_generate("<<ComboboxSelected>>")
    wait_until(lambda: _texts(window) == ["a error"], window=window.root)
    window.log.copy_all()
    assert window.root.clipboard_get().endswith("✕ error  a error")
