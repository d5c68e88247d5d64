"""Whom and what records of the audit log are about, by name where one is known: the log has ids."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from protocol.text import printable
from server.audit_records import DONE, ROLLED_BACK, Entry
from server.audit_terms import STORES
from server.history_accepted import EVENT
from server.permissions import Action
from server.stand_records import BY_HAND, PUT_BACK

_LONGEST = 60
_DIGITS = 6
"""Of an id without a name: enough to tell two of them apart."""
_ACCOUNTS = frozenset(
    {"sign in", "first administrator", Action.MANAGE_ACCOUNTS, Action.CHANGE_OWN_PASSWORD}
)
_PEOPLE = frozenset(
    {
        Action.RENAME_PERSON,
        Action.NOTE_CONSENT,
        Action.DELETE_PERSON,
        Action.ERASE_PERSON,
        Action.EXPORT_PERSON,
    }
)
_ENROLMENTS = frozenset({Action.ENROL_AT_CHECKPOINT, Action.ENROL_SIGNED_IN})
_CHECKPOINTS = frozenset(
    {
        Action.RENAME_CHECKPOINT,
        Action.REVOKE_CHECKPOINT,
        Action.LET_ENROL,
        Action.LET_TRY_AGAIN,
        Action.LET_SIGN_IN_AGAIN,
        ROLLED_BACK,
        "checkpoint paired",
        "pairing refused",
        "event id with other content refused",
        "replay suspected",
        "too many tries near one face",
        "sign in at checkpoint too soon",
        "name of another checkpoint refused",
    }
)


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Names by ids, as far as whoever looks may see them.

    Attributes:
        accounts: Of accounts, removed ones among them.
        checkpoints: What people call the checkpoints.
        people: Who is enrolled; empty for who may not see that.
    """

    accounts: Mapping[str, str] = field(default_factory=dict)
    checkpoints: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)

    def who(self, actor: str) -> str:
        """Who did something, or from where, such as `account:ID`."""
        kind, _, ident = actor.partition(":")
        if kind == "account":
            return _named("account", self.accounts, ident)
        if kind == "checkpoint" and ident:
            return self.checkpoint(ident)
        if kind == "os":
            return printable(f"{ident} (command line)", _LONGEST)
        words = {"server": "the server", "nobody": "nobody signed in"}
        return words.get(actor) or printable(actor, _LONGEST)

    def checkpoint(self, checkpoint_id: str) -> str:
        """A checkpoint by its name; by its id, which people can read, where it has none."""
        return printable(self.checkpoints.get(checkpoint_id) or checkpoint_id, _LONGEST)

    def of_what(self, entry: Entry) -> str:
        """What a record is about; nothing where it is about everything."""
        action, target = entry.action, entry.target
        if not target:
            return ""
        if action in _ACCOUNTS:
            return _named("account", self.accounts, target)
        if action in _PEOPLE or (action in _ENROLMENTS and entry.outcome == DONE):
            return _named("person", self.people, target)
        if action in _ENROLMENTS:
            return _named("enrolment", {}, target)
        if action in _CHECKPOINTS:
            return self.checkpoint(target)
        if action == Action.ACCEPT_HISTORY:
            event = entry.details.get("what") == EVENT
            return _named("event", {}, target) if event else _named("person", self.people, target)
        if action == Action.CHANGE_CONSENT_TEXT:
            return f"text {target}"
        if action in (PUT_BACK, BY_HAND):
            return STORES.get(target, target)
        return printable(target, _LONGEST)


def _named(kind: str, names: Mapping[str, str], ident: str) -> str:
    return printable(names.get(ident) or f"{kind} {short(ident)}", _LONGEST)


def short(ident: str) -> str:
    """The begin of an id, where all of it has no room."""
    return ident if len(ident) <= _DIGITS + 2 else f"{ident[:_DIGITS]}…"
