"""How each store is renewed: every purpose is in the list, and what must stay as it was does."""

import os
from pathlib import Path

from server import renewed_stores
from server.administration import command_line
from server.books import open_books
from server.data_folder import DataFolder
from server.gallery_files import GalleryFiles
from server.key_acts import new_vault
from server.keys_of_then import OF_BACKUPS
from server.manifest import NAME, Manifest
from server.purposes import Purpose
from server.receipts import Receipts
from server.renewed_stores import CARRIED, STORES, Work
from tests.server.lived_in import Lived, lived_in


def worked(lived: Lived, *names: str) -> Work:
    """Some stores, renewed into a folder beside."""
    new = DataFolder(lived.folder.root.parent / "new")
    after = new_vault(new, lived.vault, carry=CARRIED, keyring=lambda: None)
    told: list[tuple[str, int, int]] = []
    work = Work(lived.folder, new, lived.vault, after, lambda *said: told.append(said))
    for name in names or STORES:
        STORES[name].renew(work)
    assert all(done <= total for _what, done, total in told)
    return work


def test_every_purpose_is_renewed_by_one_store() -> None:
    """A purpose that is added has to be added here: else its data are lost at a renewal."""
    named = [purpose for store in STORES.values() for purpose in store.purposes]
    assert sorted(named) == sorted(set(Purpose) - {Purpose.AUDIT})
    assert set(CARRIED) < set(named)


def test_people_keep_revision_and_number_and_get_a_key_each(tmp_path: Path) -> None:
    """Nothing looks older than it was; and what was deleted stays deleted."""
    lived = lived_in(tmp_path)
    before = Manifest(
        lived.folder.known_faces / NAME,
        lived.folder.people_anchor,
        lived.vault.key(Purpose.PEOPLE_LIST),
    )
    before.open()
    work = worked(lived, "people")
    files = GalleryFiles(work.new.known_faces, work.after, anchor=work.new.people_anchor)
    loaded = files.load()
    assert [one.display_name for one in loaded.people] == ["Grace Hopper"]
    assert (loaded.alarms, loaded.set_aside) == ((), ())
    after = Manifest(
        work.new.known_faces / NAME, work.new.people_anchor, work.after.key(Purpose.PEOPLE_LIST)
    )
    after.open()
    (subject_id,) = after.entries
    assert after.get(subject_id).revision == before.get(subject_id).revision  # type: ignore[union-attr]
    assert after.number == before.number + 1
    assert after.gone == before.gone != {}
    assert before.alarms == ()


def test_pictures_keep_their_day_and_receipts_their_digest(tmp_path: Path) -> None:
    """By the day they are forgotten; by the digest a receipt on paper is known."""
    lived = lived_in(tmp_path)
    (picture,) = lived.folder.pictures.iterdir()
    os.utime(picture, ns=(10**18, 10**18))
    stranger = lived.folder.pictures / f"{'f' * 32}.sealed"
    stranger.write_bytes(picture.read_bytes())  # another person's: nobody can see it
    work = worked(lived, "pictures", "receipts")
    (again,) = work.new.pictures.iterdir()
    assert again.stat().st_mtime_ns == 10**18
    receipts = [
        Receipts(folder.erasures, vault.key(Purpose.RECEIPTS)).all()[0]
        for folder, vault in ((work.folder, work.before), (work.new, work.after))
    ]
    assert receipts[0] == receipts[1] != ()
    assert receipts[0][0].digest == receipts[1][0].digest


def test_what_is_there_is_not_touched(tmp_path: Path) -> None:
    """All stores are only read; an empty folder of data has nothing to be renewed."""
    lived = lived_in(tmp_path)
    open_books(lived.folder, lived.vault).audit.record("test", command_line())

    def state() -> dict[Path, bytes]:
        found = lived.folder.root.rglob("*")
        return {
            path: path.read_bytes()
            for path in found
            if path.is_file() and not path.name.endswith((".lock", "-wal", "-shm"))
        }

    before = state()
    worked(lived)
    assert state() == before
    empty = Lived(DataFolder(tmp_path / "empty"), lived.vault, lived.backup)
    (tmp_path / "empty").mkdir()
    other = Work(empty.folder, DataFolder(tmp_path / "none"), lived.vault, lived.vault, print)
    for store in STORES.values():
        store.renew(other)
    assert list((tmp_path / "none").rglob("*")) == []
    assert (Purpose.ENROLMENTS, Purpose.REPLAYS, *OF_BACKUPS) == renewed_stores.CARRIED
