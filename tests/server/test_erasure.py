"""Erasing a person: everything goes, the receipt stays, and a backup brings nobody back."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from database.errors import DatabaseProblem
from protocol.copies import Offline
from server.backup import make_backup, place_for_backups
from server.data_folder import DataFolder
from server.encoders import InstalledEncoder
from server.open_data import OpenData
from server.people import PersonUnknown
from server.person_export import export_person
from server.pictures import thumbnail
from server.settings import ServerSettings
from server.unlocking import unlock_data
from tests.server.galleries import sample
from tests.server.wire import ENCODER, enrol, face, identify, new_id, served

CHIP = np.full((150, 150, 3), 99, dtype=np.uint8)


def opened(root: Path) -> OpenData:
    """Open data with pictures."""
    folder = DataFolder(root)
    data = OpenData(
        folder,
        unlock_data(folder, "the test"),
        encoder=InstalledEncoder(ENCODER),
        settings=lambda: ServerSettings(keep_pictures=True),
        post=lambda _event: None,
        on_log_state=lambda _state, _sentence: None,
    )
    data.open()
    return data


def test_everything_of_a_person_goes(tmp_path: Path) -> None:
    """Template, key, picture, the name in the history; others stay; the receipt names nobody."""
    heard: list[str] = []
    with served(tmp_path) as running, running.checkpoint() as gate:
        for name, seed in (("Grace Hopper", 1), ("Eileen Collins", 2)):
            gate.ask(enrol(name, face(seed)))
            gate.ask(identify(face(seed)))
        grace = running.grid.people.find("Grace Hopper")
        assert grace is not None
        running.grid._opened.erasure.listeners.append(heard.append)
        receipt = running.grid.erase_person(grace.subject_id, by="account:7")
        assert running.grid.people.find("Grace Hopper") is None
        rows = running.grid.history.query().rows
        assert [row.display_name for row in rows] == ["Eileen Collins", None]
        assert gate.ask(identify(face(1))).outcome == "not_enrolled"
        assert running.grid.people.find("Eileen Collins") is not None
    assert (receipt.samples, receipt.events, receipt.by) == (1, 2, "account:7"), (
        "named, and nearest"
    )
    assert heard == [grace.subject_id]
    for path in tmp_path.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"Hopper" not in data, path
            if path.parent.name != "erasures":
                assert path.name != f"{grace.subject_id}.pkl"


def test_a_backup_of_before_brings_nobody_back(tmp_path: Path) -> None:
    """The files and the history as they were: erased again at the next start."""
    data = opened(tmp_path / "data")
    grace = data.people.add("Grace Hopper", [sample(1)], picture=thumbnail(CHIP))
    data.close()
    shutil.copytree(tmp_path / "data", tmp_path / "backup")
    data = opened(tmp_path / "data")
    assert data.erasure.erase(data.people, grace.subject_id, by="os:ann").pictures == 1
    data.close()
    for name in ("known_faces", "pictures", "database"):
        shutil.rmtree(tmp_path / "data" / name)
        shutil.copytree(tmp_path / "backup" / name, tmp_path / "data" / name)
    data = opened(tmp_path / "data")
    assert len(data.people.gallery) == 0
    assert data.people.picture(grace.subject_id) is None
    data.close()
    assert not list((tmp_path / "data").rglob(f"{grace.subject_id}.pkl"))


def test_what_a_checkpoint_decided_before_it_heard_of_the_erasure_names_nobody_after_a_restart(
    tmp_path: Path,
) -> None:
    """It was alone meanwhile and sends it to a server that was started again: new, and again."""
    before = identify(face(1))
    with served(tmp_path) as running, running.checkpoint() as gate:
        gate.ask(enrol("Grace Hopper", face(1)))
        grace = gate.ask(before).subject_id
        running.grid.erase_person(grace, by="account:7")
    alone = Offline(outcome="identified", subject_id=grace, copy_version=1)
    with served(tmp_path) as running, running.checkpoint() as gate:
        for request in (identify(face(1, noise=0.01)), before):
            gate.ask(replace(request, id=new_id()[:8], late=True, offline=alone))
        rows = running.grid.history.query().rows
        assert [row.offline_outcome for row in rows] == ["identified", "identified"]
        assert {row.offline_subject_id for row in rows} == {None}


def test_an_erasure_that_a_crash_cut_short_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the next start, with who asked for it."""
    data = opened(tmp_path)
    grace = data.people.add("Grace Hopper", [sample(1)])

    def crash(_subject_id: str) -> None:
        raise DatabaseProblem("The power went.")

    with monkeypatch.context() as patched:
        patched.setattr(data.log, "erase_subject", crash)
        with pytest.raises(DatabaseProblem):
            data.erasure.erase(data.people, grace.subject_id, by="os:ann")
    unfinished = data.erasure.receipts.read(grace.subject_id)
    assert unfinished is not None
    assert unfinished.ended_at_ms is None
    data.close()
    data = opened(tmp_path)
    finished = data.erasure.receipts.read(grace.subject_id)
    data.close()
    assert finished is not None
    assert finished.ended_at_ms is not None
    assert finished.by == "os:ann"


