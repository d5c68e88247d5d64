"""Puts the window into every state it can be in, with made-up data, for pictures and tests."""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

from desktop.ui import theme
from desktop.ui.palette import ThemeName
from desktop.ui.widgets import Dialog
from server.events import (
    CheckpointChanged,
    CheckpointStatus,
    Fault,
    GridState,
    LogLine,
    PhotoProgress,
    PhotoReport,
    PhotoRow,
    PortHolder,
    ServerStateChanged,
)
from server.permissions import Role
from server.settings import ServerSettings
from server.ui import (
    showcase_consent,
    showcase_data,
    showcase_erasing,
    showcase_locking,
    showcase_opening,
    showcase_tampering,
)
from server.ui.made_up import MadeUpGrid
from server.ui.made_up_people import portrait
from server.ui.people_page import delete_question
from server.ui.rename_dialog import RenameDialog
from server.ui.showcase_pairing import PAIRING
from server.ui.window import ServerWindow

_DATA = Path("/srv/facenetgrid")
_IDS = ("b41c77e05d2a4f3e9d1186a0c4e2f7b3", "c07d92aa31f64be08a55e3c1d7f0b264")
# Nothing listens in these: nobody can be connected.
_NOT_LISTENING = (GridState.STOPPED, GridState.PORT_IN_USE)
_WITH_DATA = (
    GridState.STOPPED,
    GridState.PORT_IN_USE,
    *(state for state in GridState if state.serving),
)
REST_S = 0.35
"""Nothing new for this long: at rest. Pictures want the last animation over; tests say less."""


def open_window(look: ThemeName, *, full: bool = True) -> ServerWindow:
    """A window on a made-up grid that runs.

    Args:
        look: Its theme.
        full: With people and events; otherwise as on the first day.
    """
    settings = ServerSettings(theme=look)
    window = ServerWindow(settings, data_folder=_DATA)
    _take(window, MadeUpGrid(settings, window.mailbox.post, full=full))
    return window


def settle(window: ServerWindow, *, longest_s: float = math.inf) -> None:
    """Runs the window's events for `REST_S`, or for `longest_s` if that is shorter, seconds."""
    until = time.monotonic() + min(REST_S, longest_s)
    while time.monotonic() < until:
        window.root.update()
        time.sleep(0.01)


def put(window: ServerWindow, state: str) -> None:
    """Puts the window into a state of `STATES`, from whatever state it is in."""
    _tidy(window)
    STATES[state](window)
    settle(window)


def _tidy(window: ServerWindow) -> None:
    """Back to a running server's dashboard."""
    for child in window.root.winfo_children():
        if isinstance(child, Dialog):
            child.destroy()
    window.desk.toast.hide()
    window.presenter.fault = None
    window.presenter.alarms.clear()
    window.desk.drafts.clear()
    window.presenter.log.clear()
    settings = ServerSettings(theme=theme.palette(window.root).name)
    window.presenter.closing = False
    grid = MadeUpGrid(settings, window.mailbox.post)
    grid.recovery_at_ms = 1_790_000_000_000  # past its first day
    _take(window, grid)
    window.presenter.take_checkpoints(
        _grid(window).checkpoints.list(), _grid(window).devices.list()
    )
    settle(window, longest_s=0.1)
    window.go("Dashboard")
    settle(window, longest_s=0.1)


def _grid(window: ServerWindow) -> MadeUpGrid:
    return cast("MadeUpGrid", window.grid)


def _take(window: ServerWindow, grid: MadeUpGrid, role: Role = Role.ADMINISTRATOR) -> None:
    """Another grid, and somebody signed in to it."""
    window.take_grid(grid)
    settle(window, longest_s=0.05)
    window.sign_in_page.first_start = False  # nobody is shown a recovery key
    window.sign_in(grid.sign_in(role))
    settle(window)


def _status(
    state: GridState,
    sentence: str,
    *,
    backups: int = 0,
    holder: PortHolder | None = None,
    free_port: int | None = None,
) -> Callable[[ServerWindow], None]:
    def show(window: ServerWindow) -> None:
        grid = _grid(window)
        if state not in _WITH_DATA:
            grid.ready = False
        if state in _NOT_LISTENING:
            window.presenter.take_checkpoints(grid.checkpoints.hang_up(), grid.devices.list())
        grid.show(
            ServerStateChanged(
                state,
                sentence,
                host="127.0.0.1",
                port=5050,
                holder=holder,
                free_port=free_port,
                backups=backups,
            )
        )

    return show


def _page(name: str) -> Callable[[ServerWindow], None]:
    return lambda window: window.go(name)


def _empty(window: ServerWindow, page: str = "Dashboard") -> None:
    window.presenter.forget_data()
    _take(window, MadeUpGrid(_grid(window).settings, window.mailbox.post, full=False))
    window.go(page)


