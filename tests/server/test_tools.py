"""The commands: enrol, import, export; sentences, exit codes, JSON, interrupted and again."""

import hashlib
import io
import json
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from biometrics.quality_modes import LIMITS
from desktop.settings import save
from server.data_folder import DataFolder
from server.encoders import InstalledEncoder
from server.mend_tool import mend
from server.settings import ServerSettings
from server.tools import enrol, export_people, import_people
from tests.server.galleries import (
    BLUE,
    BROKEN,
    NOBODY,
    RED,
    Visions,
    jpeg,
    people_service,
    put,
    sample,
)
from tests.server.programs import ROOT
from tests.server.wire import ENCODER, face


class Ran:
    """What a command answered, wrote, and wrote as an error."""

    def __init__(self, code: int, out: io.StringIO, err: io.StringIO) -> None:
        self.code = code
        self.out = out.getvalue()
        self.err = err.getvalue()


GROUND = "the form of the test"


def opened(_network: str) -> InstalledEncoder:
    """A face model that is not there."""
    return InstalledEncoder(ENCODER)


def run_enrol(root: Path, pictures: Path, *, as_json: bool = False) -> Ran:
    """The command with a fake vision."""
    out, err = io.StringIO(), io.StringIO()
    code = enrol(
        DataFolder(root),
        pictures,
        as_json=as_json,
        workers=2,
        ground=GROUND,
        encoder=opened,
        vision_factory=Visions(),
        out=out,
        err=err,
    )
    return Ran(code, out, err)


def test_enrol_reports_each_file(tmp_path: Path) -> None:
    """One line a file with its reason, a count at the end; 0 when all is accounted for."""
    pictures = put(tmp_path / "p", {"Ann/1.png": jpeg(RED), "Bob.png": jpeg(NOBODY)})
    ran = run_enrol(tmp_path / "data", pictures)
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0].startswith("in       Ann/1.png  1 sample, straight: add two")
    assert lines[1].startswith("refused  Bob.png  No face")
    assert lines[2].startswith("2 files: 1 in, 1 refused, 0 already, 0 failed")


def test_nobody_is_enrolled_without_a_ground(tmp_path: Path) -> None:
    """A sentence with the option; stated later, it is noted at those who are in already."""
    pictures = put(tmp_path / "p", {"Ann/1.png": jpeg(RED)})
    folder, err = DataFolder(tmp_path / "data"), io.StringIO()
    said = {"as_json": False, "workers": 1, "encoder": opened, "vision_factory": Visions()}
    assert enrol(folder, pictures, err=err, **said) == 1
    assert import_people(folder, pictures, encoder=opened, err=err) == 1
    assert err.getvalue().count('--consent "paper form of 2026-11-01"') == 2
    assert not folder.known_faces.exists()
    people = people_service(tmp_path / "data")
    ann = people.add(
        "Ann", [sample(1, picture_sha256=hashlib.sha256(jpeg(RED)).hexdigest())]
    ).subject_id
    assert people.without_consent() == {ann}
    assert run_enrol(tmp_path / "data", pictures).code == 0
    consent = people_service(tmp_path / "data").consent(ann)
    assert consent is not None
    assert (consent["ground"], str(consent["ground_by"])[:3]) == (GROUND, "os:")
    log = (folder.audit / "audit.jsonl").read_text()
    assert "enrol photos" in log
    assert GROUND not in log, "it may name somebody"


def test_enrol_json(tmp_path: Path) -> None:
    """`--json` is one object with the counts and every row."""
    pictures = put(tmp_path / "p", {"Ann/1.png": jpeg(RED), "Bob.png": jpeg(BLUE)})
    summary = json.loads(run_enrol(tmp_path / "data", pictures, as_json=True).out)
    assert (summary["in"], summary["files"], summary["people"]) == (2, 2, 2)
    again = json.loads(run_enrol(tmp_path / "data", pictures, as_json=True).out)
    assert (again["in"], again["already"]) == (0, 2)
    assert again["rows"][0] == {
        "path": "Ann/1.png",
        "person": "Ann",
        "result": "already",
        "reason": "",
    }


