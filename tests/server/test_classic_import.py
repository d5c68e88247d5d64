"""The import takes each good entry once and gives a reason for each of the others."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biometrics.arcface_encoder import RECIPE
from biometrics.identify import Identified, identify
from server import classic_import
from server.classic_import import SOURCE, ImportReport, content_key
from server.data_folder import DataFolder
from server.gallery_files import GalleryFiles
from server.new_samples import NewSample
from server.people import PeopleService
from server.pictures import PictureFolder
from server.vault import open_vault
from tests.server import hostile_pickles
from tests.server.galleries import CONSENT
from tests.server.people_examples import ENCODER, encoding

MakePeople = Callable[[], PeopleService]


def import_classic(path: Path, people: PeopleService, **options: Any) -> ImportReport:
    """As the product's, on the ground of the test."""
    return classic_import.import_classic(path, people, consent=CONSENT, **options)


@pytest.fixture
def make_people(tmp_path: Path) -> MakePeople:
    """Opens the same data folder, as a program started again would."""

    def make() -> PeopleService:
        vault = open_vault(DataFolder(tmp_path))
        files = GalleryFiles(tmp_path / "known_faces", vault)
        people = PeopleService(
            files, PictureFolder(tmp_path / "pictures", open_vault(DataFolder(tmp_path))), ENCODER
        )
        assert people.load() == ()
        return people

    return make


def write(path: Path, value: object) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(pickle.dumps(value))
    return path


CLASSIC = {
    "encodings": [encoding(1), encoding(2), encoding(1) + 0.001, encoding(3)],
    "names": ["Grace Hopper", "Eileen Collins", "grace hopper", "José"],
}


def test_everybody_is_enrolled_and_found(tmp_path: Path, make_people: MakePeople) -> None:
    """Samples of one name, upper and lower case alike, become one person who is identified."""
    people = make_people()
    seen: list[tuple[int, int]] = []
    path = write(tmp_path / "all.pkl", CLASSIC)
    report = import_classic(path, people, progress=lambda *step: seen.append(step))
    assert [row.result for row in report.rows] == ["in"] * 4
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    again = make_people()
    assert [p.display_name for p in again.list()] == ["Eileen Collins", "Grace Hopper", "José"]
    assert again.gallery.samples == 4
    assert {t.source for p in again.list() for t in p.templates} == {SOURCE}
    found = identify(encoding(2), again.gallery)
    assert isinstance(found, Identified)
    assert found.candidate.display_name == "Eileen Collins"


def test_the_same_again_adds_nothing(tmp_path: Path, make_people: MakePeople) -> None:
    """Also after a start, in another form, under another file's name, and after a rename."""
    path = write(tmp_path / "all.pkl", CLASSIC)
    people = make_people()
    import_classic(path, people)
    grace = people.find("Grace Hopper")
    assert grace is not None
    people.rename(grace.subject_id, "Rear Admiral Hopper")
    again = make_people()
    other = write(tmp_path / "José.pkl", [encoding(3, length=1.3)])
    for file in (path, path, other):
        report = import_classic(file, again)
        assert report.count("already") == len(report.rows)
    assert report.rows[0].reason == ""
    assert "as Rear Admiral Hopper" in import_classic(path, again).rows[0].reason
    assert again.gallery.samples == 4


def test_each_bad_entry_has_its_reason_and_the_others_go_in(
    tmp_path: Path, make_people: MakePeople
) -> None:
    """B11, B12, B16: lengths, zeros, NaN, 1e308 and names that cannot be used."""
    bad = {
        "Zeros": np.zeros(128),
        "Nan": np.full(128, np.nan),
        "Huge": np.full(128, 1e308),
        "Short": encoding(4)[:127],
        "One": np.array([1.4]),
        "Long": encoding(5, length=2.5),
        "   ": encoding(6),
        "x" * 300: encoding(7),
        "right\u202eleft": encoding(8),
        "\x1b[31mred": encoding(9),
    }
    names: list[object] = [*bad, 5, None, "Grace Hopper", "Same numbers"]
    encodings = [*bad.values(), encoding(10), encoding(11), encoding(1), encoding(1)]
    people = make_people()
    report = import_classic(
        write(tmp_path / "mixed.pkl", {"encodings": encodings, "names": names}), people
    )
    assert [row.result for row in report.rows] == ["refused"] * 12 + ["in", "already"]
    assert all(row.reason.endswith(".") for row in report.rows if row.result == "refused")
    assert all(row.person.isprintable() for row in report.rows)
    assert "as Grace Hopper" in report.rows[-1].reason
    assert [p.display_name for p in people.list()] == ["Grace Hopper"]


