"""What each state of the server is called, how it looks, and which buttons mend it."""

import enum
import re
from dataclasses import dataclass
from typing import Literal

from database.log_state import UpgradeProgress
from protocol.text import printable
from server.events import GridState, ServerStateChanged
from server.fault_words import count, number
from server.permissions import Action as Right

# The same words as the palette's tones; this module stays clear of the room's ui.
Tone = Literal["good", "bad", "warn", "info", "neutral"]


class Action(enum.Enum):
    """What a button of the banner does."""

    START = "Start server"
    STOP = "Stop server"
    USE_FREE_PORT = "Use port"
    TRY_AGAIN = "Try again"
    UNLOCK = "Enter the passphrase"
    RESTORE = "Restore the newest backup"
    START_EMPTY = "Start with an empty one"
    SHOW_CHECKPOINTS = "Show checkpoints"
    SHOW_PEOPLE = "Show people"
    SHOW_LOG = "Show log"
    SHOW_AUDIT = "Show audit log"
    SHOW_CHANGED = "Show changed events"
    ADD_PHOTOS = "Add people from photos"
    CONFIRM_CLOCK = "Confirm the clock"
    DISMISS = "Dismiss"
    DISMISS_ALARM = "Dismiss the alarm"

    @property
    def page(self) -> str:
        """The page that the button leads to; empty for the others."""
        return _PAGES.get(self, "")

    @property
    def right(self) -> Right:
        """What somebody has to be allowed for the button to be theirs."""
        return _RIGHTS.get(self, Right.VIEW_STATE)


