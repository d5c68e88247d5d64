"""The command line: sentences, exit codes, JSON, files, interrupted."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image as Pillow
from PIL import ImageEnhance, ImageOps

from biometrics.align import Aligner
from biometrics.arcface_encoder import RECIPE
from biometrics.detect import HogDetector
from biometrics.encode import EncoderFailed
from biometrics.evaluation import commands
from biometrics.evaluation.commands import main, run_evaluate, run_verify
from biometrics.evaluation.evaluate import Wanted
from biometrics.evaluation.looking import Looker, ThreadLooker
from biometrics.evaluation.mlflow_run import NotLogged
from biometrics.vision import Vision
from tests.biometrics.evaluation.sets import ColourEncoder, looker, small_set
from tests.biometrics.networks import face_network
from tests.biometrics.support import COLLINS, HOPPER


@pytest.fixture
def portraits(tmp_path: Path) -> Path:
    """The two shipped portraits, each with variations."""
    for name, path in {"Grace_Hopper": HOPPER, "Eileen_Collins": COLLINS}.items():
        folder = tmp_path / "portraits" / name
        folder.mkdir(parents=True)
        with Pillow.open(path) as picture:
            plain = picture.convert("RGB")
        versions = {
            "plain.png": plain,
            "mirrored.png": ImageOps.mirror(plain),
            "bright.jpg": ImageEnhance.Brightness(plain).enhance(1.2),
            "grey.png": plain.convert("L"),
            "alpha.png": plain.convert("RGBA"),
        }
        for file, version in versions.items():
            version.save(folder / file)
        plain.save(folder / "moving.gif", save_all=True, append_images=[ImageOps.mirror(plain)])
        exif = Pillow.Exif()
        exif[0x0112] = 3  # upside down
        plain.rotate(180).save(folder / "turned.jpg", exif=exif)
        Pillow.new("RGB", (20, 20)).save(folder / "tiny.png")
    (tmp_path / "portraits" / "Grace_Hopper" / "broken.jpg").write_bytes(b"no")
    return tmp_path / "portraits"


@pytest.fixture
def taker() -> Iterator[Vision]:
    """A vision of our own, which the command closes."""
    vision = Vision.open(background=False)
    yield vision
    vision.close()


class Ran:
    """An evaluation with an encoder of colours: the exit code and what was written."""

    def __init__(self, folder: Path, tmp_path: Path, **options: object) -> None:
        out, err = io.StringIO(), io.StringIO()
        self.encoder = ColourEncoder()
        report = options.get("report")
        mlflow = options.get("mlflow")
        make = options.get("looker_factory", looker)
        assert callable(make)
        self.code = run_evaluate(
            Wanted(folder=folder, cache=tmp_path / "cache", changed=2),
            report=report if isinstance(report, Path) else None,
            as_json=bool(options.get("as_json")),
            mlflow=mlflow if isinstance(mlflow, str) else None,
            encoder=self.encoder,
            looker_factory=make,
            out=out,
            err=err,
        )
        self.out, self.err = out.getvalue(), err.getvalue()


def test_portraits_of_every_kind(portraits: Path, tmp_path: Path) -> None:
    """Real faces in every mode of picture; three that cannot be read are named."""

    def real() -> ThreadLooker:
        return ThreadLooker(lambda: Looker((HogDetector(longest_side=512),), Aligner()))

    ran = Ran(portraits, tmp_path, as_json=True, looker_factory=real)
    result = json.loads(ran.out)
    assert ran.code == 0
    data = result["data"]
    assert (data["people"], data["pictures"]) == (2, 17)
    assert data["unreadable"]["count"] == 3
    assert data["without_a_face"]["count"] == 0
    # The plain picture, with an empty alpha channel and as the first frame, is the same again.
    assert data["near_duplicates"]["count"] >= 2
    assert result["verification"]["genuine"] == 28 + 36
    assert ran.encoder.closed


def test_reports_are_written_and_named(tmp_path: Path) -> None:
    """JSON, Markdown, HTML and PDF; the summary on standard output."""
    ran = Ran(small_set(tmp_path / "p"), tmp_path, report=tmp_path / "out" / "r")
    assert ran.code == 0
    written = json.loads((tmp_path / "out" / "r" / "report.json").read_text())
    assert written["verification"]["accuracy"]["mean"] == 1.0
    assert "## Verification" in (tmp_path / "out" / "r" / "report.md").read_text()
    for name in ("report.json", "report.md", "report.html", "report.pdf"):
        assert name in ran.err
        assert (tmp_path / "out" / "r" / name).stat().st_size > 500
    assert "12 pictures of 4 people" in ran.out


def test_mlflow_is_optional(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Absent or refusing it is one sentence, and the evaluation is there; else the run is named."""

    def absent(_uri: str) -> None:
        raise NotLogged("MLflow is not here.")

    folder = small_set(tmp_path / "p")
    monkeypatch.setattr(commands, "check_installed", absent)
    ran = Ran(folder, tmp_path, mlflow="file:x")
    assert (ran.code, ran.err.count("MLflow is not here.")) == (0, 1)
    assert "12 pictures of 4 people" in ran.out
    monkeypatch.setattr(commands, "check_installed", lambda uri: None)
    monkeypatch.setattr(commands, "log_run", lambda uri, document, result: absent(uri))
    assert "MLflow is not here." in Ran(folder, tmp_path, mlflow="file:x").err
    monkeypatch.setattr(commands, "log_run", lambda uri, document, result: f"{uri}#1")
    assert "Kept in MLflow as run file:x#1." in Ran(folder, tmp_path, mlflow="file:x").err


