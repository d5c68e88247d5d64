"""Tests of what the server's window shows, without a window."""

import subprocess
import sys
import time

import pytest
from msgspec.structs import force_setattr, replace

from database.log_state import UpgradeProgress
from database.reader import Counters
from server.devices import Device
from server.events import (
    CheckpointChanged,
    CheckpointStatus,
    EventStored,
    Fault,
    GalleryChanged,
    GridState,
    LogLine,
    PortHolder,
    ServerStateChanged,
)
from server.held_up import TRIED, HeldUp
from server.permissions import Actor, Role
from server.presenter import LOG_LINES, Presenter, midnight_ms
from server.settings import ServerSettings
from server.state_words import Action
from server.ui.made_up import MadeUpGrid

NOW_MS = 1_795_000_000_000


@pytest.fixture
def presenter() -> Presenter:
    """A presenter whose clock stands still."""
    return Presenter(now_ms=lambda: NOW_MS)


def _stored(outcome: str, latency_ms: int = 200) -> EventStored:
    grid = MadeUpGrid(ServerSettings(), lambda _event: None, full=False)
    record = grid.event(NOW_MS, outcome)  # type: ignore[arg-type]
    if record.latency_ms is not None:
        force_setattr(record, "latency_ms", latency_ms)
    return EventStored(record)


@pytest.mark.parametrize("state", GridState)
def test_every_state_has_a_word_and_an_icon(presenter: Presenter, state: GridState) -> None:
    """No state is shown by its colour alone, and all but running have a line over the page."""
    presenter.take(ServerStateChanged(state, "A sentence.", port=5050))
    view = presenter.state
    assert view.word
    assert view.icon
    assert bool(view.line) == (state is not GridState.RUNNING)
    if view.line:
        assert "A sentence." in view.reason


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        (GridState.STOPPED, [Action.START]),
        (GridState.DATABASE_LOCKED, [Action.TRY_AGAIN]),
        (GridState.DATABASE_NEWER, [Action.TRY_AGAIN]),
        (GridState.READ_ONLY, [Action.TRY_AGAIN]),
        (GridState.DATA_IN_USE, [Action.TRY_AGAIN]),
        (GridState.LOCKED, [Action.UNLOCK]),
        (GridState.KEY_UNUSABLE, [Action.TRY_AGAIN]),
        (GridState.DATABASE_DAMAGED, [Action.START_EMPTY]),
        (GridState.PORT_IN_USE, [Action.TRY_AGAIN]),
        (GridState.NOT_RECORDING, [Action.SHOW_LOG]),
        (GridState.MODEL_MISMATCH, [Action.SHOW_CHECKPOINTS]),
        (GridState.OTHER_MODEL, [Action.SHOW_PEOPLE]),
        (GridState.NOT_NAMING, [Action.ADD_PHOTOS]),
        (GridState.STARTING, []),
        (GridState.RUNNING, []),
    ],
)
def test_a_state_offers_the_button_that_mends_it(
    presenter: Presenter, state: GridState, actions: list[Action]
) -> None:
    """Each state has its own buttons."""
    presenter.take(ServerStateChanged(state, "x"))
    assert [offer.action for offer in presenter.state.offers] == actions


def test_port_in_use_says_who_and_offers_the_next_one(presenter: Presenter) -> None:
    """The line has the port, the reason the holder, the button the free port."""
    presenter.take(
        ServerStateChanged(
            GridState.PORT_IN_USE,
            "Port 5050 is in use by nc (process 7).",
            port=5050,
            holder=PortHolder(7, "nc"),
            free_port=5051,
        )
    )
    view = presenter.state
    assert "5050" in view.line
    assert "nc" in view.reason
    assert [offer.word for offer in view.offers] == ["Use port 5051", "Try again"]


@pytest.mark.parametrize(
    ("backups", "word"), [(2, "Restore backup"), (0, "Start an empty history")]
)
def test_a_damaged_database_offers_what_there_is(
    presenter: Presenter, backups: int, word: str
) -> None:
    """With a backup it is restored, without one a new history is begun; the file is kept."""
    presenter.take(ServerStateChanged(GridState.DATABASE_DAMAGED, "Damaged.", backups=backups))
    view = presenter.state
    assert view.offers[0].word == word
    assert "kept" in view.reason