_PAGES = {
    Action.SHOW_CHECKPOINTS: "Checkpoints",
    Action.SHOW_PEOPLE: "People",
    Action.SHOW_LOG: "Log",
    Action.SHOW_AUDIT: "Audit",
}
_RIGHTS = {
    Action.START: Right.START_SERVER,
    Action.STOP: Right.STOP_SERVER,
    Action.USE_FREE_PORT: Right.START_SERVER,
    Action.TRY_AGAIN: Right.START_SERVER,
    Action.RESTORE: Right.RESTORE,
    Action.START_EMPTY: Right.RESTORE,
    Action.SHOW_PEOPLE: Right.VIEW_PEOPLE,
    Action.SHOW_LOG: Right.VIEW_LOG,
    Action.SHOW_AUDIT: Right.VIEW_AUDIT,
    Action.SHOW_CHANGED: Right.VIEW_HISTORY,
    Action.ADD_PHOTOS: Right.ENROL_PHOTOS,
    Action.CONFIRM_CLOCK: Right.CONFIRM_CLOCK,
    Action.DISMISS_ALARM: Right.DISMISS_ALARM,
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A button: its word and what it does."""

    word: str
    action: Action


# State: tone, word on the rail, icon, big line. The sentence under it comes with the event.
STATES: dict[GridState, tuple[Tone, str, str, str]] = {
    GridState.STOPPED: ("neutral", "Stopped", "stop-circle", "The server is stopped"),
    GridState.STARTING: ("info", "Starting", "hourglass-split", "Starting"),
    GridState.RUNNING: ("good", "Running", "check-circle-fill", ""),
    GridState.STOPPING: ("info", "Stopping", "hourglass-split", "Stopping"),
    GridState.PORT_IN_USE: ("bad", "Port in use", "plug", "Port {port} is in use"),
    GridState.DATABASE_DAMAGED: (
        "bad",
        "Database damaged",
        "database-x",
        "The history's database is damaged",
    ),
    GridState.DATABASE_LOCKED: (
        "warn",
        "Database locked",
        "database-lock",
        "Another program holds the history's database",
    ),
    GridState.DATABASE_NEWER: (
        "bad",
        "Database newer",
        "database-up",
        "The history belongs to a newer version of FaceNetGrid",
    ),
    GridState.READ_ONLY: ("bad", "Read-only", "pencil-square", "The data folder cannot be used"),
    GridState.DATA_IN_USE: ("bad", "Data in use", "lock-fill", "Another server uses these data"),
    GridState.LOCKED: ("warn", "Locked", "lock", "The data are locked"),
    GridState.KEY_UNUSABLE: ("bad", "Key unusable", "key", "The data cannot be unsealed"),
    GridState.DISK_NEARLY_FULL: (
        "warn",
        "Disk nearly full",
        "device-hdd",
        "The disk is nearly full",
    ),
    GridState.FLOODED: (
        "warn",
        "Flooded",
        "shield-exclamation",
        "Many connections are turned away",
    ),
    GridState.CLOCK_DOUBTED: (
        "warn",
        "Clock in doubt",
        "clock-history",
        "The computer's clock may be wrong",
    ),
    GridState.SHUT_OUT_UNWRITTEN: (
        "bad",
        "Not written",
        "device-hdd",
        "A checkpoint is shut out for now, not for good",
    ),
    GridState.NOT_RECORDING: (
        "bad",
        "Not recording",
        "journal-x",
        "Not recording: checkpoints get no verdicts",
    ),
    GridState.MODEL_MISMATCH: (
        "warn",
        "Model mismatch",
        "intersect",
        "A checkpoint uses another face model",
    ),
    GridState.NO_BACKUP: ("warn", "No backup", "archive", "The daily backup could not be made"),
    GridState.NOT_NAMING: (
        "warn",
        "Not naming",
        "person-fill-slash",
        "Nobody is named yet",
    ),
    GridState.OTHER_MODEL: (
        "warn",
        "Other model",
        "intersect",
        "People were enrolled with another face model",
    ),
}

# What the grid says after a stop: the big line says it already.
_STOPPED = "The server is stopped."
_TRY_AGAIN = (Offer("Try again", Action.TRY_AGAIN),)
OFFERS: dict[GridState, tuple[Offer, ...]] = {
    GridState.STOPPED: (Offer("Start server", Action.START),),
    GridState.DATABASE_LOCKED: _TRY_AGAIN,
    GridState.DATABASE_NEWER: _TRY_AGAIN,
    GridState.READ_ONLY: _TRY_AGAIN,
    GridState.DATA_IN_USE: _TRY_AGAIN,
    GridState.LOCKED: (Offer(Action.UNLOCK.value, Action.UNLOCK),),
    GridState.KEY_UNUSABLE: _TRY_AGAIN,
    GridState.SHUT_OUT_UNWRITTEN: (Offer("Show checkpoints", Action.SHOW_CHECKPOINTS),),
    GridState.NOT_RECORDING: (Offer("Show log", Action.SHOW_LOG),),
    GridState.FLOODED: (Offer("Show log", Action.SHOW_LOG),),
    GridState.CLOCK_DOUBTED: (Offer("It is right…", Action.CONFIRM_CLOCK),),
    GridState.MODEL_MISMATCH: (Offer("Show checkpoints", Action.SHOW_CHECKPOINTS),),
    GridState.NO_BACKUP: (Offer("Show log", Action.SHOW_LOG),),
    GridState.NOT_NAMING: (Offer(Action.ADD_PHOTOS.value, Action.ADD_PHOTOS),),
    GridState.OTHER_MODEL: (Offer("Show people", Action.SHOW_PEOPLE),),
}


def reason_of(status: ServerStateChanged) -> str:
    """The sentence under the big line."""
    sentence = printable(status.sentence, 400)
    if status.state is GridState.STOPPED and sentence == _STOPPED:
        return "No checkpoint can connect; the history can be read."
    if status.state is GridState.DATABASE_DAMAGED:
        # What a person without this window would do; here a button does it.
        sentence = re.sub(r": set it aside and restore (the latest|a) backup\.", ".", sentence)
        kept = "The damaged file is kept beside it."
        offer = (
            f"{count(status.backups, 'backup')} can be restored. {kept}"
            if status.backups
            else f"There is no backup; an empty history can be started. {kept}"
        )
        return f"{sentence} {offer}"
    return sentence


def offers_of(status: ServerStateChanged) -> tuple[Offer, ...]:
    """The buttons that mend a state."""
    if status.state is GridState.PORT_IN_USE:
        again = Offer("Try again", Action.TRY_AGAIN)
        if status.free_port is None:
            return (again,)
        return (Offer(f"Use port {status.free_port}", Action.USE_FREE_PORT), again)
    if status.state is GridState.DATABASE_DAMAGED:
        if status.backups:
            return (Offer("Restore backup", Action.RESTORE),)
        return (Offer("Start an empty history", Action.START_EMPTY),)
    return OFFERS.get(status.state, ())


UPGRADING = "The history is brought to this version"
"""The big line meanwhile."""


def upgrading(progress: UpgradeProgress) -> str:
    """What is done and how far it is, how long it may take, and what not to do meanwhile."""
    step = progress.step
    if progress.total:
        step = f"{step}: {number(progress.done)} of {number(progress.total)}"
    return (
        f"{step}. A long history takes a minute or more. Do not switch the computer off: what is "
        "cut off begins anew at the next start."
    )