def test_enrol_keeps_pictures_only_when_the_settings_say_so(tmp_path: Path) -> None:
    """The command heeds what the administrator set in the window."""
    pictures = put(tmp_path / "p", {"Ann.png": jpeg(RED)})
    for name, keep in (("a", False), ("b", True)):
        folder = DataFolder(tmp_path / name)
        save(ServerSettings(keep_pictures=keep), folder.settings)
        assert run_enrol(tmp_path / name, pictures).code == 0
        assert folder.pictures.exists() == keep
    folder.settings.write_text("junk")
    ran = run_enrol(tmp_path / "b", pictures)
    assert ran.code == 1
    assert "settings" in ran.err


def test_enrol_with_a_broken_engine(tmp_path: Path) -> None:
    """A failure is no success for whoever looks at the exit code."""
    pictures = put(tmp_path / "p", {"Ann.png": jpeg(BROKEN)})
    assert run_enrol(tmp_path / "data", pictures).code == 1


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_b22_enrol_from_nothing(tmp_path: Path, name: str) -> None:
    """B22: a missing or empty folder is a sentence and exit code 1."""
    (tmp_path / "empty").mkdir()
    ran = run_enrol(tmp_path / "data", tmp_path / name)
    assert ran.code == 1
    assert name in ran.err
    assert "Traceback" not in ran.err


def test_f16_enrol_while_the_data_are_in_use(tmp_path: Path) -> None:
    """F16: while a server runs on the data, enrol says who it is and does nothing."""
    other = DataFolder(tmp_path / "data")
    other.lock("the server 'Lobby'")
    ran = run_enrol(tmp_path / "data", put(tmp_path / "p", {"Ann.png": jpeg(RED)}))
    other.unlock()
    assert ran.code == 1
    assert "Lobby" in ran.err
    assert str(os.getpid()) in ran.err


def test_export_and_import_again(tmp_path: Path) -> None:
    """What is exported can be imported elsewhere, once."""
    run_enrol(tmp_path / "a", put(tmp_path / "p", {"Ann.png": jpeg(RED), "Bob.png": jpeg(BLUE)}))
    target = tmp_path / "people.pickle"
    out, err = io.StringIO(), io.StringIO()
    options = {"encoder": opened, "out": out, "err": err}
    assert export_people(DataFolder(tmp_path / "a"), target, layout="names", **options) == 0
    assert "2 people exported" in out.getvalue()
    assert import_people(DataFolder(tmp_path / "b"), target, ground=GROUND, **options) == 0
    assert "2 in" in out.getvalue()
    assert import_people(DataFolder(tmp_path / "b"), target, ground=GROUND, **options) == 0
    names = [person.display_name for person in people_service(tmp_path / "b").list()]
    assert names == ["Ann", "Bob"]
    assert export_people(DataFolder(tmp_path / "a"), target, layout="names", **options) == 1
    assert "there already" in err.getvalue()


def test_nothing_to_export_or_import(tmp_path: Path) -> None:
    """An empty gallery and a junk file are sentences and exit code 1."""
    err = io.StringIO()
    options = {"encoder": opened, "out": io.StringIO(), "err": err}
    folder = DataFolder(tmp_path / "data")
    assert export_people(folder, tmp_path / "x", layout="list", **options) == 1
    assert "Nobody is enrolled" in err.getvalue()
    junk = tmp_path / "junk.pkl"
    junk.write_bytes(b"junk")
    assert import_people(folder, junk, ground=GROUND, **options) == 1
    assert not folder.locked


