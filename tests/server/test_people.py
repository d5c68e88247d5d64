"""The people service: written first, swapped afterwards, names and pictures looked after."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biometrics.gallery import GalleryRefused
from protocol.errors import NameInvalid
from server.data_folder import DataFolder
from server.events import GalleryChanged, GridEvent
from server.gallery_files import GalleryFileError, GalleryFiles
from server.new_samples import NewSample
from server.people import NameTaken, PeopleService, PersonUnknown
from server.pictures import PictureFolder, thumbnail
from server.vault import open_vault
from tests.server.galleries import people_service, sample
from tests.server.wire import ENCODER, face

CHIP = np.full((150, 150, 3), 99, dtype=np.uint8)


def test_added_people_are_there_and_on_the_disk(tmp_path: Path) -> None:
    """Who is added is in the snapshot, in a file, and in the next load."""
    posted: list[GridEvent] = []
    people = people_service(tmp_path, post=posted.append)
    person = people.add("  Grace   Hopper ", [sample(1), sample(1)], consent={"text": "Yes."})
    assert person.display_name == "Grace Hopper"
    assert people.gallery.get(person.subject_id) is person
    assert posted[-1] == GalleryChanged(1, 2)
    again = people_service(tmp_path)
    assert [found.display_name for found in again.list()] == ["Grace Hopper"]
    assert again.consent(person.subject_id) == {"text": "Yes."}
    np.testing.assert_allclose(again.gallery.vector(0), people.gallery.vector(0), atol=1e-6)


def test_a_snapshot_never_changes(tmp_path: Path) -> None:
    """A search under way keeps the gallery it has."""
    people = people_service(tmp_path)
    before = people.gallery
    people.add("Ann", [sample(1)])
    assert len(before) == 0
    assert len(people.gallery) == 1


def test_pictures_are_forgotten_when_they_may_not_be_kept(tmp_path: Path) -> None:
    """Asked too early nothing goes; switched off, the folder is empty and the people stay."""
    keep = [True]
    people = people_service(tmp_path, keep_pictures=lambda: keep[0])
    for number, name in enumerate(("Ann", "Bob"), start=1):
        people.add(name, [sample(number)], picture=thumbnail(CHIP))
    assert people.forget_pictures() == 0
    assert len(list((tmp_path / "pictures").iterdir())) == 2
    keep[0] = False
    assert people.forget_pictures() == 2
    assert not list((tmp_path / "pictures").iterdir())
    assert len(people.list()) == 2


def test_pictures_that_may_not_be_kept_go_with_the_next_load(tmp_path: Path) -> None:
    """A crash between the setting and the deletion keeps no picture for good."""
    people_service(tmp_path, keep_pictures=lambda: True).add(
        "Ann", [sample(1)], picture=thumbnail(CHIP)
    )
    assert len(list((tmp_path / "pictures").iterdir())) == 1
    people_service(tmp_path)
    assert not list((tmp_path / "pictures").iterdir())


@pytest.mark.parametrize("name", ["ann", "ANN", " Ann ", "A\u006en"])
def test_a_duplicate_name_is_refused(tmp_path: Path, name: str) -> None:
    """Upper and lower case and blanks do not make another name; nothing changes."""
    people = people_service(tmp_path)
    first = people.add("Ann", [sample(1)])
    with pytest.raises(NameTaken) as refused:
        people.add(name, [sample(2)])
    assert refused.value.person.subject_id == first.subject_id
    assert len(people.gallery) == 1


def test_what_casefold_alone_would_miss(tmp_path: Path) -> None:
    """A composed and a decomposed letter are one name."""
    people = people_service(tmp_path)
    people.add("Jos\u00e9", [sample(1)])
    with pytest.raises(NameTaken):
        people.add("JOSE\u0301", [sample(2)])


@pytest.mark.parametrize("name", ["", "   ", "x" * 300, "a\nb", "a\u202eb"])
def test_names_that_cannot_be_used(tmp_path: Path, name: str) -> None:
    """A bad name is refused with a sentence and leaves no file."""
    people = people_service(tmp_path)
    with pytest.raises(NameInvalid):
        people.add(name, [sample(1)])
    assert not list(tmp_path.rglob("*.pkl"))


def test_samples_are_added(tmp_path: Path) -> None:
    """More samples of a person are fused; the first consent's time is kept."""
    people = people_service(tmp_path)
    person = people.add("Ann", [sample(1)], consent={"at_ms": 5, "text": "first"})
    more = people.add_samples(person.subject_id, [sample(1)], consent={"at_ms": 9, "text": "b"})
    assert len(more.templates) == 2
    assert people.consent(person.subject_id) == {"at_ms": 9, "text": "b", "first_at_ms": 5}
    with pytest.raises(PersonUnknown):
        people.add_samples("f" * 32, [sample(1)])


