"""The readable page of an export: dates for people, nothing in it means anything to a browser."""

import dataclasses
from pathlib import Path

from msgspec.structs import replace

from server.grounds import stated
from server.person_page import person_page
from server.settings import ServerSettings
from server.ui.made_up import MadeUpGrid
from tests.server.galleries import people_service, sample

NOW_MS = 1_795_000_000_000


def test_it_is_read_without_reckoning(tmp_path: Path) -> None:
    """Who, what was agreed to and when, what is kept, where they were seen; no encoding."""
    people = people_service(tmp_path / "data")
    agreed = {"version": 3, "text": "I agree.\n“Really”.", "at_ms": NOW_MS, "by": "account:7"}
    ann = people.add("Ann <script>", [sample(1)], consent=agreed)
    (stored,) = (one for one in people.stored() if one.subject_id == ann.subject_id)
    grid = MadeUpGrid(ServerSettings(), lambda _event: None, full=False)
    event = replace(grid.event(NOW_MS, "not_enrolled"), checkpoint_name="Lobby & gate")
    page = person_page(
        stored,
        [event],
        picture="picture.jpg",
        files=["person.json"],
        by="account:8",
        names={"7": "Kim <Lee>"},
        now_ms=NOW_MS,
    ).decode("utf-8")
    assert "<script" not in page
    assert "<h1>Ann &lt;script&gt;</h1>" in page
    assert "I agree.\n“Really”." in page
    assert "Noted by<td>Kim &lt;Lee&gt;" in page
    assert "for account 8." in page
    assert page.count("<td>2026-11-1") >= 2
    assert "Lobby &amp; gate<td>not enrolled" in page
    assert 'src="picture.jpg"' in page
    assert str(stored.templates[0].encoding[0]) not in page
    assert str(NOW_MS) not in page


def test_the_ground_that_was_stated_stands_there_with_who_stated_it(tmp_path: Path) -> None:
    """As for everybody who was added from photographs: it is what the person asks for."""
    people = people_service(tmp_path / "data")
    people.add("Cyd", [sample(3)], consent=stated("paper form 12", by="os:ann", at_ms=NOW_MS))
    stored = next(iter(people.stored()))
    page = person_page(
        stored, [], picture=None, files=[], by="os:x", names={}, now_ms=NOW_MS
    ).decode("utf-8")
    assert "Consent stated<td>paper form 12" in page
    assert "Stated by<td>ann (command line)" in page
    assert str(NOW_MS) not in page


def test_nobody_has_to_have_agreed(tmp_path: Path) -> None:
    """Without consent and picture that is said, or left away."""
    people = people_service(tmp_path / "data")
    people.add("Bob", [sample(2)])
    stored = next(iter(people.stored()))
    page = person_page(
        dataclasses.replace(stored, consent=None),
        [],
        picture=None,
        files=[],
        by="os:x",
        names={},
        now_ms=NOW_MS,
    )
    assert b"none was recorded" in page
    assert b"<img" not in page