def _fault(window: ServerWindow) -> None:
    window.mailbox.post(
        Fault(
            f"2 files of people could not be used ({_IDS[0]}.pkl, {_IDS[1]}.pkl).",
            f"{_IDS[0]}.pkl: The file is cut short.\n{_IDS[1]}.pkl: The file is empty.",
        )
    )


def _live(window: ServerWindow) -> None:
    window.go("History")
    settle(window)
    for outcome in ("identified", "not_enrolled", "ambiguous", "poor_quality", "spoof_suspected"):
        _grid(window).happen(outcome)


def _no_match(window: ServerWindow) -> None:
    window.go("History")
    window.history.filter.search.set("nobody of this name")


def _why(window: ServerWindow) -> None:
    window.go("History")
    window.why(_grid(window).happen("ambiguous", name="Katherine Johnson"))


def _why_poor(window: ServerWindow) -> None:
    window.go("History")
    window.why(_grid(window).happen("poor_quality"))


def _why_spoof(window: ServerWindow) -> None:
    window.go("History")
    window.why(_grid(window).happen("spoof_suspected", name="Dorothy Vaughan"))


def _hostile(window: ServerWindow) -> None:
    window.go("History")
    for name in ("[exit]", "{ unbalanced", "$x \\", "a\r\nb\x1b[31m", "\u202egnp.exe", "=1+1"):
        _grid(window).happen("identified", name=name)


def _people(window: ServerWindow, *, pictures: bool = False) -> None:
    grid = _grid(window)
    if pictures:
        grid.settings = replace(grid.settings, keep_pictures=True)
        grid.people.pictures.update({p.subject_id: portrait() for p in grid.people.list()})
    window.go("People")
    window.people.table.selection_set(grid.people.list()[6].subject_id)


def _delete(window: ServerWindow) -> None:
    _people(window)
    dialog = delete_question(window.people, _grid(window).people.list()[6], pictures=False)
    dialog.present(dialog.decline)


def _rename(window: ServerWindow) -> None:
    _people(window)
    people = _grid(window).people
    person = people.list()[6]
    dialog = RenameDialog(
        window.people,
        window.desk,
        name=person.display_name,
        rename=partial(people.rename, person.subject_id),
        renamed=window.people.refresh,
    )
    dialog.present(dialog.field)


def _photos_running(window: ServerWindow) -> None:
    window.add_photos()
    window.mailbox.post(PhotoProgress(112, 340, 154.0, "Katherine Johnson"))


# As biometrics words them.
_NO_FACE = "No face was found: take a picture from the front, in good light."
_TOO_SMALL = "Come closer: 54 px, 80 needed."
_THREE = "One person at a time, please: 3 faces in view, 1 at most."
_CUT = "Grace Hopper/x.jpg is damaged or cut short: image file is truncated."


def _photos_report(window: ServerWindow) -> None:
    window.add_photos()
    settle(window)
    rows = [
        PhotoRow("Ada Lovelace/1.jpg", "Ada Lovelace", "in"),
        PhotoRow("Ada Lovelace/2.jpg", "Ada Lovelace", "refused", _NO_FACE),
        PhotoRow("Ada Lovelace/3.jpg", "Ada Lovelace", "refused", _TOO_SMALL),
        PhotoRow("Alan Turing.jpg", "Alan Turing", "already"),
        PhotoRow("Grace Hopper/team.jpg", "Grace Hopper", "refused", _THREE),
        PhotoRow("Grace Hopper/x.jpg", "Grace Hopper", "failed", _CUT),
        *(PhotoRow(f"Mary Jackson/{n}.jpg", "Mary Jackson", "in") for n in range(1, 6)),
    ]
    window.mailbox.post(PhotoReport(tuple(rows), elapsed_s=41.0))


def _mismatch(window: ServerWindow) -> None:
    seen_ms = time.time_ns() // 1_000_000
    yard = CheckpointStatus("yard", "Yard", False, seen_ms, "0.0.9", "other:99aa", mismatch=True)  # noqa: FBT003
    _grid(window).checkpoints.statuses.append(yard)
    window.mailbox.post(CheckpointChanged(yard))
    _status(
        GridState.MODEL_MISMATCH,
        "Refused for another face model: Yard. Install the same version there.",
    )(window)


def _log(window: ServerWindow) -> None:
    now_ms = time.time_ns() // 1_000_000
    lines = (
        ("info", "data_opened folder=/srv/facenetgrid people=12"),
        ("info", "listening host=127.0.0.1 port=5050"),
        ("info", "checkpoint_connected checkpoint=lobby-gate"),
        ("warning", "stranger_refused address=127.0.0.1 reason=bad_frame left_out=41"),
        ("error", "event_log_fault reason=database or disk is full"),
    )
    for number, (level, text) in enumerate(lines * 3):
        window.mailbox.post(LogLine(now_ms - 60_000 + number * 900, level, text))
    window.go("Log")