def test_nothing_to_evaluate(tmp_path: Path) -> None:
    """A sentence and 1."""
    (tmp_path / "p").mkdir()
    ran = Ran(tmp_path / "p", tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert "holds no pictures" in ran.err


def test_a_report_that_cannot_be_written(tmp_path: Path) -> None:
    """Found out before the work, not after it."""
    (tmp_path / "file").write_text("x")
    ran = Ran(small_set(tmp_path / "p"), tmp_path, report=tmp_path / "file")
    assert ran.code == 1
    assert "cannot be written" in ran.err or "can be written" in ran.err
    assert ran.encoder.encoded == 0


def test_interrupted(tmp_path: Path) -> None:
    """130 and what to do."""

    def stop() -> ThreadLooker:
        raise KeyboardInterrupt

    ran = Ran(small_set(tmp_path / "p"), tmp_path, looker_factory=stop)
    assert ran.code == 130
    assert "go on" in ran.err


def test_an_encoder_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its sentence, and 1."""

    def fail(_self: object, _chips: object) -> None:
        raise EncoderFailed("The encoder has stopped.")

    monkeypatch.setattr(ColourEncoder, "encode", fail)
    ran = Ran(small_set(tmp_path / "p"), tmp_path)
    assert (ran.code, ran.err) == (1, "The encoder has stopped.\n")


def verify(left: Path, right: Path, vision: Vision, *, as_json: bool) -> tuple[int, str, str]:
    """Exit code, standard output and error of `verify`."""
    out, err = io.StringIO(), io.StringIO()
    code = run_verify(left, right, as_json=as_json, vision=vision, out=out, err=err)
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize(("other", "code"), [(HOPPER, 0), (COLLINS, 1)])
def test_verify(taker: Vision, other: Path, code: int) -> None:
    """0 for the same person, 1 for another; the distance and the limit are said."""
    found, out, _ = verify(HOPPER, other, taker, as_json=False)
    assert found == code
    assert "the limit is 0.3" in out


def test_verify_as_json(taker: Vision) -> None:
    """One object with the verdict and its numbers."""
    code, out, _ = verify(HOPPER, HOPPER, taker, as_json=True)
    assert code == 0
    assert json.loads(out)["same"] is True


@pytest.mark.parametrize("as_json", [True, False])
def test_verify_what_cannot_be_compared(taker: Vision, tmp_path: Path, as_json: bool) -> None:
    """2 and a sentence; in JSON the verdict is null."""
    code, out, err = verify(HOPPER, tmp_path / "none.jpg", taker, as_json=as_json)
    assert code == 2
    assert "none.jpg is not there" in (json.loads(out)["reason"] if as_json else err)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["verify", "a.jpg"],
        ["verify", "a", "b", "--threshold", "nan"],
        ["verify", "a", "b", "--target-fmr", "0.5"],
        ["verify", "a", "b", "--target-fmr", "nan"],
        ["evaluate", "x", "--limit", "0"],
        ["evaluate", "x", "--protocol", "other"],
    ],
)
def test_wrong_words(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Argparse says what is wrong, and ends with 2."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_words_reach_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every option arrives."""
    given: list[object] = []
    monkeypatch.setattr(commands, "run_evaluate", lambda wanted, **rest: given.append(wanted) or 0)
    words = ["evaluate", str(tmp_path), "--protocol", "openset", "--limit", "7", "--cache", "c"]
    words += ["--changed", "0", "--mlflow", "file:runs"]
    assert main(words) == 0
    assert given == [
        Wanted(folder=tmp_path, cache=Path("c"), protocol="openset", limit=7, changed=0)
    ]
    monkeypatch.setattr(commands, "run_verify", lambda left, right, **rest: int(rest["as_json"]))
    assert main(["verify", "a", "b", "--json"]) == 1


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """A face model of 512 numbers of the user's own."""
    path = tmp_path / "own.onnx"
    path.write_bytes(face_network(dimensions=512))
    return path


def test_a_network_of_the_users_own_is_evaluated(
    portraits: Path, network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same command with its file: chips as it wants them, its fingerprint in the report."""
    words = ["evaluate", str(portraits), "--network", str(network), "--limit", "4", "--changed"]
    assert main([*words, "0", "--json", "--cache", str(tmp_path / "cache")]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["encoder"].startswith(RECIPE)
    assert result["data"]["pictures"] == 4


def test_two_pictures_are_compared_with_it(
    network: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its own limit, with the warning that nobody calibrated it."""
    assert main(["verify", str(HOPPER), str(HOPPER), "--network", str(network)]) == 0
    told = capsys.readouterr()
    assert "the limit is 1.08" in told.out
    assert "not calibrated" in told.err


def test_a_file_that_is_no_network_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For both commands; no traceback."""
    (tmp_path / "text.onnx").write_text("nothing of the kind")
    given = ["--network", str(tmp_path / "text.onnx")]
    assert main(["verify", str(HOPPER), str(HOPPER), *given]) == 2
    assert main(["evaluate", str(tmp_path), *given]) == 1
    assert capsys.readouterr().err == "text.onnx is no ONNX file.\n" * 2


def test_too_few_people_to_calibrate_with_is_a_sentence(
    portraits: Path, network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written; without a network there is nothing to calibrate."""
    words = ["evaluate", str(portraits), "--calibrate", "--cache", str(tmp_path / "cache")]
    assert main([*words, "--limit", "4", "--network", str(network)]) == 1
    assert "people with a face" in capsys.readouterr().err
    assert not network.with_name("own.onnx.calibration.json").exists()
    with pytest.raises(SystemExit):
        main(words)
    assert "give --network" in capsys.readouterr().err


def test_no_network_named_is_the_one_that_comes_along(capsys: pytest.CaptureFixture[str]) -> None:
    """`--network ''`, as the server and the checkpoint take it."""
    assert main(["verify", str(HOPPER), str(HOPPER), "--network", ""]) == 0
    assert "of 10,000 strangers" in capsys.readouterr().out