def test_somebody_deleted_before_can_be_erased(tmp_path: Path) -> None:
    """Their rows in the history still had the name."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        gate.ask(enrol("Grace Hopper", face(1)))
        gate.ask(identify(face(1)))
        (grace,) = running.grid.people.list()
        running.grid.people.delete(grace.subject_id)
        assert running.grid.erase_person(grace.subject_id, by="account:7").events == 1
        assert running.grid.history.query().rows[0].display_name is None


def test_everything_about_one_person_is_written_out(tmp_path: Path) -> None:
    """Templates, consent, events; for their owner alone."""
    with served(tmp_path / "data") as running, running.checkpoint() as gate:
        gate.ask(enrol("Grace Hopper", face(1)))
        gate.ask(identify(face(1)))
        (grace,) = running.grid.people.list()
        paths = running.grid.export_person(grace.subject_id, tmp_path / "out", by="account:7")
        assert [path.name for path in paths] == ["person.json", "events.json", "read-me.html"]
        assert all(path.stat().st_mode & 0o077 == 0 for path in paths)
        text = paths[0].read_text() + paths[1].read_text()
        for told in ("Grace Hopper", "I agree.", "account:7", '"identified"', '"version": 1'):
            assert told in text
        with pytest.raises(PersonUnknown):
            export_person(
                running.grid.people,
                running.grid.history,
                "0" * 32,
                tmp_path / "none",
                by="account:7",
                names={},
                now_ms=0,
            )


def test_an_enrolment_sent_again_after_the_erasure_is_refused(tmp_path: Path) -> None:
    """Also after a restart; the guard is told what to do, and new pictures are taken in."""
    request = enrol("Grace Hopper", face(1), face(1, noise=0.1))
    with served(tmp_path) as running, running.checkpoint() as gate:
        assert gate.ask(request).kind == "enrolled"
        (grace,) = running.grid.people.list()
        assert gate.ask(replace(request, id="1")).kind == "enrolled", "its answer was lost"
        running.grid.erase_person(grace.subject_id, by="account:7")
        assert (
            request.enrolment_id
            not in (tmp_path / "erasures" / f"{grace.subject_id}.json").read_text()
        )
    with served(tmp_path) as running, running.checkpoint() as gate:
        refused = gate.ask(request)
        assert (refused.code, refused.retryable) == ("erased", False)
        assert "take new pictures" in refused.message
        assert running.grid.people.list() == ()
        assert gate.ask(enrol("Grace Hopper", face(1))).kind == "enrolled"


def test_who_was_deleted_first_is_not_enrolled_anew_either(tmp_path: Path) -> None:
    """Over starts in between; the receipt knows of what, and nothing else remembers it then."""
    request = enrol("Grace Hopper", face(1))
    note = tmp_path / "erasures" / "deleted.sealed"
    with served(tmp_path) as running, running.checkpoint() as gate:
        assert gate.ask(request).kind == "enrolled"
        (grace,) = running.grid.people.list()
        running.grid.people.delete(grace.subject_id)
        assert note.exists()
    with served(tmp_path) as running, running.checkpoint() as gate:
        receipt = running.grid.erase_person(grace.subject_id, by="account:7")
        assert len(receipt.enrolments) == 1
        assert gate.ask(request).code == "erased"
        assert not note.exists()
    with served(tmp_path) as running, running.checkpoint() as gate:
        assert gate.ask(replace(request, id="2")).code == "erased"
        assert running.grid.people.list() == ()


@pytest.mark.parametrize("first", [False, True])
def test_who_was_deleted_and_sent_again_is_one_person(tmp_path: Path, first: bool) -> None:
    """Erased by the one id or the other: gone from the gallery and the history under both."""
    request = enrol("Grace Hopper", face(1))
    with served(tmp_path) as running, running.checkpoint() as gate:
        ids = []
        for again in ("1", "2"):
            assert gate.ask(replace(request, id=again)).kind == "enrolled"
            gate.ask(identify(face(1)))
            (grace,) = running.grid.people.list()
            ids.append(grace.subject_id)
            if again == "1":
                running.grid.people.delete(grace.subject_id)
        other = gate.ask(enrol("Ada Lovelace", face(2))).subject_id
        one, also = (ids[0], ids[1]) if first else (ids[1], ids[0])
        receipt = running.grid.erase_person(one, by="account:7")
        assert [person.subject_id for person in running.grid.people.list()] == [other]
        assert {row.display_name for row in running.grid.history.query().rows} == {None}
        assert (receipt.also, receipt.samples, receipt.events) == ((also,), 1, 2)
        note = running.grid.receipt(also)
        assert note is not None
        assert note.ended_at_ms is not None
        assert gate.ask(replace(request, id="3")).code == "erased"
    assert not (tmp_path / "erasures" / "deleted.sealed").exists()


def test_a_crash_leaves_no_other_id_of_the_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are finished at the next start."""
    data = opened(tmp_path)
    people = [
        data.people.add(name, [replace(sample(1), enrolment_id="e1", content="c" * 64)])
        for name in ("Grace Hopper", "Grace H.")
    ]

    def crash(_subject_id: str) -> None:
        raise DatabaseProblem("The power went.")

    with monkeypatch.context() as patched:
        patched.setattr(data.log, "erase_subject", crash)
        with pytest.raises(DatabaseProblem):
            data.erasure.erase(data.people, people[0].subject_id, by="os:ann")
    data.close()
    data = opened(tmp_path)
    found, broken = data.erasure.receipts.all()
    assert (data.people.list(), broken) == ((), ())
    data.close()
    assert {one.subject_id for one in found} == {one.subject_id for one in people}
    assert all(one.ended_at_ms for one in found)


