"""`python -m biometrics pad`: sentences, JSON, reports, exit codes."""

import io
import json
from pathlib import Path

import pytest

from biometrics.evaluation.commands import parser
from biometrics.evaluation.pad_command import (
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_PROBLEM,
    PadWanted,
    pad_wanted,
    run_pad,
)
from biometrics.evaluation.report_files import NAMES
from biometrics.faces import Detection, Image
from biometrics.pad_network import Pixels
from biometrics.vision import SeenFace
from tests.biometrics.evaluation.recordings import FACE, bordered, framed, write_picture
from tests.biometrics.networks import pad_network
from tests.biometrics.support import FakeDetector, FakeEncoder


@pytest.fixture
def folder(tmp_path: Path, hopper: Image, hopper_seen: SeenFace) -> Path:
    """A person and a print, as pictures; a broken video."""
    person = framed(hopper, hopper_seen.face.box)
    write_picture(tmp_path / "door" / "live" / "one.png", person)
    write_picture(tmp_path / "door" / "print" / "sheet.png", bordered(person))
    (tmp_path / "door" / "print" / "broken.mp4").write_bytes(b"no")
    return tmp_path / "door"


def _run(wanted: PadWanted, **how: object) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    encoder = FakeEncoder()
    options = {"report": None, "as_json": False, "encoder": encoder} | how
    code = run_pad(wanted, detector=FakeDetector(FACE), out=out, err=err, **options)  # type: ignore[arg-type]
    assert encoder.closed
    return code, out.getvalue(), err.getvalue()


def test_the_options_are_those_of_the_network(tmp_path: Path) -> None:
    """Every part of its recipe, and where the reports go."""
    words = ["pad", "door", "--model", "m.onnx", "--live-class", "1", "--crop", "2.7"]
    chosen = parser().parse_args([*words, "--pixels", "bgr-255", "--report", "out", "--json"])
    assert pad_wanted(chosen) == PadWanted(
        folder=Path("door"),
        model=Path("m.onnx"),
        live_class=1,
        crop=2.7,
        pixels=Pixels.BGR_255,
    )
    assert (chosen.report, chosen.json) == (Path("out"), True)


def test_it_prints_a_summary_and_names_bad_files(folder: Path) -> None:
    """The shares on standard output, the rest beside it."""
    code, out, err = _run(PadWanted(folder=folder))
    assert code == EXIT_OK
    assert "image cues, print: APCER 0.0 % (0 of 1; " in out
    assert "print/broken.mp4 is not a video this program can read." in err


def test_json_and_reports_hold_the_same(folder: Path, tmp_path: Path) -> None:
    """One object, and four files."""
    code, out, _ = _run(PadWanted(folder=folder), as_json=True, report=tmp_path / "out")
    assert code == EXIT_OK
    result = json.loads(out)
    assert result["passive"]["image cues"]["live"]["judged"] == 1
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == result
    assert all((tmp_path / "out" / name).stat().st_size > 500 for name in NAMES)


def test_a_network_is_measured_beside_the_cues(folder: Path, tmp_path: Path) -> None:
    """Under its own name."""
    (tmp_path / "own.onnx").write_bytes(pad_network(live_from=2.0))
    code, out, _ = _run(PadWanted(folder=folder, model=tmp_path / "own.onnx"), as_json=True)
    assert code == EXIT_OK
    rows = json.loads(out)["passive"]
    assert set(rows) == {"image cues", "own.onnx"}
    assert rows["own.onnx"]["live"]["wrong"] == 1  # nothing is ever bright enough for it
    assert rows["own.onnx"]["print"]["reasons"] == {"model": 1}


def test_what_cannot_be_measured_is_a_sentence(folder: Path, tmp_path: Path) -> None:
    """A model that is none, an empty folder, a place nobody can write to."""
    (tmp_path / "own.onnx").write_bytes(b"no")
    code, out, err = _run(PadWanted(folder=folder, model=tmp_path / "own.onnx"))
    assert (code, out) == (EXIT_PROBLEM, "")
    assert "own.onnx is no liveness network: it is no ONNX file.\n" in err
    (tmp_path / "empty").mkdir()
    code, _, err = _run(PadWanted(folder=tmp_path / "empty"))
    assert code == EXIT_PROBLEM
    assert "holds no recordings" in err
    code, _, err = _run(PadWanted(folder=folder), report=tmp_path / "own.onnx")
    assert code == EXIT_PROBLEM
    assert "Not everything can be written" in err


def test_an_interruption_ends_it(folder: Path) -> None:
    """As the other commands do."""

    class Interrupting:
        def detect(self, image: Image) -> list[Detection]:
            raise KeyboardInterrupt

    err = io.StringIO()
    code = run_pad(
        PadWanted(folder=folder),
        report=None,
        as_json=False,
        encoder=FakeEncoder(),
        detector=Interrupting(),
        out=io.StringIO(),
        err=err,
    )
    assert code == EXIT_INTERRUPTED
    assert "Interrupted" in err.getvalue()