def test_renamed(tmp_path: Path) -> None:
    """A new name replaces the old one, which is free again; another's name is refused."""
    people = people_service(tmp_path)
    ann, bob = people.add("Ann", [sample(1)]), people.add("Bob", [sample(2)])
    people.rename(ann.subject_id, "Anna")
    people.rename(ann.subject_id, "ANNA")
    assert people.find("anna") is not None
    assert people.find("Ann") is None
    with pytest.raises(NameTaken):
        people.rename(bob.subject_id, "anna")
    with pytest.raises(NameInvalid):
        people.rename(bob.subject_id, " ")
    with pytest.raises(PersonUnknown):
        people.rename("f" * 32, "Carl")
    assert [found.display_name for found in people_service(tmp_path).list()] == ["ANNA", "Bob"]


def test_deleted(tmp_path: Path) -> None:
    """Nothing of a deleted person stays: file, picture, template, name, picture hash."""
    people = people_service(tmp_path, keep_pictures=lambda: True)
    person = people.add("Ann", [sample(1, picture_sha256="a" * 64)], picture=thumbnail(CHIP))
    assert people.picture(person.subject_id) == thumbnail(CHIP)
    assert people.owner_of("a" * 64) is person
    people.delete(person.subject_id)
    assert people.picture(person.subject_id) is None
    assert people.owner_of("a" * 64) is None
    assert len(people.gallery) == 0
    left = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(left) == ["master.key", "people.anchor", "people.journal", "vault.json"]
    people.add("Ann", [sample(1)])
    with pytest.raises(PersonUnknown):
        people.delete(person.subject_id)


def test_pictures_are_kept_only_when_allowed(tmp_path: Path) -> None:
    """Without the administrator's permission no picture reaches the disk."""
    people = people_service(tmp_path)
    person = people.add("Ann", [sample(1)], picture=thumbnail(CHIP))
    assert people.picture(person.subject_id) is None
    assert not (tmp_path / "pictures").exists()