def test_a_disk_that_refuses_keeps_nobody_enrolled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Who is deleted goes, noted or not; the log says that it was not."""

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    data = opened(tmp_path)
    grace = data.people.add("Grace Hopper", [sample(1)])
    monkeypatch.setattr("server.deletions.write_atomically", full)
    data.people.delete(grace.subject_id)
    assert data.people.list() == ()
    data.close()
    assert "deletion_not_noted" in [record.getMessage() for record in caplog.records]


def test_the_copies_of_before_are_cleaned_and_the_receipt_says_so(tmp_path: Path) -> None:
    """Those of a crash at the next start; a restore makes what it set aside due again."""
    data = opened(tmp_path)
    grace = data.people.add("Grace Hopper", [sample(1)])
    assert data.erasure.clean_copies() == ()
    backup = make_backup(
        data.folder, data.vault, place_for_backups(data.folder, ServerSettings())
    ).path
    assert data.erasure.erase(data.people, grace.subject_id, by="os:ann").backups == 1
    assert data.erasure.copies_due
    data.close()

    data = opened(tmp_path)
    assert data.erasure.copies_due
    assert data.erasure.clean_copies() == ()
    assert not data.erasure.copies_due
    receipt = data.erasure.receipts.read(grace.subject_id)
    assert receipt is not None
    assert receipt.copies_ended_at_ms is not None
    assert f"{grace.subject_id}.pkl".encode() not in backup.read_bytes()
    data.close()

    data = opened(tmp_path)
    assert not data.erasure.copies_due
    data.close()
    (tmp_path / "erasures" / "applied.note").unlink()  # as a restore does
    data = opened(tmp_path)
    assert data.erasure.copies_due
    # Somebody puts a backup back that cannot be used: it is told, and the receipt says so again.
    data.erasure.erase(data.people, grace.subject_id, by="os:ann")
    backup.write_bytes(backup.read_bytes()[:5000])
    (problem,) = data.erasure.clean_copies()
    assert backup.name in problem
    assert data.erasure.copies_due
    receipt = data.erasure.receipts.read(grace.subject_id)
    data.close()
    assert receipt is not None
    assert receipt.copies_ended_at_ms is None