def _evaluation(window: ServerWindow) -> None:
    _grid(window).evaluation.end()
    window.go("Evaluation")


def _evaluation_running(window: ServerWindow) -> None:
    _evaluation(window)
    window.evaluation.press()
    _grid(window).evaluation.go_on(3, 8)


def _settings_mistake(window: ServerWindow) -> None:
    window.go("Settings")
    window.settings.port.delete(0, "end")
    window.settings.port.insert(0, "70000")
    window.settings.port.event_generate("<KeyRelease>")
    window.settings.save()


STATES: dict[str, Callable[[ServerWindow], None]] = {
    **showcase_opening.STATES,
    "running": _page("Dashboard"),
    "first-steps": _empty,
    "stopped": _status(GridState.STOPPED, "The server is stopped."),
    "port-in-use": _status(
        GridState.PORT_IN_USE,
        "Port 5050 is in use by python3 (process 4711). Port 5051 is free.",
        holder=PortHolder(4711, "python3"),
        free_port=5051,
    ),
    "database-damaged": _status(
        GridState.DATABASE_DAMAGED, "match_history.db fails its own check.", backups=2
    ),
    "database-damaged-no-backup": _status(
        GridState.DATABASE_DAMAGED, "match_history.db is no database."
    ),
    "database-newer": _status(
        GridState.DATABASE_NEWER,
        "match_history.db was written by a newer version of FaceNetGrid: install that version. "
        "Nothing was changed.",
    ),
    "database-locked": _status(
        GridState.DATABASE_LOCKED, "Close the other program, then try again."
    ),
    "read-only": _status(
        GridState.READ_ONLY, "The data folder /srv/facenetgrid cannot be written: check it."
    ),
    "data-in-use": _status(
        GridState.DATA_IN_USE,
        "The data are in use by the server 'Lobby' (process 812). Stop it first.",
    ),
    "locked": _status(
        GridState.LOCKED, "The data are sealed with a passphrase: type it to open them."
    ),
    "key-unusable": _status(
        GridState.KEY_UNUSABLE,
        "The master key is missing: put it back, or use the recovery key.",
    ),
    "disk-nearly-full": _status(
        GridState.DISK_NEARLY_FULL, "The disk is nearly full: 143 MB are left. Make room soon."
    ),
    "flooded": _status(GridState.FLOODED, showcase_data.FLOODED),
    "clock-doubted": _status(GridState.CLOCK_DOUBTED, showcase_data.DOUBTED),
    "shut-out-unwritten": _status(
        GridState.SHUT_OUT_UNWRITTEN,
        "Shut out until the server ends: Car park. That cannot be written: make room on the disk. "
        "It is written by itself then, and counts for good.",
    ),
    "not-recording": _status(
        GridState.NOT_RECORDING, "The disk is full: events wait at the checkpoints. Make room."
    ),
    "model-mismatch": _mismatch,
    "other-model": _status(
        GridState.OTHER_MODEL,
        "Ada Lovelace, Alan Turing, Grace Hopper and 9 more were enrolled with another face model "
        "and cannot be found. Nothing is lost: enrol again, or go back to that model in the "
        "settings.",
    ),
    "no-backup": _status(GridState.NO_BACKUP, "No backup was made: free some space."),
    "not-naming": _status(
        GridState.NOT_NAMING,
        "Nobody is named yet: this face model is not calibrated. Calibrate it, or enrol 60 people: "
        "12 are.",
    ),
    "fault": _fault,
    "history": _page("History"),
    "history-live": _live,
    "history-no-match": _no_match,
    "history-hostile-names": _hostile,
    "why": _why,
    "why-poor-quality": _why_poor,
    "why-spoof": _why_spoof,
    "people": _people,
    "people-with-pictures": lambda window: _people(window, pictures=True),
    "people-empty": lambda window: _empty(window, "People"),
    "rename": _rename,
    "delete": _delete,
    **showcase_erasing.DELETED,
    "erase": showcase_erasing.erase,
    "erase-receipt": showcase_erasing.receipt,
    "passphrase": showcase_erasing.passphrase,
    "keeping": showcase_erasing.keeping,
    "photos-choose": lambda window: window.add_photos(),
    "photos-running": _photos_running,
    "photos-report": _photos_report,
    **PAIRING,
    "log": _log,
    "evaluation": _evaluation,
    "evaluation-running": _evaluation_running,
    "evaluation-never": _page("Evaluation"),
    "settings": _page("Settings"),
    "settings-mistake": _settings_mistake,
    **showcase_locking.STATES,
    **showcase_data.STATES,
    **showcase_consent.STATES,
    **showcase_tampering.STATES,
}
"""Every state by its name. Each function expects a window of `open_window`; `put` does the rest."""
