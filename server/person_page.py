"""The page of an export that its person can read: consent, pictures, events. HTML, no script."""

import html
import time
from collections.abc import Iterable, Mapping, Sequence

from database.records import EventRecord
from server.audit_names import KnownNames
from server.stored_person import StoredPerson

_HEAD = (
    '<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8">\n'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src 'self';"
    " style-src 'unsafe-inline'\">\n"
    "<style>body{font:16px sans-serif;max-width:60em;margin:2em auto}"
    "td,th{text-align:left;vertical-align:top;padding:.2em 1.5em .2em 0}</style>\n"
)
_WHAT = (
    "This is everything that is kept about this person. An encoding is a list of numbers by which "
    "a face is known again; it is no picture, and none can be read from it by eye. The numbers and "
    "every detail of the events are in the files beside this page: {files}."
)
_CONSENT = {
    "text": "Agreed to",
    "at_ms": "When",
    "checkpoint_name": "At",
    "by": "Noted by",
    "ground": "Consent stated",
    "ground_at_ms": "When",
    "ground_by": "Stated by",
}


def person_page(
    person: StoredPerson,
    events: Sequence[EventRecord],
    *,
    picture: str | None,
    files: Iterable[str],
    by: str,
    names: Mapping[str, str],
    now_ms: int,
) -> bytes:
    """The page in UTF-8. Times are those of this computer's clock.

    Args:
        person: Whose.
        events: All that say something of them.
        picture: The picture's file beside the page, None without one.
        files: Names of the files with the details.
        by: Who asked, as the audit log names them.
        names: Of the accounts by their ids: an id tells the person nothing.
        now_ms: When, ms since the epoch, UTC.
    """
    name = html.escape(person.display_name)
    shown = "" if picture is None else f'<p><img src="{html.escape(picture)}" alt="{name}"></p>'
    about = [("Enrolled", _when(person.enrolled_at_ms)), *_consent(person.consent, names)]
    samples = [
        (_when(one.captured_at_ms), one.source, f"{len(one.encoding)} numbers")
        for one in person.templates
    ]
    seen = [
        (_when(one.captured_at_ms), one.checkpoint_name, one.outcome.replace("_", " "))
        for one in events
    ]
    parts = (
        f"{_HEAD}<title>{name}</title>\n<h1>{name}</h1>{shown}",
        f"<p>{html.escape(_WHAT.format(files=', '.join(files)))}</p>",
        _table((), about),
        f"<h2>Encodings: {len(samples)}</h2>",
        _table(("Taken", "From", "What is kept"), samples),
        f"<h2>Events: {len(seen)}</h2>",
        _table(("When", "Checkpoint", "Result"), seen),
        f"<p>Written {_when(now_ms)} for {html.escape(KnownNames(names).who(by))}.</p></html>\n",
    )
    return "\n".join(parts).encode("utf-8")


def _consent(
    consent: Mapping[str, object] | None, names: Mapping[str, str]
) -> list[tuple[str, str]]:
    if consent is None:
        return [("Consent", "none was recorded")]
    return [
        (word, _said(key, value, names))
        for key, word in _CONSENT.items()
        if (value := consent.get(key)) is not None
    ]


def _said(key: str, value: object, names: Mapping[str, str]) -> str:
    if key.endswith("at_ms") and isinstance(value, int):
        return _when(value)
    return KnownNames(names).who(str(value)) if key in ("by", "ground_by") else str(value)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["".join(f"<th>{html.escape(head)}" for head in heads)] if heads else []
    lines += ["".join(f"<td>{html.escape(cell)}" for cell in row) for row in rows]
    return "<table>\n" + "\n".join(f"<tr>{line}" for line in lines) + "\n</table>"


def _when(time_ms: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(time_ms / 1000))
