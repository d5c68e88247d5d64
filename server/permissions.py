"""Who may do what: roles, actions, and the one table of both."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

FIRST_NAME = "administrator"
"""Of the first account, unless somebody says otherwise."""


class Role(enum.StrEnum):
    """What an account (or a checkpoint) is trusted with; each role is a list in `TABLE`."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ENROLLER = "enroller"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    DEVICE = "checkpoint"
    ENROLLING_DEVICE = "checkpoint that enrols"

    @property
    def of_people(self) -> bool:
        """Whether an account may have it; the others are checkpoints'."""
        return self not in (Role.DEVICE, Role.ENROLLING_DEVICE)


class Action(enum.StrEnum):
    """Everything that is allowed or not; the words stand in the audit log."""

    VIEW_STATE = "view state"
    VIEW_HISTORY = "view history"
    EXPORT_HISTORY = "export history"
    VIEW_PEOPLE = "view people"
    ENROL_PHOTOS = "enrol photos"
    RENAME_PERSON = "rename person"
    NOTE_CONSENT = "note consent"
    VIEW_CONSENT_TEXT = "view consent text"
    CHANGE_CONSENT_TEXT = "change consent text"
    DELETE_PERSON = "delete person"
    ERASE_PERSON = "erase person"
    EXPORT_PERSON = "export person"
    IMPORT_PEOPLE = "import people"
    EXPORT_PEOPLE = "export people"
    FORGET_STRANGERS = "forget strangers"
    EVALUATE = "evaluate"
    VIEW_LOG = "view log"
    START_SERVER = "start server"
    STOP_SERVER = "stop server"
    VIEW_SETTINGS = "view settings"
    CHANGE_SETTINGS = "change settings"
    ADD_CHECKPOINT = "add checkpoint"
    RENAME_CHECKPOINT = "rename checkpoint"
    REVOKE_CHECKPOINT = "revoke checkpoint"
    LET_ENROL = "set who enrols at checkpoint"
    LET_TRY_AGAIN = "let try again"
    LET_SIGN_IN_AGAIN = "let sign in again"
    BACK_UP = "back up"
    CONFIRM_CLOCK = "confirm clock"
    RESTORE = "restore"
    MANAGE_KEYS = "manage keys"
    VIEW_ACCOUNTS = "view accounts"
    MANAGE_ACCOUNTS = "manage accounts"
    CHANGE_OWN_PASSWORD = "change own password"  # noqa: S105 - the name of an action
    VIEW_AUDIT = "view audit"
    EXPORT_AUDIT = "export audit"
    ACCEPT_HISTORY = "accept history"
    DISMISS_ALARM = "dismiss alarm"
    IDENTIFY = "identify"
    ENROL_AT_CHECKPOINT = "enrol at checkpoint"
    ENROL_SIGNED_IN = "enrol signed in"


_A = Action
_OWN = frozenset({_A.VIEW_STATE, _A.CHANGE_OWN_PASSWORD})
_VIEWER = _OWN | {_A.VIEW_HISTORY}
_OPERATOR = _VIEWER | {
    _A.EXPORT_HISTORY,
    _A.VIEW_PEOPLE,
    _A.VIEW_CONSENT_TEXT,
    _A.VIEW_LOG,
    _A.START_SERVER,
    _A.STOP_SERVER,
    _A.LET_TRY_AGAIN,
    _A.BACK_UP,
}
_ENROLLER = _OWN | {
    _A.VIEW_PEOPLE,
    _A.ENROL_PHOTOS,
    _A.ENROL_SIGNED_IN,
    _A.RENAME_PERSON,
    _A.NOTE_CONSENT,
    _A.VIEW_CONSENT_TEXT,
    _A.DELETE_PERSON,
    _A.LET_TRY_AGAIN,
}
_AUDITOR = _OWN | {
    _A.VIEW_LOG,
    _A.VIEW_CONSENT_TEXT,
    _A.VIEW_SETTINGS,
    _A.VIEW_ACCOUNTS,
    _A.VIEW_AUDIT,
    _A.EXPORT_AUDIT,
    _A.DISMISS_ALARM,
}
_DEVICE = frozenset({_A.IDENTIFY})
_ENROLLING_DEVICE = _DEVICE | {_A.ENROL_AT_CHECKPOINT}

TABLE: Mapping[Role, frozenset[Action]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.ENROLLER: _ENROLLER,
    Role.AUDITOR: _AUDITOR,
    # Everything that people do. What a checkpoint sends has a checkpoint's key on it.
    Role.ADMINISTRATOR: frozenset(_A) - _ENROLLING_DEVICE,
    Role.DEVICE: _DEVICE,
    Role.ENROLLING_DEVICE: _ENROLLING_DEVICE,
}
"""What each role may do; what is not in it is refused.

Nobody changes or deletes the audit log: there is no action for it. An auditor sees what was done
and by whom, and neither people nor events: who watches the administrator need not watch visitors.
An enroller sees who is enrolled and not who passed a door. Where whoever enrols at a checkpoint
signs in there, it is the person who enrols and not the checkpoint: two actions. A visitor who is
held up for too many tries is let try again by whoever runs the server, or enrols. An alarm that
somebody changed the data is put away by who watches, or by the administrator. Whatever takes
templates or many people's data out of the system, and whatever decides who else may do something,
the end of a wait after wrong passwords among it, is the administrator's alone.
"""

ROLE_WORDS: Mapping[Role, str] = {
    Role.VIEWER: "Sees the dashboard and the history.",
    Role.OPERATOR: "Runs the server: history with export, people, log, start, stop, backup, "
    "letting a held-up face try again.",
    Role.ENROLLER: "Enrols, here and at checkpoints, renames and deletes people, lets a held-up "
    "face try again; sees no history.",
    Role.ADMINISTRATOR: "Everything, the accounts of others among it.",
    Role.AUDITOR: "Sees the audit log, the accounts, the settings; no people, no history.",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: `name` is what the audit log has, never the name of a person.

    Attributes:
        name: `account:ID` of an account, `os:USER` of the command line, `checkpoint:ID`.
        role: What they may do.
        origin: From where: `window`, `command line`, `checkpoint:ID`, or an address.
    """

    name: str
    role: Role
    origin: str = "window"

    @classmethod
    def device(cls, checkpoint_id: str, *, may_enrol: bool, origin: str = "") -> "Actor":
        """A checkpoint that said who it is."""
        role = Role.ENROLLING_DEVICE if may_enrol else Role.DEVICE
        return cls(f"checkpoint:{checkpoint_id}", role, origin)

    def may(self, action: Action) -> bool:
        """Whether the table lets them."""
        return action in TABLE[self.role]


class NotAllowed(PermissionError):  # noqa: N818 - named for what it is
    """Raised when a role may not do something; its text is for the person who tried."""

    def __init__(self, actor: Actor, action: Action) -> None:
        super().__init__(f"Your role ({actor.role}) may not do this: {action}.")
        self.actor = actor
        self.action = action
