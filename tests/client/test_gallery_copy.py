"""Tests of the copy of the gallery: whole or the one before, sealed, and gone when it has to be."""

from dataclasses import replace
from pathlib import Path

import pytest

from biometrics.gallery import Gallery
from biometrics.identify import DEFAULT_POLICY, Identified, identify
from biometrics.policy import Cohort
from client.gallery_copy import GalleryCopy
from security.sealing import new_key
from server.replica import copied_policy
from tests.client.copies import Office, person
from tests.client.fakes import EILEEN, FINGERPRINT, GRACE, direction

KEY = bytes(32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the copy is."""
    return tmp_path / "gallery.sealed"


def follow(copy: GalleryCopy, office: Office) -> int:
    """Takes pages until the copy is complete; how many there were."""
    for count in range(1, 100):
        if copy.take(office.page(*copy.position(FINGERPRINT)), FINGERPRINT):
            return count
    raise AssertionError("no end")


def found(copy: GalleryCopy, who: int) -> str | None:
    """The name of whom the copy takes somebody for."""
    searched = copy.search(FINGERPRINT)
    if searched is None:
        return None
    verdict = identify(direction(who), *searched)
    return verdict.candidate.display_name if isinstance(verdict, Identified) else None


def test_a_copy_decides_as_the_server_does_and_survives_the_program(path: Path) -> None:
    """The same person, by the same policy, after a restart."""
    office = Office(GRACE, EILEEN)
    copy = GalleryCopy(path, KEY)
    assert copy.search(FINGERPRINT) is None
    follow(copy, office)
    assert (found(copy, GRACE), found(copy, 30)) == ("Grace Hopper", None)
    searched = copy.search(FINGERPRINT)
    assert searched is not None
    assert searched[1] == DEFAULT_POLICY
    copy.close()
    again = GalleryCopy(path, KEY)
    assert (again.people, again.version, again.hours) == (2, copy.version, 4)
    assert found(again, EILEEN) == "Eileen Collins"
    assert again.name_of(f"{EILEEN:032x}") == "Eileen Collins"
    assert again.position(FINGERPRINT) == copy.position(FINGERPRINT)


def test_nobody_can_be_read_from_the_disk(path: Path) -> None:
    """Neither names nor ids nor templates."""
    copy = GalleryCopy(path, KEY)
    follow(copy, Office(GRACE))
    copy.close()
    data = path.read_bytes()
    for word in (b"Grace", f"{GRACE:032x}".encode(), b"people", b"threshold"):
        assert word not in data
    assert path.stat().st_mode & 0o077 == 0


def test_changes_are_taken_over(path: Path) -> None:
    """Somebody new, a new name, somebody who left."""
    office, copy = Office(GRACE), GalleryCopy(path, KEY)
    follow(copy, office)
    office.gallery = office.gallery.with_person(person(EILEEN))
    follow(copy, office)
    assert found(copy, EILEEN) == "Eileen Collins"
    office.gallery = office.gallery.with_person(person(EILEEN, name="E. Collins"))
    office.gallery = office.gallery.without(f"{GRACE:032x}")
    follow(copy, office)
    assert (found(copy, GRACE), found(copy, EILEEN)) == (None, "E. Collins")


def test_what_is_incomplete_is_never_searched_and_goes_on_where_it_stopped(path: Path) -> None:
    """The copy before stays in use until the last page of the next one is there."""
    office, copy = Office(GRACE), GalleryCopy(path, KEY)
    follow(copy, office)
    many = Office(*range(10, 1000, 10))
    first = many.page(*copy.position(FINGERPRINT))
    assert first.more
    assert not copy.take(first, FINGERPRINT)
    assert found(copy, 500) is None
    assert found(copy, GRACE) == "Grace Hopper"
    assert copy.position(FINGERPRINT) == (first.epoch, first.version)
    follow(copy, many)
    assert copy.people == 99
    assert found(copy, 500) == "Person 500"


def test_a_server_that_started_again_is_copied_anew(path: Path) -> None:
    """Who left meanwhile is gone."""
    copy = GalleryCopy(path, KEY)
    follow(copy, Office(GRACE, EILEEN))
    follow(copy, Office(EILEEN))
    assert (copy.people, found(copy, GRACE)) == (1, None)


def test_another_policy_counts_without_a_change_of_people(path: Path) -> None:
    """The administrator's target, the demand for liveness, the hours."""
    office, copy = Office(GRACE), GalleryCopy(path, KEY)
    follow(copy, office)
    page = office.page(*copy.position(FINGERPRINT))
    stricter = replace(
        DEFAULT_POLICY,
        threshold=0.2,
        middle=(0.6, 0.8),
        cohort=Cohort(nearest=5, weight=0.3, usual=0.1),
    )
    page = replace(page, policy=copied_policy(stricter), liveness="passive", offline_hours=9)
    assert copy.take(page, FINGERPRINT)
    searched = copy.search(FINGERPRINT)
    assert searched is not None
    assert searched[1] == stricter
    assert (copy.liveness, copy.hours) == ("passive", 9)
    copy.close()
    assert GalleryCopy(path, KEY).hours == 9


def test_it_is_deleted_when_the_server_forbids_it(path: Path) -> None:
    """The setting is off: nothing is left on the disk."""
    office, copy = Office(GRACE), GalleryCopy(path, KEY)
    follow(copy, office)
    copy.close()
    office.settings = replace(office.settings, offline_hours=0)
    follow(copy, office)
    assert not path.exists()
    assert copy.search(FINGERPRINT) is None
    assert copy.position(FINGERPRINT) == (None, 0)


@pytest.mark.parametrize("how", ["another key", "cut off", "changed", "not json"])
def test_a_copy_that_cannot_be_unsealed_is_deleted(path: Path, how: str) -> None:
    """It can be had again; whoever changed it gains nothing."""
    copy = GalleryCopy(path, KEY)
    follow(copy, Office(GRACE))
    copy.close()
    data = bytearray(path.read_bytes())
    if how == "cut off":
        path.write_bytes(data[:100])
    elif how == "changed":
        data[200] ^= 1
        path.write_bytes(data)
    elif how == "not json":
        path.write_bytes(copy._sealer.seal(b"[]", b"gallery copy"))
    opened = GalleryCopy(path, new_key() if how == "another key" else KEY)
    assert opened.search(FINGERPRINT) is None
    assert not path.exists()


def test_another_face_model_is_another_copy(path: Path) -> None:
    """Its numbers cannot be compared."""
    copy = GalleryCopy(path, KEY)
    follow(copy, Office(GRACE))
    assert copy.search("other/model") is None
    assert copy.position("other/model") == (None, 0)


def test_a_server_that_sends_no_face_is_not_believed(path: Path) -> None:
    """The copy goes, nobody is named, nothing ends."""
    office, copy = Office(GRACE), GalleryCopy(path, KEY)
    page = office.page(None, 0)
    (one,) = page.people
    copy.take(replace(page, people=(replace(one, template="AAA"),)), FINGERPRINT)
    assert copy.search(FINGERPRINT) is None
    assert copy.people == 0


def test_an_empty_gallery_names_nobody(path: Path) -> None:
    """Nobody is enrolled: a copy of that is a copy."""
    office, copy = Office(), GalleryCopy(path, KEY)
    office.gallery = Gallery.of([], FINGERPRINT)
    follow(copy, office)
    assert found(copy, GRACE) is None
    assert copy.hours == 4
