"""`python -m server evaluate`: sentences, JSON, events for the window, exit codes."""

import io
import json
import os
from pathlib import Path

import pytest

from biometrics.encode import EncoderFailed
from biometrics.yardstick import usual
from desktop.settings import save
from server import evaluate_tool
from server.__main__ import main
from server.data_folder import DataFolder
from server.encoders import InstalledEncoder
from server.evaluate_tool import evaluate
from server.settings import ServerSettings
from server.vault import open_vault
from tests.server.people_examples import ENCODER
from tests.server.test_evaluation import data_of


class Ran:
    """What the command answered and wrote."""

    def __init__(self, folder: DataFolder, report: Path | None = None, **options: bool) -> None:
        out, err = io.StringIO(), io.StringIO()
        self.code = evaluate(
            folder,
            report=report,
            encoder=lambda _network: InstalledEncoder(ENCODER),
            out=out,
            err=err,
            **options,
        )
        self.out, self.err = out.getvalue(), err.getvalue()


@pytest.fixture(autouse=True)
def no_nice(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The tests themselves are not made slow."""
    asked: list[int] = []
    monkeypatch.setattr(os, "nice", asked.append, raising=False)
    return asked


def test_sentences(tmp_path: Path) -> None:
    """For a person; without a folder for reports nothing is written."""
    ran = Ran(data_of(tmp_path, "Ann", "Bob"))
    assert ran.code == 0
    assert "2 people with 4 samples" in ran.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys", "known_faces"]


def test_nobody_is_enrolled(tmp_path: Path) -> None:
    """A sentence, and no failure."""
    open_vault(DataFolder(tmp_path))
    ran = Ran(DataFolder(tmp_path))
    assert ran.code == 0
    assert "Nobody is enrolled" in ran.out


def test_a_folder_that_no_server_has_opened(tmp_path: Path) -> None:
    """Nothing is made by looking: a sentence says what to do first."""
    ran = Ran(DataFolder(tmp_path))
    assert (ran.code, "start the server once" in ran.err) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_the_vault_is_handed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the window's server, on standard input: where a passphrase was typed there is no other."""
    folder = data_of(tmp_path, "Ann")
    text = open_vault(folder).hand_over()
    folder.master_key.unlink()
    for given, code in ((text, 0), (text[::-1], 1), ("x", 1), ("", 1)):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{given}\n"))
        assert Ran(folder, events=True, key_on_stdin=True).code == code


def test_json_and_report(tmp_path: Path) -> None:
    """The whole result on standard output, the files named."""
    ran = Ran(data_of(tmp_path / "d", "Ann"), tmp_path / "out", as_json=True)
    assert json.loads(ran.out)["people"] == 1
    assert ran.err.count("report.") == 4
    assert (tmp_path / "out" / "report.pdf").exists()


def test_events_for_the_window(tmp_path: Path, no_nice: list[int]) -> None:
    """A JSON line a step, nothing else on standard output; searches go first."""
    ran = Ran(data_of(tmp_path / "d", "Ann", "Bob"), tmp_path / "out", events=True)
    steps = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 0
    assert [step["step"] for step in steps][-1] == "writing the report"
    assert all(0 <= step["done"] <= step["total"] for step in steps)
    assert no_nice == [10]
    kept = (tmp_path / "out" / "report.json").read_text()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["report.json"]
    assert "Ann" not in kept
    assert "Bob" not in kept


def test_problems_are_sentences(tmp_path: Path) -> None:
    """On standard error, or as an event; 1."""
    (tmp_path / "file").write_text("x")
    folder = data_of(tmp_path / "d", "Ann")
    ran = Ran(folder, tmp_path / "file")
    assert (ran.code, ran.err.startswith("The report cannot be written")) == (1, True)
    ran = Ran(folder, tmp_path / "file", events=True)
    assert "cannot be written" in json.loads(ran.out.splitlines()[-1])["problem"]
    folder.settings.write_text("{")
    assert Ran(folder).code == 1


def test_without_a_face_model(tmp_path: Path) -> None:
    """Its sentence."""

    def fail(_network: str) -> InstalledEncoder:
        raise EncoderFailed("The face model is not there.")

    err = io.StringIO()
    assert evaluate(data_of(tmp_path, "Ann"), report=None, encoder=fail, err=err) == 1
    assert err.getvalue() == "The face model is not there.\n"


def test_interrupted(tmp_path: Path) -> None:
    """130, as other commands."""

    def stop(_network: str) -> InstalledEncoder:
        raise KeyboardInterrupt

    assert evaluate(data_of(tmp_path, "A"), report=None, encoder=stop, err=io.StringIO()) == 130


def test_words_reach_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every option arrives."""
    given: list[tuple[Path, dict[str, object]]] = []
    monkeypatch.setattr(
        evaluate_tool, "evaluate", lambda folder, **rest: given.append((folder.root, rest)) or 7
    )
    words = ["evaluate", "--data", str(tmp_path), "--report", "out", "--json", "--network", ""]
    assert main(words) == 7
    plain = {
        "report": Path("out"),
        "as_json": True,
        "events": False,
        "network": "",
        "key_on_stdin": False,
    }
    assert given == [(tmp_path, plain)]


@pytest.mark.parametrize(("said", "opened"), [(None, "kept.onnx"), ("", ""), ("x", "x")])
def test_the_command_line_names_the_face_model(
    tmp_path: Path, said: str | None, opened: str
) -> None:
    """In place of the settings' one; nothing said is theirs."""
    folder = data_of(tmp_path, "Ann")
    save(ServerSettings(network="kept.onnx"), folder.settings)
    asked: list[str] = []

    def model(network: str) -> InstalledEncoder:
        asked.append(network)
        return InstalledEncoder(ENCODER)

    assert evaluate(folder, report=None, network=said, encoder=model, out=io.StringIO()) == 0
    assert asked == [opened]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """A slip of the pen is no empty grid."""
    ran = Ran(DataFolder(tmp_path / "typo"))
    assert (ran.code, ran.out) == (1, "")
    assert "typo is not a folder" in ran.err


def test_a_face_model_of_ones_own_is_measured_elsewhere(tmp_path: Path) -> None:
    """The report's limits are dlib's: a sentence with the command that measures the other."""
    err = io.StringIO()
    model = InstalledEncoder(ENCODER, usual(512))
    code = evaluate(data_of(tmp_path, "Ann"), report=None, encoder=lambda _: model, err=err)
    assert code == 1
    assert "python -m biometrics evaluate DIR --network FILE" in err.getvalue()
