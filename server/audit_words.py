"""What the audit log and a look at it and the data are said in, for people, whatever shows it."""

import re
from collections.abc import Callable, Mapping

from protocol.text import printable
from server.audit_names import KnownNames, short
from server.audit_records import ALLOWED, DONE, FAILED, REFUSED, Details, Entry, Verified
from server.audit_terms import ACTS, REASONS, SETTINGS, STORES, WHAT
from server.permissions import Action
from server.stand_records import GONE, NOTED, PROVEN

Value = str | int | bool
_NUMBER_ONLY = frozenset({"people", "history"})
_DIGESTS = frozenset({"damage", "digest", "mark"})
_NAME = re.compile(r"\w+")
_ID = re.compile(r"\b[0-9a-f]{32}\b")
_WHO_ENROLS = {"anybody": "anybody there", "signed_in": "who signs in there", "nobody": "nobody"}

OUTCOMES: Mapping[str, str] = {
    ALLOWED: "Allowed. It was written before it was done: if it failed, a later record says so.",
    DONE: "Done.",
    REFUSED: "Refused: nothing was done.",
    FAILED: "It was allowed, and failed.",
}
"""How it ended, in a sentence."""


def summary(verified: Verified) -> str:
    """How far all that was looked at is as it was written; for a look that found nothing else."""
    up_to = 0 if verified.head is None else verified.head.sequence
    looked = f"Verified up to record {up_to}"
    if verified.trouble:
        looked += " of the audit log"
    elif verified.rows is not None:
        entries = "1 entry" if verified.rows == 1 else f"{verified.rows:,} entries"
        if verified.cancelled:
            entries = f"{verified.rows:,} of {verified.there:,} entries"
        looked += f", and {entries} of the history"
    nothing = "nothing else" if verified.accepted else "nothing"
    seen = "".join(
        f" The mark of {witness} matches record {record}."
        for witness, record in verified.seen.items()
    )
    return f"{looked}: {nothing} was changed, removed or put in.{seen}"


def what_of(entry: Entry) -> str:
    """What was done, or what the server noticed."""
    return WHAT.get(entry.action) or printable(entry.action, 60)


def details_of(entry: Entry, names: KnownNames | None = None) -> str:
    """What a record says beyond who did what, in words.

    Args:
        entry: The record.
        names: Those that are known.
    """
    if entry.action == NOTED:
        return _stands(entry.details)
    names = names or KnownNames()
    # What was done first, and then how: the log has them by their letters.
    items = sorted(entry.details.items(), key=lambda item: item[0] != "what")
    said = (_detail(entry.action, key, value, names) for key, value in items)
    text = ", ".join(words for words in said if words)
    return printable(_ID.sub(lambda match: short(match[0]), text), 400)


def as_written(entry: Entry) -> str:
    """The details as the log has them: digests and the program's own words."""
    return printable(", ".join(f"{key}={value}" for key, value in entry.details.items()), 800)


def _detail(action: str, key: str, value: Value, names: KnownNames) -> str:
    if key in _DIGESTS:
        return ""
    if key == "what":
        return ACTS.get(action, {}).get(str(value), str(value))
    if key == "reason":
        return _reason(str(value))
    if key == "role":
        return f"as {value}"
    if action == Action.CHANGE_SETTINGS and key in SETTINGS:
        return f"{SETTINGS[key]}: {_plain(value)}"
    if key in ("checkpoint", "other"):
        where = names.checkpoint(str(value))
        return f"at {where}" if key == "checkpoint" else f"which is {where}"
    say = _SAID.get(key)
    return say(value) if say is not None else f"{key.replace('_', ' ')}: {_plain(value)}"


def _plain(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("_", " ")


def _reason(text: str) -> str:
    """A name of an exception or a code in words; a sentence stays one."""
    if text in REASONS or not _NAME.fullmatch(text):
        return REASONS.get(text, text.rstrip("."))
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).replace("_", " ").lower()


def _stands(details: Details) -> str:
    """How far the stores are: by numbers where they have some, else which were written anew."""
    said, anew, gone = list[str](), list[str](), list[str]()
    for name, text in details.items():
        store, (number, _, _mark) = STORES.get(name, name), str(text).partition(" ")
        if number == GONE:
            gone.append(store)
        elif name in _NUMBER_ONLY:
            unit = "event" if name == "history" else "change"
            up_to = f"up to {unit} {int(number):,}" if number != "0" else "empty"
            said.append(f"{store} {up_to}")
        elif name == "rows":
            said.append("every row of the history has its proof" if int(number) == PROVEN else "")
        else:
            anew.append(store)
    said += [f"written anew: {', '.join(anew)}"] if anew else []
    said += [f"not there: {', '.join(gone)}"] if gone else []
    return "; ".join(filter(None, said))


def _many(one: str, many: str = "") -> Callable[[Value], str]:
    return lambda value: f"{value} {one}" if str(value) == "1" else f"{value} {many or one + 's'}"


def _if_so(words: str) -> Callable[[Value], str]:
    return lambda value: words if value else ""


def _missing(value: Value) -> str:
    """How many events; nobody can tell where the count itself was changed."""
    text = str(value)
    if text == "None":
        return "how many, nobody can tell"
    return f"{text[1:]} more than there may be" if text.startswith("-") else text


def _size(value: Value) -> str:
    return f"{int(value) / 1_000_000:.1f} MB" if str(value).isdecimal() else str(value)


_SAID: Mapping[str, Callable[[Value], str]] = {
    "address": lambda value: f"from {value}",
    "alarms": _many("alarm"),
    "although_known": _if_so("although the face is enrolled already"),
    "backups": _many("backup"),
    "by": lambda value: f"by {value}",
    "bytes": _size,
    "characters": _many("character"),
    "copies left": lambda value: "" if str(value) == "0" else f"still in {value} of them",
    "count": _missing,
    "elsewhere": _if_so("made on another computer"),
    "entries": lambda value: f"of {value}",
    "event": lambda value: f"event {short(str(value))}" if value else "",
    "faces": _many("face"),
    "files": _many("file"),
    "findings": _many("finding"),
    "first": lambda value: f"the first at record {value}",
    "in": lambda value: f"{value} taken in",
    "kind": lambda _value: "",
    "layout": lambda value: f"by {_plain(value)}",
    "left": lambda value: "" if str(value) == "0" else f"{value} could not be changed",
    "left_out": lambda value: f"{value} more were not written down",
    "more": lambda value: f"{value} more times",
    "name": lambda value: f"it calls itself “{value}”",
    "number": lambda value: f"number {value}",
    "numbers": lambda value: f"numbers {str(value).replace(',', ', ')}" if value else "",
    "one_person": _if_so("all of one person"),
    "part": lambda _value: "",
    "paths": lambda value: f"{value} chosen",
    "port": lambda value: f"port {value}",
    "times": lambda value: f"{value} times there by now" if str(value) != "1" else "",
    "wait_s": lambda value: f"has to wait {value} s" if value else "",
    "who_enrols": lambda value: _WHO_ENROLS.get(str(value), _plain(value)),
    "witnessed": lambda value: f"it had seen record {value}",
    "wrong": lambda value: "" if str(value) == "0" else _many("wrong code")(value),
}
"""What each detail is said as; others by their own names."""
