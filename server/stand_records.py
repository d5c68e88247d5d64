"""What the audit log knows of the stores of the data, and what is older than that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from server.audit_records import ALLOWED, Entry
from server.permissions import Action
from server.utc import utc_minute

NOTED = "data as they stand"
PUT_BACK = "data were put back"
BY_HAND = "settings were changed by hand"
RENEWED = "data sealed anew"
"""In a record of `Action.MANAGE_KEYS`, once it is done: everything was sealed with another key."""
ACCEPT = "accept people"
"""In a record of `Action.RESTORE`: what was put back is taken as it is."""

PEOPLE, HISTORY, ROWS, SETTINGS = "people", "history", "rows", "settings"
PROVEN = 1
"""The number of `ROWS` once the rows of the history have proofs."""
CHANGED_BY: Mapping[str, tuple[str, ...]] = {
    "authority": (),
    "vault": (Action.MANAGE_KEYS,),
    SETTINGS: (Action.CHANGE_SETTINGS,),
}
"""By what these are changed alone: another one is told, not only an older one.

All others are newer than what is noted for a moment after each change, and after a crash.
"""
ACTIONS = (NOTED, PUT_BACK, Action.RESTORE, Action.MANAGE_KEYS, Action.CHANGE_SETTINGS)
GONE = "gone"
_WORDS = {
    PEOPLE: "The list of people",
    HISTORY: "The history",
    ROWS: "What proves the rows of the history",
    "accounts": "The file of accounts (keys/accounts.sealed)",
    "checkpoints": "The file of paired checkpoints (keys/devices.sealed)",
    "authority": "The server's certificate authority (keys/authority.sealed)",
    "vault": "keys/vault.json",
    "consent texts": "consent-texts.json",
    SETTINGS: "server-settings.json",
}


@dataclass(frozen=True, slots=True)
class Stand:
    """How far a store is: the number of its newest change, or 0, and a digest, or nothing."""

    number: int = 0
    mark: str = ""

    def text(self) -> str:
        """As a record has it."""
        return f"{self.number} {self.mark}"

    @classmethod
    def parse(cls, text: str) -> "Stand | None":
        """Reads `text()` again; None for a store that was gone."""
        number, _, mark = text.partition(" ")
        return None if number == GONE else cls(int(number), mark)


@dataclass(frozen=True, slots=True)
class Known:
    """A stand that the log knows, and the record that has it."""

    record: int
    at_ms: int
    stand: Stand | None


def known_in(entries: Iterable[Entry]) -> dict[str, list[Known]]:
    """What the log knows of each store, the newest last.

    Since the newest restore of a backup, which is in the log like everything: with it the stores
    went back, and nothing of before is expected of them. Nor is it once all was sealed anew: no
    file is what it was, and what is sealed with the key of before is not opened.
    """
    known: dict[str, list[Known]] = {}
    for entry in entries:
        what = entry.details.get("what")
        if (entry.action == Action.RESTORE and what != ACCEPT) or (
            entry.action == Action.MANAGE_KEYS and what == RENEWED
        ):
            known = {}
        elif entry.action == NOTED:
            for name, text in entry.details.items():
                one = Known(entry.sequence, entry.at_ms, Stand.parse(str(text)))
                known.setdefault(name, []).append(one)
    return known


def outstanding(entries: Iterable[Entry]) -> dict[str, Entry]:
    """What was found to be put back and not accepted since: the newest record for each store."""
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry.action == PUT_BACK:
            found[entry.target] = entry
        elif entry.action == Action.RESTORE and entry.outcome == ALLOWED:
            found = {}
    return found


def sentences(entries: Iterable[Entry]) -> dict[str, str]:
    """What `outstanding` records say, by the store."""
    return {name: str(entry.details["what"]) for name, entry in outstanding(entries).items()}


def free_in(entries: Iterable[Entry], known: Mapping[str, list[Known]]) -> frozenset[str]:
    """Stores that were changed after they were noted: a crash may have come before the note."""
    newest = {name: known[name][-1].record for name in CHANGED_BY if name in known}
    return frozenset(
        name
        for entry in entries
        for name, record in newest.items()
        if entry.action in CHANGED_BY[name] and entry.sequence > record
    )


def went_back(
    known: Mapping[str, list[Known]],
    now: Mapping[str, Stand | None],
    free: frozenset[str] = frozenset(),
) -> dict[str, str]:
    """A sentence for each store that is older than the log knows it to be, or gone.

    Args:
        known: What the log knows.
        now: How the stores are.
        free: Of those that are changed by few acts alone, those that may have changed.
    """
    found: dict[str, str] = {}
    for name, stand in now.items():
        there = [one for one in known.get(name, ()) if one.stand is not None]
        if name == SETTINGS or not there:
            continue
        if stand is not None:
            what = _older(there, stand, fixed=name in CHANGED_BY and name not in free)
        elif known[name][-1].stand is None:
            what = ""  # and that is noted
        else:
            what = f"is gone; it was there at {_when(there[-1])}."
        if what:
            found[name] = f"{_WORDS[name]} {what}"
    return found


def _older(there: list[Known], stand: Stand, *, fixed: bool) -> str:
    """What is wrong with a store that is there; nothing when it goes on from what is known."""
    newest = there[-1]
    assert newest.stand is not None
    if stand == newest.stand:
        return ""
    if stand.number < newest.stand.number:
        return (
            f"is an older copy: it ends at number {stand.number}, and had come to "
            f"{newest.stand.number} at {_when(newest)}."
        )
    if stand.number:
        fits = stand.number > newest.stand.number
        return "" if fits else f"is another one than at {_when(newest)}."
    older = [one for one in there if one.stand == stand]
    if older:
        return f"is an older copy, of {_when(older[-1])}."
    return f"is another one than at {_when(newest)}." if fixed else ""


def changed_by_hand(known: Mapping[str, list[Known]], now: Stand | None) -> str:
    """The sentence, when the settings are not those that the server left; nothing otherwise."""
    noted = known.get(SETTINGS)
    if not noted or noted[-1].stand == now:
        return ""
    what = "is gone, so that the usual settings count" if now is None else "was changed by hand"
    return (
        f"{_WORDS[SETTINGS]} {what}, after {_when(noted[-1])}. Look at the settings; the audit "
        "log has this."
    )


def _when(known: Known) -> str:
    return f"record {known.record} ({utc_minute(known.at_ms)})"