def test_the_commands_of_the_program(tmp_path: Path) -> None:
    """`python -m server` has the commands, refuses nonsense, and writes no traceback."""
    for arguments, code, said in (
        (["--help"], 0, "enrol"),
        (["export", str(tmp_path / "x"), "--data", str(tmp_path)], 1, "There are no data in"),
        (["import", "nowhere", "--consent", GROUND, "--data", str(tmp_path)], 1, ""),
        (["enrol", "nowhere", "--consent", GROUND, "--data", str(tmp_path)], 1, "does not exist"),
        (["enrol", "nowhere", "--data", str(tmp_path)], 1, "--consent"),
        (["--port", "70000"], 2, "0 to 65535"),
    ):
        found = subprocess.run(
            [sys.executable, "-m", "server", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert found.returncode == code, (arguments, found.stderr)
        assert said in found.stdout + found.stderr
        assert "Traceback" not in found.stderr


def test_interrupted_by_ctrl_c(tmp_path: Path) -> None:
    """SIGINT finishes the pictures at hand, keeps them, and says how to go on."""
    pictures = put(tmp_path / "p", {f"{n}.png": jpeg((n, 5, 5), mark=n) for n in range(40)})
    visions = Visions()
    out, err = io.StringIO(), io.StringIO()

    def once() -> None:
        if len(visions.looked) == 5:
            os.kill(os.getpid(), signal.SIGINT)

    visions._before = once
    code = enrol(
        DataFolder(tmp_path / "data"),
        pictures,
        as_json=True,
        workers=1,
        ground=GROUND,
        encoder=opened,
        vision_factory=visions,
        out=out,
        err=err,
    )
    assert code == 130
    summary = json.loads(out.getvalue())
    assert summary["cancelled"]
    assert 5 <= summary["in"] < 40
    assert "go on" in err.getvalue()
    again = json.loads(run_enrol(tmp_path / "data", pictures, as_json=True).out)
    assert again["already"] == summary["in"]
    assert again["in"] == 40 - summary["in"]


@pytest.mark.parametrize("place", ["a file", "below a file"])
def test_an_unusable_data_folder_is_a_sentence(tmp_path: Path, place: str) -> None:
    """For every command; never a traceback."""
    (tmp_path / "taken").write_text("no folder")
    root = tmp_path / "taken" if place == "a file" else tmp_path / "taken" / "data"
    folder = DataFolder(root)
    classic = tmp_path / "classic.pkl"
    classic.write_bytes(pickle.dumps({"names": ["Ann"], "encodings": [face(1)]}))
    for command in (
        lambda err: import_people(folder, classic, ground=GROUND, encoder=opened, err=err),
        lambda err: export_people(
            folder, tmp_path / "out", layout="names", encoder=opened, err=err
        ),
        lambda err: mend(folder, err=err),
    ):
        err = io.StringIO()
        assert command(err) == 1
        assert str(root) in err.getvalue()
        assert "Traceback" not in err.getvalue()


def test_enrol_with_a_quality(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for, else what the settings say; refusals of one do not count for another."""
    asked: list[object] = []
    look = Visions().__call__

    def noted(*arguments: object) -> object:
        vision = look(*arguments)  # type: ignore[arg-type]
        enrol_photo = vision.enrol_photo

        def judged(image: object, *, limits: object) -> object:
            asked.append(limits)
            return enrol_photo(image, limits=limits)  # type: ignore[arg-type]

        monkeypatch.setattr(vision, "enrol_photo", judged, raising=False)
        return vision

    folder = DataFolder(tmp_path / "data")
    folder.root.mkdir()
    folder.settings.write_text('{"enrolment_quality": "off"}', encoding="utf-8")
    for number, quality in enumerate((None, "strict", "standard")):
        pictures = put(tmp_path / f"p{number}", {"Ann/1.png": jpeg(RED, mark=number)})
        enrol(
            folder,
            pictures,
            as_json=False,
            workers=1,
            quality=quality,  # type: ignore[arg-type]
            ground=GROUND,
            encoder=opened,
            vision_factory=noted,  # type: ignore[arg-type]
            out=io.StringIO(),
            err=io.StringIO(),
        )
    assert asked == [LIMITS[mode].photo for mode in ("off", "strict", "standard")]
