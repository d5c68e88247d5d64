"""The words that the audit log is read in: what was done, settings, stores, reasons. No logic."""

from collections.abc import Mapping

from server.audit_records import CHANGED, ROLLED_BACK
from server.history_accepted import EVENT, FOUND, MISSING, NAME
from server.permissions import Action
from server.stand_records import ACCEPT, BY_HAND, NOTED, PUT_BACK, RENEWED

WHAT: Mapping[str, str] = {
    NOTED: "how far the data are",
    PUT_BACK: "data were put back",
    BY_HAND: "changed by hand",
    FOUND: "history was changed",
    CHANGED: "audit log was changed",
    ROLLED_BACK: "audit log was put back",
    "first administrator": "make the first account",
    Action.LET_ENROL: "set who enrols there",
    Action.LET_TRY_AGAIN: "let faces try again",
    Action.LET_SIGN_IN_AGAIN: "let sign in again",
    Action.ENROL_SIGNED_IN: "enrol at checkpoint",
    "event id with other content refused": "event id used twice",
    "replay suspected": "recording suspected",
    "too many tries near one face": "too many tries",
    "sign in at checkpoint too soon": "sign in, too soon again",
    "name of another checkpoint refused": "same name as another",
}
"""Where the log's own words do not say enough; all others are said as they are."""

ACTS: Mapping[str, Mapping[str, str]] = {
    Action.MANAGE_ACCOUNTS: {
        "add": "add account",
        "role": "change role",
        "password": "set password",  # nosec B105 - words
        "remove": "remove account",
    },
    Action.ACCEPT_HISTORY: {
        EVENT: "a changed event",
        MISSING: "missing events",
        NAME: "a name that is gone",
    },
    Action.MANAGE_KEYS: {
        "recovery": "make a recovery key",
        "rotate": "replace master key and recovery key",
        "change-source": "keep the master key elsewhere",
        "use-recovery": "open the data with the recovery key",
        RENEWED: "seal all data with another key",
    },
    Action.RESTORE: {ACCEPT: "take people and files as they are"},
    Action.BACK_UP: {"forget in backups": "take erased people out of backups"},
    Action.CHANGE_SETTINGS: {"forget pictures": "delete every kept picture"},
    Action.EVALUATE: {"write the report": "write the report into files"},
}
"""What exactly was done, by the action and the record's `what`; others are sentences."""

SETTINGS: Mapping[str, str] = {
    "name": "name",
    "host": "listens on",
    "port": "port",
    "theme": "theme",
    "keep_pictures": "keep pictures",
    "heartbeat_s": "heartbeat",
    "max_checkpoints": "checkpoints, at most",
    "max_strangers": "connections of strangers, at most",
    "requests_per_second": "requests a second, at most",
    "strangers_named_per_1000": "strangers named of 1000, at most",
    "keep_strangers": "keep strangers seen",
    "accepted_per_10000": "strangers verified of 10,000, at most",
    "enrolment_quality": "quality for enrolment",
    "liveness": "liveness",
    "offline_hours": "hours without the server",
    "network": "face model",
    "event_days": "days events are kept",
    "stranger_days": "days strangers are kept",
    "picture_days": "days pictures are kept",
    "refused_photo_days": "days refused photos are kept",
    "receipt_days": "days receipts are kept",
    "set_aside_days": "days of what was set aside",
    "backup_folder": "folder of backups",
    "daily_backups": "daily backups kept",
    "idle_lock_minutes": "idle lock, minutes",
}
"""Of `ServerSettings`, as the page of settings calls them."""

STORES: Mapping[str, str] = {
    "people": "list of people",
    "history": "history",
    "rows": "proofs of the history",
    "accounts": "accounts",
    "checkpoints": "paired checkpoints",
    "authority": "certificate authority",
    "vault": "key file",
    "consent texts": "consent texts",
    "settings": "settings",
}
"""What records tell the stand of."""

REASONS: Mapping[str, str] = {
    "AccountsProblem": "the account cannot be made or changed so",
    "NotAllowed": "not allowed",
    "OSError": "the disk or the network did not let it",
    "SignInRefused": "a wrong password, or too soon",
    "WeakPassword": "the password is too easy to guess",
    "role": "the account's role may not enrol",
    **dict.fromkeys(
        ("FileExistsError", "FileNotFoundError", "IsADirectoryError", "NotADirectoryError"),
        "no such file or folder, or one in the way",
    ),
    "PermissionError": "the file or folder may not be written",
    "TimeoutError": "it took too long",
}
"""Of names of exceptions and the like; others are taken apart into their words."""