def test_events_count_up_the_tiles(presenter: Presenter) -> None:
    """Identified and not enrolled are counted, and the slowest of few is the percentile."""
    for outcome, latency_ms in (("identified", 100), ("identified", 300), ("not_enrolled", 200)):
        presenter.take(_stored(outcome, latency_ms))
    presenter.take(_stored("no_face"))
    tiles = presenter.tiles
    assert tiles.identified[0] == "2"
    assert tiles.identified[1] == "66.7 % of 3 searches"
    assert tiles.not_enrolled[0] == "1"
    assert tiles.not_enrolled[1] == "and 0 ambiguous"
    assert tiles.verdict[0] == "300 ms"
    presenter.take(_stored("spoof_suspected"))
    assert presenter.tiles.not_enrolled[1] == "and 0 ambiguous, 1 spoof suspected"


def test_too_many_tries_are_no_spoofs(presenter: Presenter) -> None:
    """A visitor who is held up counts as that, in amber, live and by the database's counts."""
    presenter.take_counts(Counters(spoof_suspected=36), None, tried=35)
    stored = _stored("spoof_suspected")
    presenter.take(EventStored(replace(stored.record, reason=f"{TRIED} Nobody is named.")))
    note = "and 0 ambiguous, 36 too many tries, 1 spoof suspected"
    assert presenter.tiles.not_enrolled[1:] == (note, "warn")
    presenter.take_counts(Counters(spoof_suspected=2), None, tried=2)
    assert presenter.tiles.not_enrolled[1:] == ("and 0 ambiguous, 2 too many tries", "warn")


def test_too_many_tries_lead_to_the_checkpoint_by_its_name(presenter: Presenter) -> None:
    """Nothing "went wrong": the line says where, the button leads there, the list says it too."""
    device = Device("lobby", "Front lobby", NOW_MS, NOW_MS + 1)
    held = {"lobby": HeldUp(1, 60.0)}

    def held_up(checkpoint_id: str) -> HeldUp:
        return held.get(checkpoint_id, HeldUp())

    assert presenter.take_checkpoints((), [device], held_up=held_up)
    assert presenter.rows[0].held_up
    presenter.take(ServerStateChanged(GridState.RUNNING, "", port=5050))
    presenter.take(Fault("Checkpoint lobby tried too often near one face.", checkpoint_id="lobby"))
    view = presenter.state
    assert view.line == "Too many tries at Front lobby"
    assert view.reason == "Checkpoint Front lobby tried too often near one face."
    assert [offer.action for offer in view.offers] == [Action.SHOW_CHECKPOINTS, Action.DISMISS]
    unnamed = Device("lobby", "Checkpoint 1", NOW_MS, NOW_MS + 1)
    assert presenter.take_checkpoints((), [unnamed], held_up=held_up)
    assert presenter.state.reason == "Checkpoint 1 tried too often near one face."
    held.clear()
    assert presenter.take_checkpoints((), [unnamed], held_up=held_up)
    assert not presenter.rows[0].held_up


def test_sign_ins_that_wait_are_in_the_rows_of_paired_checkpoints(presenter: Presenter) -> None:
    """Another time is something new, the same is not; with the data they are forgotten."""
    device = Device("lobby", "Front lobby", NOW_MS, NOW_MS + 1)
    until = {"lobby": NOW_MS + 60_000, "gone": NOW_MS + 60_000}
    assert presenter.take_checkpoints((), [device], sign_ins=until)
    assert not presenter.take_checkpoints((), [device], sign_ins=until)
    assert [row.sign_ins_until_ms for row in presenter.rows] == [NOW_MS + 60_000]
    presenter.forget_data()
    assert presenter.take_checkpoints((), [device])
    assert [row.sign_ins_until_ms for row in presenter.rows] == [0]


def test_counts_of_the_database_replace_our_own(presenter: Presenter) -> None:
    """What was stored before the window opened counts too."""
    presenter.take(_stored("identified"))
    presenter.take_counts(Counters(identified=1234, not_enrolled=5), 250)
    assert presenter.tiles.identified[0] == "1\u202f234"
    presenter.take(_stored("identified"))
    assert presenter.tiles.identified[0] == "1\u202f235"


def test_midnight_starts_the_counts_again() -> None:
    """The first event of a new day begins at one."""
    clock = [NOW_MS]
    presenter = Presenter(now_ms=lambda: clock[0])
    presenter.take(_stored("identified"))
    clock[0] += 86_400_000
    presenter.take(_stored("identified"))
    assert presenter.tiles.identified[0] == "1"


def test_midnight_is_before_now_by_less_than_a_day() -> None:
    """The begin of today is at 00:00 of this computer's clock."""
    midnight = midnight_ms(NOW_MS)
    assert 0 <= NOW_MS - midnight < 86_400_000 + 3_600_000
    assert time.localtime(midnight / 1000)[3:6] == (0, 0, 0)


