"""Enrolment from photos: every file accounted for, nothing done twice, also after a kill."""

import hashlib
import threading
from pathlib import Path

import pytest

from server.events import PhotoProgress, PhotoReport
from server.gallery_files import GalleryFileError, GalleryFiles
from server.people import PeopleService
from server.photo_enrolment import BATCH, PhotoEnrolment
from server.photo_scan import FolderUnusable
from tests.server.galleries import (
    BLUE,
    BROKEN,
    CONSENT,
    GREEN,
    NOBODY,
    RED,
    Visions,
    jpeg,
    people_service,
    put,
)
from tests.server.vaults import refused_photos
from tests.server.wire import ENCODER, face


class Bench:
    """A gallery in `root/data`, pictures in `root/pictures`, and what was looked at."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.pictures = root / "pictures"
        self.visions = Visions()
        self.people: PeopleService = people_service(root / "data")

    def run(self, *, although_known: str = "", **options: object) -> PhotoReport:
        """One run, as after a fresh start of the program."""
        self.people = people_service(self.root / "data")
        self.visions = Visions()
        refused = refused_photos(self.root / "data" / "refused.jsonl", ENCODER)
        work = PhotoEnrolment(
            self.people, refused, self.visions, consent=CONSENT, although_known=although_known
        )
        return work.run(self.pictures, **options)  # type: ignore[arg-type]

    @property
    def looks(self) -> int:
        """How many pictures the last run really looked at."""
        return len(self.visions.looked)


YELLOW = (200, 200, 20)
_ONE_STRAIGHT = "1 sample, straight: add two, turned a little left and right."


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Two people with pictures, one without a usable one, and junk."""
    made = Bench(tmp_path)
    put(
        made.pictures,
        {
            "Ann_Lee/1.png": jpeg(RED, mark=1),
            "Ann_Lee/2.png": jpeg(RED, mark=2),
            "Ann_Lee/nobody.png": jpeg(NOBODY),
            "Bob.png": jpeg(BLUE),
            "Carl/notes.txt": b"junk",
        },
    )
    return made


def test_every_file_is_accounted_for(bench: Bench) -> None:
    """In, or refused with its reason; several pictures make one person with several templates."""
    report = bench.run()
    assert [(row.path, row.person, row.result) for row in report.rows] == [
        ("Ann_Lee/1.png", "Ann Lee", "in"),
        ("Ann_Lee/2.png", "Ann Lee", "in"),
        ("Ann_Lee/nobody.png", "Ann Lee", "refused"),
        ("Bob.png", "Bob", "in"),
        ("Carl/notes.txt", "Carl", "refused"),
    ]
    assert all(row.reason for row in report.rows if row.result == "refused")
    # What a person's samples show is said once, with the last of them.
    said = [row.reason for row in report.rows if row.result == "in"]
    assert said == ["", "Both straight: add one turned a little.", _ONE_STRAIGHT]
    assert not report.cancelled
    ann = bench.people.find("Ann Lee")
    assert ann is not None
    assert len(ann.templates) == 2
    assert ann.templates[0].source == "photo 1.png"
    assert bench.people.find("Carl") is None


def test_idempotent_by_content(bench: Bench) -> None:
    """The same folder again looks at nothing, also with files renamed and moved."""
    bench.run()
    first = bench.people.gallery.samples
    (bench.pictures / "Bob.png").rename(bench.pictures / "Bob Ross.png")
    report = bench.run()
    assert bench.looks == 0
    assert report.count("already") == 3
    assert report.count("refused") == 2
    assert bench.people.gallery.samples == first
    assert [row.reason for row in report.rows if row.path == "Bob Ross.png"] == [
        "This picture is enrolled as Bob."
    ]


def test_a_new_picture_is_added_to_its_person(bench: Bench) -> None:
    """Later pictures of the same name, in any case of letters, become templates."""
    bench.run()
    put(bench.pictures, {"ANN LEE.png": jpeg(RED, mark=3)})
    report = bench.run()
    assert report.count("in") == 1
    assert bench.looks == 1
    ann = bench.people.find("ann lee")
    assert ann is not None
    assert len(ann.templates) == 3


def test_the_same_picture_twice_in_a_folder(bench: Bench) -> None:
    """A copy is there already, within one run too."""
    put(bench.pictures, {"Bob copy/1.png": jpeg(BLUE), "Bob/a.png": jpeg(BLUE)})
    report = bench.run()
    results = sorted(row.result for row in report.rows if "Bob" in row.path)
    assert results == ["already", "already", "in"]


