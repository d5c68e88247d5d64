"""Copies of the gallery on the wire: what fits, what does not."""

from dataclasses import replace
from typing import Any

import pytest

from protocol.copies import MAX_PEOPLE, MAX_REMOVED, PAGE_BYTES
from protocol.errors import BadMessage
from protocol.framing import MAX_TRUSTED
from protocol.messages import GalleryPage, Identify
from protocol.strict_json import dumps
from tests.protocol.samples import SUBJECT, gallery_page, identify, offline


def test_a_page_comes_back_as_it_was() -> None:
    """With the people and the policy in it."""
    page = gallery_page()
    assert GalleryPage.from_wire(page.to_wire()) == page


def test_a_page_of_the_most_bytes_fits_a_frame() -> None:
    """The budget leaves room for the last person, the ids of who left, and the policy."""
    (person,) = gallery_page().people
    wide = replace(person, template="A" * 2732, display_name="😀" * 100)
    count = PAGE_BYTES // (2732 + 1200 + 160) + 2
    policy = gallery_page().policy
    assert policy is not None
    page = gallery_page(people=(wide,) * count, policy=replace(policy, middle="A" * 5464))
    assert len(dumps(page.to_wire())) < MAX_TRUSTED


@pytest.mark.parametrize(
    "changes",
    [
        {"offline_hours": 73},
        {"version": -1},
        {"epoch": "x"},
        {"removed": ["../../etc"]},
        {"removed": [SUBJECT] * (MAX_REMOVED + 1)},
        {"liveness": "perhaps"},
        {"people": ["nobody"]},
        {"people": [{"subject_id": SUBJECT}]},
        {"people": [gallery_page().people[0].to_wire()] * (MAX_PEOPLE + 1)},
        {"policy": {"threshold": 0.3}},
        {"policy": {**gallery_page().to_wire()["policy"], "threshold": 9.0}},  # type: ignore[dict-item]
    ],
)
def test_a_page_that_does_not_fit_is_refused(changes: dict[str, Any]) -> None:
    """A checkpoint believes no server that sends nonsense."""
    with pytest.raises(BadMessage):
        GalleryPage.from_wire({**gallery_page().to_wire(), **changes})


def test_somebody_is_named_offline_exactly_when_identified() -> None:
    """A name without the outcome, or the other way round, is refused."""
    good = identify(offline=offline())
    assert Identify.from_wire(good.to_wire()) == good
    for changes in ({"subject_id": None}, {"outcome": "ambiguous"}, {"outcome": "no_face"}):
        wire = {**good.to_wire(), "offline": {**offline().to_wire(), **changes}}
        with pytest.raises(BadMessage):
            Identify.from_wire(wire)
