"""What a look at the audit log and the data is said in, by the command and by the window."""

from server.audit_records import Entry, Verified
from server.permissions import Action


def summary(verified: Verified) -> str:
    """How far all that was looked at is as it was written; for a look that found nothing else."""
    up_to = 0 if verified.head is None else verified.head.sequence
    looked = f"Verified up to record {up_to}"
    if verified.trouble:
        looked += " of the audit log"
    elif verified.rows is not None:
        entries = "1 entry" if verified.rows == 1 else f"{verified.rows:,} entries"
        looked += f", and {entries} of the history"
    nothing = "nothing else" if verified.accepted else "nothing"
    seen = "".join(
        f" The mark of {witness} matches record {record}."
        for witness, record in verified.seen.items()
    )
    return f"{looked}: {nothing} was changed, removed or put in.{seen}"


def details_of(entry: Entry) -> str:
    """What a record says beyond who did what, in words."""
    # What was done first, and then how: the log has them by their letters.
    items = sorted(entry.details.items(), key=lambda item: item[0] != "what")
    said = (_detail(entry.action, key, value) for key, value in items)
    return ", ".join(words for words in said if words)


def _detail(action: str, key: str, value: str | int | bool) -> str:  # noqa: FBT001 - as it is stored
    if key in ("damage", "digest", "mark"):
        return ""
    if key == "wait_s":
        return f"has to wait {value} s" if value else ""
    if key == "reason":
        return _REASONS.get(str(value)) or _plain(str(value))
    if key == "what":
        found = _ACCOUNTS if action == Action.MANAGE_ACCOUNTS else _HISTORY
        return found.get(str(value), str(value))
    if key == "role" and action == Action.MANAGE_ACCOUNTS:
        return f"as {value}"
    if isinstance(value, bool):
        value = "yes" if value else "no"
    return f"{key.replace('_', ' ')}: {value}"


def _plain(name: str) -> str:
    """The name of an exception in words."""
    return "".join(f" {one.lower()}" if one.isupper() else one for one in name).strip()


_ACCOUNTS = {
    "add": "add account",
    "role": "change role",
    "password": "set password",  # nosec B105 - words
    "remove": "remove account",
}
_HISTORY = {
    "event": "a changed event",
    "missing": "missing events",
    "name": "a name that is gone",
}
_REASONS = {
    "AccountsProblem": "the account cannot be made or changed so",
    "NotAllowed": "not allowed",
    "OSError": "the disk or the network did not let it",
    "SignInRefused": "a wrong password, or too soon",
    "WeakPassword": "the password is too easy to guess",
}