def test_a_face_that_is_enrolled_under_another_name_needs_a_reason(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """Refused with the name it has; with a reason it goes in, and the reason is logged."""
    bench.run()
    put(bench.pictures, {"Zoe.png": jpeg(RED, mark=77)})
    for _ in range(2):  # a refusal that is not remembered as one of the picture
        (row,) = [row for row in bench.run().rows if row.path == "Zoe.png"]
        assert row.result == "refused"
        assert "enrolled as Ann Lee" in row.reason
        assert bench.people.find("Zoe") is None
    report = bench.run(although_known="twins,  asked both")
    (row,) = [row for row in report.rows if row.path == "Zoe.png"]
    assert row.result == "in"
    assert "Enrolled as Ann Lee too: twins, asked both" in row.reason
    assert bench.people.find("Zoe") is not None
    (told,) = [each for each in caplog.records if each.message == "enrolment_override"]
    assert told.__dict__["event_fields"]["reason"] == "twins, asked both"
    # People stand in a log by their ids: it lies in clear.
    assert "Ann" not in str(told.__dict__)
    assert "Zoe" not in str(told.__dict__)


def test_one_known_face_keeps_a_newcomers_pictures_out(bench: Bench) -> None:
    """The others would enrol the same face; of somebody enrolled only that picture is refused."""
    bench.run()
    put(bench.pictures, {"Zoe/1.png": jpeg(RED, mark=77), "Zoe/2.png": jpeg(RED, mark=78)})
    rows = {row.path: row for row in bench.run().rows}
    assert [rows[f"Zoe/{n}.png"].result for n in (1, 2)] == ["refused", "refused"]
    assert bench.people.find("Zoe") is None


def test_two_faces_in_one_folder_do_not_become_one_person(bench: Bench) -> None:
    """The first picture says who it is; another face is refused, also in a later run."""
    put(bench.pictures, {"Mix/1.png": jpeg(GREEN, mark=1), "Mix/2.png": jpeg(YELLOW, mark=2)})
    for _ in range(2):
        report = bench.run()
        (row,) = [row for row in report.rows if row.path == "Mix/2.png"]
        assert row.result == "refused"
        assert "Another face" in row.reason
        mixed = bench.people.find("Mix")
        assert mixed is not None
        assert len(mixed.templates) == 1
    (bench.pictures / "Mix/1.png").unlink()
    bench.people.delete(mixed.subject_id)
    (row,) = [row for row in bench.run().rows if row.path == "Mix/2.png"]
    assert row.result == "in"


def test_a_failure_is_tried_again(bench: Bench) -> None:
    """A broken engine is no refusal: the picture is looked at the next time."""
    put(bench.pictures, {"Dora.png": jpeg(BROKEN)})
    assert bench.run().count("failed") == 1
    assert bench.run().count("failed") == 1
    assert bench.looks == 1


def test_cancelled_and_started_again(bench: Bench) -> None:
    """What was in stays in; the next run does the rest and nothing twice."""
    for number in range(20):
        put(bench.pictures, {f"Person {number}.png": jpeg((number, 90, 9), mark=number)})
    cancel = threading.Event()
    seen: list[PhotoProgress] = []

    def stop_early(progress: PhotoProgress) -> None:
        seen.append(progress)
        if progress.done >= 6:
            cancel.set()

    first = bench.run(progress=stop_early, cancel=cancel)
    assert first.cancelled
    assert 6 <= len(first.rows) < 25
    assert seen[0].total == 25
    looked = bench.looks
    second = bench.run()
    assert not second.cancelled
    assert len(second.rows) == 25
    assert looked + bench.looks == 24
    assert second.count("in") + second.count("already") + second.count("refused") == 25


def test_killed_in_the_middle(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that dies loses a few pictures' work at most: everything kept is not redone."""
    for number in range(40):
        put(bench.pictures, {f"P{number:02}.png": jpeg((number, 90, 9), mark=number)})
    writes: list[int] = []
    usual = GalleryFiles.write

    def die_after_ten(self: GalleryFiles, person: object) -> None:
        writes.append(1)
        if len(writes) > 10:
            raise KeyboardInterrupt
        usual(self, person)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(GalleryFiles, "write", die_after_ten)
        with pytest.raises(KeyboardInterrupt):
            bench.run()
    looked = bench.looks
    report = bench.run()
    assert report.count("already") == 10 + 1
    assert looked + bench.looks <= 44 + 3 * BATCH
    assert len(bench.people.gallery) == 42


def test_a_full_disk_ends_the_run_with_a_sentence(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F5: nothing is reported as in that is not on the disk."""

    def full(*_args: object) -> None:
        raise GalleryFileError("The disk is full.")

    monkeypatch.setattr(GalleryFiles, "write", full)
    with pytest.raises(GalleryFileError):
        bench.run()
    assert len(bench.people.gallery) == 0


def test_b22_a_folder_of_nothing(bench: Bench, tmp_path: Path) -> None:
    """B22: an empty folder and a missing one are told in a sentence."""
    bench.pictures = tmp_path / "nowhere"
    with pytest.raises(FolderUnusable, match="nowhere"):
        bench.run()


def test_pictures_are_kept_when_allowed(bench: Bench) -> None:
    """With permission the person gets the chip of the first picture, else nothing."""
    bench.run()
    assert not (bench.root / "data" / "pictures").exists()
    put(bench.pictures, {"Eve.png": jpeg(GREEN)})
    people = people_service(bench.root / "data", keep_pictures=lambda: True)
    refused = refused_photos(bench.root / "data" / "refused.jsonl", ENCODER)
    PhotoEnrolment(people, refused, Visions(), consent=CONSENT).run(bench.pictures)
    eve = people.find("Eve")
    assert eve is not None
    picture = people.picture(eve.subject_id)
    assert picture is not None
    assert picture.startswith(b"\xff\xd8")


def test_what_is_enrolled_is_recognised(bench: Bench) -> None:
    """A face near the fused pictures is that person."""
    bench.run()
    seed = RED[0] * 7 + RED[1] * 3 + RED[2]
    found = bench.people.recognise(face(seed))
    assert found is not None
    assert found.display_name == "Ann Lee"
    sha256 = hashlib.sha256(jpeg(BLUE)).hexdigest()
    owner = bench.people.owner_of(sha256)
    assert owner is not None
    assert owner.display_name == "Bob"
