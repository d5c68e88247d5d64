"""A folder of a version that sealed nothing: taken over once, plain files of later set aside."""

from pathlib import Path

import numpy as np
import pytest

from server.data_folder import DataFolder
from server.gallery_files import GalleryFiles
from server.pictures import PictureFolder, thumbnail
from server.safe_pickle import dump_primitives
from server.strangers_file import PURPOSE, Stranger, read_bytes, to_bytes
from server.take_over import take_over
from server.vault import open_vault
from tests.server.people_examples import ENCODER, person

CHIP = np.full((150, 150, 3), 99, dtype=np.uint8)


def old_folder(root: Path) -> DataFolder:
    """As the last version left it: one person with a picture, a stranger, a report, a ledger."""
    folder, one = DataFolder(root), person("Grace Hopper", subject_id="a" * 32)
    files = {
        f"known_faces/{one.subject_id}.pkl": dump_primitives(one.to_plain()),
        f"known_faces/.{one.subject_id}.pkl.x.tmp": b"Grace Hop",
        f"pictures/{one.subject_id}.jpg": thumbnail(CHIP),
        "database/strangers.pkl": to_bytes(ENCODER, [Stranger(np.eye(128)[0], 1)]),
        "database/strangers.pkl.damaged": b"strangers",
        "database/refused-photos.jsonl": b'{"reason": "Grace Hopper is known"}\n',
        "evaluation/report.html": b"Grace Hopper",
    }
    for name, data in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(data)
    return folder


def test_everything_is_sealed_once(tmp_path: Path) -> None:
    """All are there as before; in no file is anything in clear; told in one sentence."""
    folder = old_folder(tmp_path)
    vault = open_vault(folder)
    assert vault.file.taking_over
    sentence = take_over(folder, vault)
    assert "1 person, 1 picture and 1 stranger of" in sentence
    assert take_over(folder, vault) == ""
    again = open_vault(folder)
    assert not again.file.taking_over
    (one,) = GalleryFiles(folder.known_faces, again).load().people
    assert one.display_name == "Grace Hopper"
    assert PictureFolder(folder.pictures, again).read(one.subject_id) == thumbnail(CHIP)
    data = read_bytes(folder.strangers, again.sealer(PURPOSE))
    assert data == to_bytes(ENCODER, [Stranger(np.eye(128)[0], 1)])
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(told in content for told in (b"Grace", b"Hopper", b"\xff\xd8\xff"))
            assert b"facenetgrid-strangers" not in content


def test_a_crash_in_the_middle_is_gone_on_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The people sealed, the pictures not yet."""
    folder = old_folder(tmp_path)

    def crash(_self: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(PictureFolder, "take_over", crash)
        with pytest.raises(KeyboardInterrupt):
            take_over(folder, open_vault(folder))
    vault = open_vault(folder)
    assert "0 people, 1 picture and" in take_over(folder, vault)
    assert len(GalleryFiles(folder.known_faces, vault).load().people) == 1


def test_a_plain_file_of_later_is_set_aside(tmp_path: Path) -> None:
    """A vault that was made in an empty folder takes nothing over, ever."""
    folder = DataFolder(tmp_path)
    open_vault(folder)
    old_folder(tmp_path)
    vault = open_vault(folder)
    assert take_over(folder, vault) == ""
    loaded = GalleryFiles(folder.known_faces, vault).load()
    assert loaded.people == ()
    assert "not sealed" in loaded.set_aside[0].reason


def test_strangers_that_cannot_be_used_go(tmp_path: Path) -> None:
    """Nobody could read them; they are nobody's to keep."""
    folder = old_folder(tmp_path)
    (tmp_path / "database" / "strangers.pkl").write_bytes(b"bad")
    assert "0 strangers" in take_over(folder, open_vault(folder))
    assert not list((tmp_path / "database").glob("strangers*"))