def test_a_disk_that_refuses_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F15: when the file cannot be written the snapshot, names and hashes are as before."""
    people = people_service(tmp_path)
    person = people.add("Ann", [sample(1)])
    before = people.gallery

    def full(*_args: object) -> None:
        raise GalleryFileError("The disk is full.")

    monkeypatch.setattr(GalleryFiles, "write", full)
    monkeypatch.setattr(GalleryFiles, "delete", full)
    with pytest.raises(GalleryFileError):
        people.add("Bob", [sample(2)])
    with pytest.raises(GalleryFileError):
        people.rename(person.subject_id, "Bob")
    with pytest.raises(GalleryFileError):
        people.delete(person.subject_id)
    assert people.gallery is before
    assert people.find("Bob") is None
    assert people.find("Ann") is not None


@pytest.mark.parametrize("numbers", [np.zeros(128), np.full(128, np.nan), np.full(128, np.inf)])
def test_a_template_that_would_match_everybody(tmp_path: Path, numbers: object) -> None:
    """Zeros, NaN and infinities never reach the gallery (argmin of NaN is everybody)."""
    people = people_service(tmp_path)
    with pytest.raises(GalleryRefused):
        people.add("Ann", [NewSample(encoding=numbers)])  # type: ignore[arg-type]
    with pytest.raises(GalleryRefused):
        people.add("Ann", [])
    assert not list(tmp_path.rglob("*.pkl"))


def test_people_of_another_encoder_are_left_out_and_named(tmp_path: Path) -> None:
    """After a change of the model nobody is compared across; their files stay."""
    people_service(tmp_path).add("Ann", [sample(1)])
    told: list[object] = []
    other = of_another_encoder(tmp_path, told.append)
    assert other.load() == (), "their files are in order"
    assert other.elsewhere == ("Ann",)
    assert told[-1] == GalleryChanged(0, 0, ("Ann",))
    assert len(other.gallery) == 0
    assert len(list((tmp_path / "known_faces").glob("*.pkl"))) == 1
    assert people_service(tmp_path).find("Ann") is not None, "back with the model of before"


def of_another_encoder(
    root: Path, post: Callable[[Any], None] = lambda _event: None
) -> PeopleService:
    """The same data, searched with another face model."""
    vault = open_vault(DataFolder(root))
    files = GalleryFiles(root / "known_faces", vault)
    pictures = PictureFolder(root / "pictures", vault)
    return PeopleService(files, pictures, "other/2", post=post)


def test_who_is_enrolled_again_is_missed_no_more(tmp_path: Path) -> None:
    """The old file stays for the way back; both encoders know the person then."""
    before = people_service(tmp_path)
    before.add("Ann", [sample(1)])
    before.add("Bob", [sample(2)])
    told: list[GalleryChanged] = []
    other = of_another_encoder(tmp_path, told.append)
    other.load()
    assert other.elsewhere == ("Ann", "Bob")
    other.add("ann", [sample(1)])
    assert told[-1].elsewhere == ("Bob",)
    assert len(list((tmp_path / "known_faces").glob("*.pkl"))) == 3
    again = people_service(tmp_path)
    assert {person.display_name for person in again.list()} == {"Ann", "Bob"}
    assert again.elsewhere == ()


def test_whoever_is_deleted_is_forgotten_by_every_encoder(tmp_path: Path) -> None:
    """No template of theirs stays on the disk, and nobody else's goes."""
    before = people_service(tmp_path)
    before.add("Ann", [sample(1)])
    before.add("Bob", [sample(2)])
    other = of_another_encoder(tmp_path)
    other.load()
    ann = other.add("Ann", [sample(1)])
    other.delete(ann.subject_id)
    assert other.elsewhere == ("Bob",)
    again = people_service(tmp_path)
    assert [person.display_name for person in again.list()] == ["Bob"]


def test_templates_that_cancel_out_are_left_out(tmp_path: Path) -> None:
    """A file whose templates have no mean is named; everybody else is searched."""
    people = people_service(tmp_path)
    people.add("Bob", [sample(2)])
    stored = people.stored()[0]
    opposite = tuple(-number for number in stored.templates[0].encoding)
    template = replace(stored.templates[0], sample_id="x", encoding=opposite)
    GalleryFiles(tmp_path / "known_faces", open_vault(DataFolder(tmp_path))).write(
        replace(stored, subject_id="c" * 32, templates=(*stored.templates, template))
    )
    again = people_service(tmp_path)
    assert len(again.gallery) == 1
    assert len(again.load()) == 1


def test_templates_of_another_length_are_left_out(tmp_path: Path) -> None:
    """A file that names our face model and that no search could be held against; others stay."""
    people = people_service(tmp_path)
    people.add("Ann", [sample(1)])
    stored = people.stored()[0]
    wide = replace(stored.templates[0], encoding=tuple(float(n) for n in np.eye(512)[0]))
    GalleryFiles(tmp_path / "known_faces", open_vault(DataFolder(tmp_path))).write(
        replace(stored, subject_id="c" * 32, display_name="Bob", templates=(wide,))
    )
    again = people_service(tmp_path)
    (left_out,) = again.load()
    assert "512 numbers" in left_out.reason
    assert [found.display_name for found in again.list()] == ["Ann"]


def test_recognise(tmp_path: Path) -> None:
    """A face is known by the usual policy, a stranger is not."""
    people = people_service(tmp_path)
    ann = people.add("Ann", [sample(1)])
    assert people.recognise(face(1, noise=0.1)) is ann
    assert people.recognise(face(2)) is None
    assert people.encoder == ENCODER


def test_many_threads_add_at_once(tmp_path: Path) -> None:
    """Writers wait for each other: nobody is lost and one name goes in once."""
    people = people_service(tmp_path)
    taken: list[str] = []

    def work(number: int) -> None:
        people.add(f"Person {number}", [sample(number)])
        try:
            people.add("Same name", [sample(100)])
        except NameTaken:
            taken.append("x")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(people.gallery) == 9
    assert len(taken) == 7
    assert len(people_service(tmp_path).gallery) == 9
