"""The people of a data folder, evaluated from their files."""

import os
from pathlib import Path

import numpy as np
import pytest

from desktop.settings import SettingsError, save
from server.data_folder import DataFolder
from server.evaluation import (
    evaluate_site,
    latest_site,
    stored_gallery,
    stored_strangers,
    write_site,
)
from server.gallery_files import GalleryFiles
from server.settings import ServerSettings
from server.strangers_file import PURPOSE, Stranger, seal, to_bytes
from server.vault import open_vault
from tests.server.people_examples import ENCODER, encoding, person, template


def data_of(root: Path, *names: str) -> DataFolder:
    """A data folder with these people, two samples each."""
    folder = DataFolder(root)
    files = GalleryFiles(folder.known_faces, open_vault(folder))
    folder.known_faces.mkdir(parents=True)
    for name in names:
        files.write(person(name))
    return folder


def test_people_and_what_is_left_out(tmp_path: Path) -> None:
    """Files that cannot be read and people of another encoder are named, the others count."""
    folder = data_of(tmp_path, "Ann", "Bob")
    GalleryFiles(folder.known_faces, open_vault(folder)).write(person("Cem", encoder="another"))
    (folder.known_faces / f"{'0' * 32}.pkl").write_bytes(b"")
    gallery, left_out = stored_gallery(folder, open_vault(folder), ENCODER)
    assert sorted(one.display_name for one in gallery.people) == ["Ann", "Bob"]
    assert len(left_out) == 2
    assert any("Cem was enrolled with another face model" in one for one in left_out)


def test_templates_and_strangers_of_another_length(tmp_path: Path) -> None:
    """Files that name our face model and could not be compared with anybody."""
    folder = data_of(tmp_path, "Ann")
    wide = template(1, encoding=tuple(float(n) for n in np.eye(512)[0]))
    GalleryFiles(folder.known_faces, open_vault(folder)).write(person("Bob", templates=(wide,)))
    folder.strangers.parent.mkdir(parents=True, exist_ok=True)
    folder.strangers.write_bytes(
        seal(to_bytes(ENCODER, [Stranger(np.eye(64)[0], 1)]), open_vault(folder).sealer(PURPOSE))
    )
    gallery, left_out = stored_gallery(folder, open_vault(folder), ENCODER)
    assert [one.display_name for one in gallery.people] == ["Ann"]
    assert left_out == ["Bob: templates have 512 numbers."]
    assert stored_strangers(folder, open_vault(folder), ENCODER) is None


def test_a_file_that_a_server_is_writing_is_left_alone(tmp_path: Path) -> None:
    """The evaluation holds no lock: what looks like a leftover may be a person being enrolled."""
    folder = data_of(tmp_path, "Ann")
    writing = folder.known_faces / f".{'a' * 32}.pkl.x.tmp"
    writing.write_bytes(b"half a person")
    stored_gallery(folder, open_vault(folder), ENCODER)
    assert writing.exists()


def test_the_target_of_the_settings_counts(tmp_path: Path) -> None:
    """And the report is written for its owner, and read again."""
    folder = data_of(tmp_path, "Ann", "Bob")
    save(ServerSettings(strangers_named_per_1000=10), folder.settings)
    result = evaluate_site(folder, open_vault(folder), ENCODER, now_ms=1_790_000_000_000)
    assert (result["people"], result["policy"]["per_1000"]) == (2, 10)
    assert latest_site(folder.evaluation) is None
    paths = write_site(result, folder.evaluation)
    assert [path.suffix for path in paths] == [".json", ".md", ".html", ".pdf"]
    again = latest_site(folder.evaluation)
    assert again is not None
    assert again["people"] == 2
    if os.name == "posix":
        assert paths[0].stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["", "[1]", '{"format": 99}', "{"])
def test_a_report_that_is_none(tmp_path: Path, text: str) -> None:
    """Is none, not an error."""
    (tmp_path / "report.json").write_text(text)
    assert latest_site(tmp_path) is None


def test_settings_that_cannot_be_used(tmp_path: Path) -> None:
    """Their own sentence."""
    folder = data_of(tmp_path, "Ann")
    folder.settings.write_text("{")
    with pytest.raises(SettingsError):
        evaluate_site(folder, open_vault(folder), ENCODER, now_ms=0)


def test_strangers_count_where_they_are_kept(tmp_path: Path) -> None:
    """Those of this encoder, when the setting allows them; a damaged file is no reason to stop."""
    folder = data_of(tmp_path, "Ann", "Bob")
    kept = [Stranger(encoding(seed, length=1.0), 1) for seed in range(1000, 1250)]
    folder.strangers.parent.mkdir(parents=True)
    vault = open_vault(folder)
    folder.strangers.write_bytes(seal(to_bytes(ENCODER, kept), vault.sealer(PURPOSE)))
    assert evaluate_site(folder, vault, ENCODER, now_ms=0)["policy"]["strangers"] == 0
    save(ServerSettings(keep_strangers=True), folder.settings)
    assert evaluate_site(folder, vault, ENCODER, now_ms=0)["policy"]["strangers"] == 250
    assert stored_strangers(folder, vault, "another") is None
    folder.strangers.write_bytes(b"no")
    assert evaluate_site(folder, vault, ENCODER, now_ms=0)["policy"]["strangers"] == 0
