"""Exports are what classic programs read with plain pickle, and come back in as they were."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biometrics.arcface_encoder import RECIPE
from server import classic_export, classic_import
from server.classic_export import LAYOUTS, RAW_LENGTH, ExportRefused, Layout, export_classic
from server.classic_formats import names_file, read_classic
from server.classic_import import ImportReport
from server.data_folder import DataFolder
from server.gallery_files import GalleryFiles
from server.people import PeopleService
from server.pictures import PictureFolder
from server.stored_person import StoredPerson
from server.vault import open_vault
from tests.server.galleries import CONSENT
from tests.server.people_examples import ENCODER, encoding, person, template

PEOPLE = (
    person("Grace Hopper", templates=(template(1), template(2))),
    person("José 李", templates=(template(3),)),
)


def import_classic(path: Path, people: PeopleService, **options: Any) -> ImportReport:
    """As the product's, on the ground of the test."""
    return classic_import.import_classic(path, people, consent=CONSENT, **options)


def load(path: Path) -> object:
    return pickle.loads(path.read_bytes())


def test_encodings_with_names_as_classic_programs_read_them(tmp_path: Path) -> None:
    """Lists of float64 arrays of the length that a tolerance of 0.6 was made for."""
    (path,) = export_classic(PEOPLE, tmp_path / "all.pkl", "names")
    value = load(path)
    assert isinstance(value, dict)
    assert value["names"] == ["Grace Hopper", "Grace Hopper", "José 李"]
    for seed, found in enumerate(value["encodings"], start=1):
        assert found.dtype == np.float64
        assert np.allclose(found, encoding(seed, length=RAW_LENGTH))


def test_one_array_a_person(tmp_path: Path) -> None:
    """One row as an array of 128, several as a table."""
    files = export_classic(PEOPLE, tmp_path / "people", "per-person")
    assert [file.name for file in files] == ["Grace Hopper.pkl", "José 李.pkl"]
    shapes = [np.shape(load(file)) for file in files]  # type: ignore[arg-type]
    assert shapes == [(2, 128), (128,)]


def test_a_list_of_arrays_with_the_names_beside_it(tmp_path: Path) -> None:
    """One name a line."""
    path, names = export_classic(PEOPLE, tmp_path / "all.pkl", "list")
    value = load(path)
    assert isinstance(value, list)
    assert [array.shape for array in value] == [(128,)] * 3
    assert names == names_file(path)
    assert names.read_text(encoding="utf-8") == "Grace Hopper\nGrace Hopper\nJosé 李\n"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_was_exported_can_be_imported(tmp_path: Path, layout: Layout) -> None:
    """Into an empty gallery the same people with the same templates; again adds nothing."""
    export_classic(PEOPLE, tmp_path / "out", layout)
    vault = open_vault(DataFolder(tmp_path))
    files = GalleryFiles(tmp_path / "known_faces", vault)
    people = PeopleService(
        files, PictureFolder(tmp_path / "pictures", open_vault(DataFolder(tmp_path))), ENCODER
    )
    assert import_classic(tmp_path / "out", people).count("in") == 3
    assert import_classic(tmp_path / "out", people).count("already") == 3
    for before, after in zip(PEOPLE, people.list(), strict=True):
        assert after.display_name == before.display_name
        for old, new in zip(before.templates, after.templates, strict=True):
            assert np.allclose(old.encoding, new.encoding, atol=1e-12)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_old_numpy_can_read_it(tmp_path: Path, layout: Layout) -> None:
    """No name that only numpy 2 has."""
    for file in export_classic(PEOPLE, tmp_path / "out", layout):
        assert b"numpy._core" not in file.read_bytes()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_is_written_over(tmp_path: Path, layout: Layout) -> None:
    """Not one file is written when one of them is there."""
    files = export_classic(PEOPLE, tmp_path / "out", layout)
    files[0].unlink()
    files[-1].write_bytes(b"somebody's")
    with pytest.raises(ExportRefused, match="there already"):
        export_classic(PEOPLE, tmp_path / "out", layout)
    assert files[-1].read_bytes() == b"somebody's"
    assert len(files) == 1 or not files[0].exists()


def test_b17_a_name_leads_to_no_other_folder(tmp_path: Path) -> None:
    """Names become files that every system can have, each once."""
    names = ["../../x", "a/b", "a\\b", "CON", "Nul.txt", "...", "ss", "SS", "=cmd|'x'", "é" * 100]
    people = [StoredPerson.from_plain(person(name).to_plain()) for name in names]
    folder = tmp_path / "deep" / "er"
    files = export_classic(people, folder, "per-person")
    assert len({file.name.casefold() for file in files}) == len(names)
    assert all(file.parent == folder for file in files)
    assert sorted(folder.iterdir()) == sorted(files)
    assert not {file.stem.casefold() for file in files} & {"con", "nul", "nul.txt"}
    assert all(len(read_classic(file)) == 2 for file in files)


def test_a_disk_that_refuses_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And an unknown layout too."""

    def refuse(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(classic_export, "write_atomically", refuse)
    with pytest.raises(ExportRefused, match="No space left"):
        export_classic(PEOPLE, tmp_path / "all.pkl", "names")
    with pytest.raises(ExportRefused, match="no layout"):
        export_classic(PEOPLE, tmp_path / "all.pkl", "other")  # type: ignore[arg-type]


def test_numbers_of_another_model_are_not_written_as_dlibs(tmp_path: Path) -> None:
    """Whoever reads a classic file takes them for dlib's."""
    own = person("Ann", encoder=f"{RECIPE}/0123456789ab")
    with pytest.raises(ExportRefused, match="another face model"):
        export_classic((*PEOPLE, own), tmp_path / "all.pkl", "names")
    assert list(tmp_path.iterdir()) == []
