"""Everything that is kept about one person, written out for them: a page, JSON, picture."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from msgspec.structs import asdict

from database.records import EventRecord
from desktop.files import write_atomically
from server.people import PeopleService, PersonUnknown
from server.person_page import person_page

NAMES = ("person.json", "picture.jpg", "events.json", "read-me.html")


class History(Protocol):
    """What an export asks of the history (`database.reader.EventReader`)."""

    def of_subject(self, subject_id: str) -> Iterable[EventRecord]:
        """Every event that says something of this person."""


def export_person(
    people: PeopleService,
    history: History,
    subject_id: str,
    folder: Path,
    *,
    by: str,
    names: Mapping[str, str],
    now_ms: int,
) -> tuple[Path, ...]:
    """Writes everything about one person into a folder; returns the files.

    They are in clear, for their owner's eyes (mode 0600), and belong to the person.

    Args:
        people: Who is enrolled, with this face model or another.
        history: Their events.
        subject_id: Whose.
        folder: Made when it is missing.
        by: Who asked, as the audit log names them.
        names: Of the accounts by their ids, for the page.
        now_ms: The server's clock, ms since the epoch, UTC.

    Raises:
        PersonUnknown: Nobody who is kept has this id.
        OSError: A file cannot be written.
    """
    stored = next((one for one in people.kept() if one.subject_id == subject_id), None)
    if stored is None:
        raise PersonUnknown
    picture = people.picture(subject_id)
    records = tuple(history.of_subject(subject_id))
    events = [asdict(record) for record in records]
    about = {
        "exported_at_ms": now_ms,
        "exported_by": by,
        "what": (
            "Everything FaceNetGrid keeps about this person. Times are milliseconds since 1970, "
            "UTC. An encoding is a list of numbers by which a face is known again; it is no "
            "picture and none can be read from it by eye."
        ),
        "person": stored.to_plain(),
        "picture": None if picture is None else NAMES[1],
        "events": len(events),
    }
    written = [_json(folder / NAMES[0], about)]
    if picture is not None:
        write_atomically(folder / NAMES[1], picture)
        written.append(folder / NAMES[1])
    written.append(_json(folder / NAMES[2], events))
    page = person_page(
        stored,
        records,
        picture=None if picture is None else NAMES[1],
        files=[path.name for path in written],
        by=by,
        names=names,
        now_ms=now_ms,
    )
    write_atomically(folder / NAMES[3], page)
    written.append(folder / NAMES[3])
    return tuple(written)


def _json(path: Path, content: object) -> Path:
    text = json.dumps(content, indent=1, ensure_ascii=False, default=str)
    write_atomically(path, text.encode("utf-8"))
    return path
