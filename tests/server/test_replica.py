"""Copies of the gallery for checkpoints: in order, in pages, and no more than a search needs."""

import base64
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from biometrics.gallery import Gallery
from biometrics.identify import DEFAULT_POLICY
from biometrics.policy import Cohort, Policy
from protocol.copies import PAGE_BYTES
from protocol.framing import MAX_TRUSTED
from protocol.messages import GalleryChanges, GalleryPage
from protocol.strict_json import dumps
from server.replica import Data, Replica, copied_person, copied_policy, replica_of
from server.settings import ServerSettings
from tests.server.test_decision import people


class Office:
    """A gallery that changes, and settings."""

    def __init__(self, count: int) -> None:
        self.gallery: Gallery = people(count)
        self.settings = ServerSettings(offline_hours=4, liveness="passive")
        self.replica = Replica(
            lambda: self.gallery, lambda _gallery: DEFAULT_POLICY, lambda: self.settings
        )

    def ask(self, epoch: str | None = None, since: int = 0) -> GalleryPage:
        """One page."""
        return self.replica.page(GalleryChanges(id="g1", epoch=epoch, since=since))

    def all_after(self, epoch: str | None = None, since: int = 0) -> list[GalleryPage]:
        """Page after page to the last one."""
        pages = [self.ask(epoch, since)]
        while pages[-1].more:
            pages.append(self.ask(pages[-1].epoch, pages[-1].version))
        return pages


def ids(pages: list[GalleryPage]) -> list[str]:
    """Who came."""
    return [person.subject_id for page in pages for person in page.people]


def test_everybody_comes_once_in_pages_that_fit_and_the_policy_last() -> None:
    """From nothing to the whole gallery."""
    office = Office(150)
    pages = office.all_after()
    assert len(pages) > 2
    assert sorted(ids(pages)) == sorted(person.subject_id for person in office.gallery.people)
    for page in pages:
        assert len(dumps(page.to_wire())) < MAX_TRUSTED
        assert (page.policy is None) == page.more
    assert len(dumps(pages[0].to_wire())) > PAGE_BYTES // 2
    assert (pages[-1].offline_hours, pages[-1].liveness) == (4, "passive")
    last = pages[-1]
    again = office.ask(last.epoch, last.version)
    assert (again.people, again.removed, again.version) == ((), (), last.version)


def test_only_what_changed_comes_afterwards() -> None:
    """Somebody new, a new name, somebody who left; each once, whatever happened in between."""
    office = Office(5)
    before = office.ask()
    office.gallery = people(6).without(f"{1:032x}")
    page = office.ask(before.epoch, before.version)
    assert f"{5:032x}" in ids([page])
    assert page.removed == (f"{1:032x}",)
    assert page.erased == ()
    assert page.version > before.version
    assert office.ask(page.epoch, page.version).people == ()


@pytest.mark.parametrize("since", [0, 3])
def test_a_copy_of_another_run_is_made_anew(since: int) -> None:
    """Versions of before mean nothing here."""
    office = Office(5)
    page = office.ask("f" * 32, since)
    assert len(page.people) == 5
    assert page.epoch != "f" * 32


def test_switched_off_nobody_is_given_a_face() -> None:
    """0 hours, at any time."""
    office = Office(5)
    before = office.ask()
    office.settings = ServerSettings(offline_hours=0)
    for page in (office.ask(), office.ask(before.epoch, 0)):
        assert (page.people, page.policy, page.offline_hours) == ((), None, 0)


def test_who_was_erased_is_said_to_every_copy_also_after_a_restart() -> None:
    """A copy that is made anew hears of it, too: an event in an outbox may name them."""
    office = Office(4)
    before = office.ask()
    gone = f"{2:032x}"
    office.replica.erase(gone)
    office.gallery = office.gallery.without(gone)
    page = office.ask(before.epoch, before.version)
    assert (page.removed, page.erased) == ((gone,), (gone,))
    fresh = Replica(
        lambda: office.gallery,
        lambda _gallery: DEFAULT_POLICY,
        lambda: office.settings,
        erased=[gone],
    )
    page = fresh.page(GalleryChanges(id="g1", epoch=before.epoch, since=before.version))
    assert page.erased == (gone,)
    assert gone not in ids([page])


def test_the_replica_of_a_server_hears_who_was_and_who_is_erased() -> None:
    """From the receipts, and from then on; an earlier start's replica hears no more."""
    gone = SimpleNamespace(subject_id=f"{3:032x}")
    erasure = SimpleNamespace(
        listeners=[print], receipts=SimpleNamespace(all=lambda: ((gone,), ()))
    )
    data = cast("Data", SimpleNamespace(people=SimpleNamespace(gallery=people(2)), erasure=erasure))
    made = [
        replica_of(data, lambda _g: DEFAULT_POLICY, lambda: ServerSettings(offline_hours=1))
        for _start in range(2)
    ]
    assert erasure.listeners == [print, made[1].erase]
    erasure.listeners[1](f"{1:032x}")
    page = made[1].page(GalleryChanges(id="g1", epoch=None, since=0))
    assert set(page.erased) >= {f"{3:032x}", f"{1:032x}"} - set(ids([page]))


def test_changes_without_end_leave_no_growing_list() -> None:
    """One person who changes all day is one entry."""
    office = Office(3)
    office.ask()
    for _ in range(2000):
        office.gallery = people(3)
        office.ask()
    assert len(office.replica._order) < 1200
    assert sorted(ids([office.ask()])) == sorted(f"{number:032x}" for number in range(3))


def test_no_sample_and_no_stranger_leaves_the_server() -> None:
    """One fused template a person; of the cohort its numbers alone."""
    person = people(1).at(0)
    copied = copied_person(person)
    row = np.frombuffer(base64.b64decode(copied.template), dtype="<f4")
    assert np.allclose(row, person.fused(), atol=1e-7)
    assert copied.samples == 2
    strangers = np.ones((9, 128), dtype=np.float32)
    policy = Policy(
        threshold=0.31,
        margin=0.05,
        middle=(0.6, 0.8),
        cohort=Cohort(nearest=5, weight=0.3, usual=0.1, strangers=strangers),
    )
    wire = copied_policy(policy).to_wire()
    assert (wire["nearest"], wire["weight"], wire["usual"]) == (5, 0.3, 0.1)
    assert base64.b64decode(str(wire["middle"])) == np.array([0.6, 0.8]).tobytes()
    assert len(dumps(wire)) < 1000