def test_p1_p4_a_folder_of_junk_and_one_good_file(tmp_path: Path, make_people: MakePeople) -> None:
    """Each file is accounted for; nothing runs; other endings are left alone."""
    folder = tmp_path / "classic"
    sentinel = tmp_path / "sentinel"
    write(folder / "Grace Hopper.pkl", encoding(1))
    bad = hostile_pickles.code_runners(sentinel) | hostile_pickles.broken(pickle.dumps(CLASSIC))
    bad |= hostile_pickles.bombs() | {"empty": b""}
    for number, data in enumerate(bad.values()):
        (folder / f"{number}.pickle").write_bytes(data)
    (folder / "link.pkl").symlink_to(folder / "Grace Hopper.pkl")
    (folder / "notes.txt").write_text("not looked at")
    report = import_classic(folder, make_people())
    assert report.count("refused") == len(bad) + 1
    assert [(row.entry, row.person) for row in report.rows if row.result == "in"] == [
        ("Grace Hopper.pkl", "Grace Hopper")
    ]
    assert not sentinel.exists()


@pytest.mark.parametrize("name", ["none.pkl", "empty folder"])
def test_nothing_there_is_no_crash(tmp_path: Path, make_people: MakePeople, name: str) -> None:
    """A missing file is named; an empty folder has no rows."""
    (tmp_path / "empty folder").mkdir()
    report = import_classic(tmp_path / name, make_people())
    assert [row.result for row in report.rows] == (["refused"] if name == "none.pkl" else [])


def test_a_person_who_cannot_be_written_is_refused_entry_by_entry(
    tmp_path: Path, make_people: MakePeople
) -> None:
    """More samples than a person can have; the others go in."""
    many = [encoding(1) + n * 1e-4 for n in range(1_001)]
    value = {"encodings": [*many, encoding(2)], "names": ["Grace"] * 1_001 + ["Eileen"]}
    report = import_classic(write(tmp_path / "many.pkl", value), make_people())
    assert (report.count("refused"), report.count("in")) == (1_001, 1)
    assert "1 to 1000" in report.rows[0].reason


def test_a_sample_of_a_checkpoint_is_known_again(tmp_path: Path, make_people: MakePeople) -> None:
    """By its content, wherever it came from first."""
    people = make_people()
    people.add("Grace Hopper", [NewSample(encoding=encoding(1), source="checkpoint:lobby")])
    report = import_classic(write(tmp_path / "Grace Hopper.pkl", encoding(1)), people)
    assert report.count("already") == 1


def test_the_key_of_content_is_that_of_the_direction() -> None:
    """Raw or unit makes no difference, another face does."""
    assert content_key(encoding(1)) == content_key(encoding(1, length=1.0))
    assert content_key(encoding(1)) != content_key(encoding(2))


def test_nothing_is_imported_into_another_models_gallery(tmp_path: Path) -> None:
    """The numbers would be stored as that model's: one refusal with what to do, nobody in."""
    people = PeopleService(
        GalleryFiles(tmp_path / "known_faces", open_vault(DataFolder(tmp_path))),
        PictureFolder(tmp_path / "pictures", open_vault(DataFolder(tmp_path))),
        f"{RECIPE}/0123456789ab",
    )
    report = import_classic(write(tmp_path / "all.pkl", CLASSIC), people)
    ((result, reason),) = [(row.result, row.reason) for row in report.rows]
    assert result == "refused"
    assert "enrol from photos instead" in reason
    assert len(people.gallery) == 0