def test_people_of_another_model_are_no_empty_gallery(presenter: Presenter) -> None:
    """Nobody can be found, but the first steps would be wrong advice."""
    presenter.take(GalleryChanged(0, 0, ("Ada Lovelace",)))
    assert not presenter.empty
    assert presenter.elsewhere == ("Ada Lovelace",)
    presenter.take(GalleryChanged(0, 0))
    assert presenter.empty


def test_checkpoints_are_connected_first_then_by_name(presenter: Presenter) -> None:
    """The tile counts them and the list is in order."""
    for name, connected in (("Zed", True), ("Dock", False), ("Car park", True)):
        presenter.take(
            CheckpointChanged(CheckpointStatus(name.lower(), name, connected, 0, "0.1", "e"))
        )
    assert [status.name for status in presenter.checkpoints] == ["Car park", "Zed", "Dock"]
    wrong = CheckpointStatus("old", "Old gate", False, 0, "0.1", "x", mismatch=True)
    presenter.take(CheckpointChanged(wrong))
    assert presenter.checkpoints[0] is wrong
    paired = [Device(name, name, 0, NOW_MS * 2) for name in ("zed", "dock", "car park", "new")]
    presenter.take_checkpoints(presenter.checkpoints[1:], paired)
    assert presenter.tiles.checkpoints == ("2 / 4", "2 not connected", "warn")
    assert [row.checkpoint_id for row in presenter.rows] == ["car park", "zed", "dock", "new"]
    assert presenter.take_checkpoints(presenter.checkpoints, paired) is False
    assert presenter.take_checkpoints(()) is True
    assert presenter.tiles.checkpoints[0] == "0 / 0"


def test_empty_only_once_the_gallery_is_known(presenter: Presenter) -> None:
    """The first steps are not shown while the people are still being loaded."""
    assert not presenter.empty
    presenter.take(GalleryChanged(0, 0))
    assert presenter.empty
    presenter.take(GalleryChanged(1, 3))
    assert not presenter.empty
    assert presenter.tiles.verdict[1] == "1 person · 3 samples"
    presenter.forget_data()
    assert not presenter.empty


def test_a_fault_is_shown_until_it_is_dismissed(presenter: Presenter) -> None:
    """Something went wrong while running: the rail says running, the banner what happened."""
    presenter.take(ServerStateChanged(GridState.RUNNING, "x", host="127.0.0.1", port=5050))
    presenter.take(Fault("A file could not be used.\x1b[31m"))
    view = presenter.state
    assert (view.word, view.tone, view.line_tone) == ("Running", "good", "warn")
    assert view.reason == "A file could not be used.\\x1b[31m"
    presenter.dismiss()
    assert presenter.state.line == ""


def test_an_alarm_stays_until_it_is_dealt_with(presenter: Presenter) -> None:
    """Under other faults and lasting states, too, and at a start; who may not has no button."""
    presenter.take(ServerStateChanged(GridState.RUNNING, "x", host="127.0.0.1", port=5050))
    alarm = Fault("Event x was changed outside of the program.", tampering=True)
    for fault in (alarm, alarm, Fault("Another.", tampering=True), Fault("A file.")):
        presenter.take(fault)
    presenter.dismiss()
    view = presenter.state
    assert (view.line, view.line_tone) == ("The data were changed outside of the program", "bad")
    assert view.reason == f"{alarm.sentence} (1 more alarm after this one.)"
    assert [offer.action for offer in view.offers] == [Action.SHOW_AUDIT, Action.DISMISS_ALARM]
    for lasting in (GridState.CLOCK_DOUBTED, GridState.NO_BACKUP):
        presenter.take(ServerStateChanged(lasting, "x", host="127.0.0.1", port=5050))
        assert presenter.state.line == view.line
    presenter.take(ServerStateChanged(GridState.RUNNING, "x", host="127.0.0.1", port=5050))
    presenter.may = Actor("account:1", Role.ENROLLER).may
    assert presenter.state.offers == ()
    assert presenter.state.reason.startswith("Tell the administrator: Event x was changed")
    for _ in range(2):
        presenter.dismiss_alarm()
    assert presenter.state.line == ""


def test_an_alarm_of_the_history_leads_to_its_events(presenter: Presenter) -> None:
    """Who sees no events goes to the audit log; accepting them ends these alarms alone."""
    presenter.take(ServerStateChanged(GridState.RUNNING, "x", host="127.0.0.1", port=5050))
    presenter.take(Fault("Event x was changed.", tampering=True, in_history=True))
    presenter.take(Fault("A file was put back.", tampering=True))
    for role, wanted in (
        (Role.ADMINISTRATOR, [Action.SHOW_CHANGED, Action.DISMISS_ALARM]),
        (Role.VIEWER, [Action.SHOW_CHANGED]),
        (Role.AUDITOR, [Action.SHOW_AUDIT, Action.DISMISS_ALARM]),
        (Role.ENROLLER, []),
    ):
        presenter.may = Actor("account:1", role).may
        assert [offer.action for offer in presenter.state.offers] == wanted
    presenter.accept_history()
    assert [alarm.sentence for alarm in presenter.alarms] == ["A file was put back."]


