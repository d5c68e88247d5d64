"""One person's data as files: with the picture where one is kept, nobody else in it."""

import json
from pathlib import Path

import numpy as np

from database.records import EventRecord
from server.person_export import export_person
from server.pictures import thumbnail
from tests.server.galleries import CONSENT, people_service, sample


class NoHistory:
    """Of nobody."""

    def of_subject(self, _subject_id: str) -> list[EventRecord]:
        """Nothing."""
        return []


def test_with_a_picture(tmp_path: Path) -> None:
    """As the JPEG that is kept; the JSON says what belongs to it."""
    people = people_service(tmp_path / "data", keep_pictures=lambda: True)
    picture = thumbnail(np.full((150, 150, 3), 99, dtype=np.uint8))
    ann = people.add("Ann", [sample(1)], picture=picture)
    people.add("Bob", [sample(2)])
    out = tmp_path / "out"
    paths = export_person(people, NoHistory(), ann.subject_id, out, by="os:x", names={}, now_ms=5)
    assert [path.name for path in paths] == [
        "person.json",
        "picture.jpg",
        "events.json",
        "read-me.html",
    ]
    assert "Bob" not in (out / "read-me.html").read_text()
    assert (out / "picture.jpg").read_bytes() == picture
    about = json.loads((out / "person.json").read_text())
    assert (about["exported_by"], about["exported_at_ms"], about["events"]) == ("os:x", 5, 0)
    assert about["person"]["display_name"] == "Ann"
    assert len(about["person"]["templates"][0]["encoding"]) == 128
    assert "Bob" not in (out / "person.json").read_text()


def test_the_very_text_that_was_agreed_to(tmp_path: Path) -> None:
    """With its version and the time, letter by letter; and the ground that was stated."""
    people = people_service(tmp_path / "data")
    text = "I agree that my face is kept.\nUntil I take it back — “really”."
    agreed = {"version": 3, "text": text, "at_ms": 7, "by": "checkpoint:lobby"}
    ann = people.add("Ann", [sample(1)], consent=agreed)
    people.note_consent(ann.subject_id, CONSENT)
    out = tmp_path / "out"
    export_person(people, NoHistory(), ann.subject_id, out, by="os:x", names={}, now_ms=5)
    about = json.loads((out / "person.json").read_text())
    assert about["person"]["consent"] == {**agreed, **CONSENT}