def test_nobody_is_offered_what_is_not_theirs(presenter: Presenter) -> None:
    """An enroller has no page Log, and cannot start the server."""
    presenter.may = Actor("account:1", Role.ENROLLER).may
    presenter.take(ServerStateChanged(GridState.STOPPED, "x"))
    presenter.take(Fault("A file could not be used."))
    assert [offer.action for offer in presenter.state.offers] == [Action.DISMISS]
    presenter.dismiss()
    assert presenter.state.offers == ()


def test_something_odd_at_a_checkpoint_is_told_by_its_name(presenter: Presenter) -> None:
    """Nothing "went wrong" here; the button leads to where it can be revoked."""
    presenter.take_checkpoints((), [Device("lobby", "Front lobby", NOW_MS, NOW_MS + 1)])
    presenter.take(ServerStateChanged(GridState.RUNNING, "x", host="127.0.0.1", port=5050))
    presenter.take(Fault("Checkpoint lobby sent an event.", checkpoint_id="lobby", odd=True))
    view = presenter.state
    assert (view.line, view.reason) == (
        "Look at checkpoint Front lobby",
        "Checkpoint Front lobby sent an event.",
    )
    assert view.offers[0].action is Action.SHOW_CHECKPOINTS


def test_closing_wins_over_every_state(presenter: Presenter) -> None:
    """While closing nothing else is offered."""
    presenter.closing = True
    assert presenter.state.word == "Closing"
    assert presenter.state.offers == ()
    assert presenter.busy


def test_address_only_while_listening(presenter: Presenter) -> None:
    """Where it listens is there when it listens."""
    presenter.take(ServerStateChanged(GridState.RUNNING, "x", host="127.0.0.1", port=5050))
    assert presenter.address == "127.0.0.1:5050"
    assert not presenter.can_start
    presenter.take(ServerStateChanged(GridState.STOPPED, "x"))
    assert presenter.address == ""
    assert presenter.can_start


def test_log_keeps_the_newest_lines(presenter: Presenter) -> None:
    """Memory does not grow with the log."""
    for number in range(LOG_LINES + 5):
        presenter.take(LogLine(0, "info", str(number)))
    assert len(presenter.log) == LOG_LINES
    assert presenter.log[0].text == "5"


def test_presenter_knows_no_tk() -> None:
    """The presenter can be used, and tested, without a display."""
    code = "import sys, server.presenter; print('tkinter' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False False"


def test_files_of_people_that_could_not_be_used_are_the_headline(presenter: Presenter) -> None:
    """With why, and with no more of the opaque ids than tells them apart."""
    names = [f"{letter * 32}.pkl" for letter in "abc"]
    presenter.take(ServerStateChanged(GridState.RUNNING, "Listening."))
    presenter.take(
        Fault(
            f"3 files of people could not be used ({', '.join(names)}). They were left.",
            "\n".join(f"{name}: The file is cut short." for name in names),
        )
    )
    view = presenter.state
    assert view.line == "3 files of people could not be used"
    assert view.reason.startswith("aaaaaa….pkl: The file is cut short. bbbbbb….pkl: The file")
    assert "1 more" in view.reason
    assert "everybody else is enrolled" in view.reason


def test_one_file_is_one(presenter: Presenter) -> None:
    """In the singular."""
    presenter.take(ServerStateChanged(GridState.RUNNING, "Listening."))
    presenter.take(Fault("1 file of people could not be used (ann.pkl).", "ann.pkl: It is empty."))
    assert presenter.state.line == "1 file of people could not be used"
    assert presenter.state.reason == (
        "ann.pkl: It is empty. It was left as it is; everybody else is enrolled."
    )


def test_an_upgrade_is_shown_until_the_state_goes_on(presenter: Presenter) -> None:
    """What is done and how far, in the place of a word that says nothing; no button breaks it."""
    presenter.take(ServerStateChanged(GridState.STARTING, "Opening the data."))
    progress = UpgradeProgress("Every event gets its proof", 5_000, 1_000_000)
    presenter.take(progress)
    view = presenter.state
    assert (view.line, view.progress, view.offers) == (
        "The history is brought to this version",
        progress,
        (),
    )
    assert "5\u202f000 of 1\u202f000\u202f000" in view.reason
    presenter.take(ServerStateChanged(GridState.STOPPED, "The data are open."))
    assert (presenter.upgrade, presenter.state.progress) == (None, None)
