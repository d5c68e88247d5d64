"""An evaluation in a process of its own: followed, cancelled, failing, the real one once."""

import sys
from collections.abc import Sequence
from pathlib import Path

from server.data_folder import DataFolder
from server.evaluation_job import EvaluationJob
from server.events import EvaluationEnded, EvaluationProgress, GridEvent
from server.vault import open_vault
from tests.server.test_evaluation import data_of
from tests.server.vaults import a_vault
from tests.server.wire import served
from tests.support import wait_until

# Stands for the real program: what it says, then what it ends with.
SAYS = "import sys; print(sys.argv[1], flush=True); sys.exit(int(sys.argv[2]))"
STEP = '{"step": "fitting", "done": 1, "total": 3}'


class Job:
    """A job and what it posted."""

    def __init__(self, root: Path, *program: str) -> None:
        self.posted: list[GridEvent] = []
        words: dict[str, Sequence[str]] = {"program": program} if program else {}
        self.job = EvaluationJob(
            DataFolder(root),
            self.posted.append,
            vault=lambda: open_vault(DataFolder(root)),
            name_of=lambda subject_id: f"the one of {subject_id[:4]}",
            **words,
        )

    @property
    def ended(self) -> EvaluationEnded | None:
        """The end, when it has come."""
        return next((one for one in self.posted if isinstance(one, EvaluationEnded)), None)

    def run(self) -> EvaluationEnded:
        """Begins it and waits for the end."""
        assert self.job.begin()
        wait_until(lambda: self.ended)
        wait_until(lambda: not self.job.running)
        assert self.ended is not None
        return self.ended


def test_steps_are_followed(tmp_path: Path) -> None:
    """Each as an event, and the end without a problem."""
    made = Job(tmp_path, sys.executable, "-c", SAYS, STEP, "0")
    assert made.run() == EvaluationEnded()
    assert made.posted[0] == EvaluationProgress("fitting", 1, 3)


def test_problems_are_handed_on(tmp_path: Path) -> None:
    """The program's sentence; ours where it has none, says nonsense, or cannot be started."""
    said = Job(tmp_path, sys.executable, "-c", SAYS, '{"problem": "No room."}', "1")
    assert said.run() == EvaluationEnded("No room.")
    for line, code in (("{}", "0"), ("x", "1"), (STEP, "3")):
        ended = Job(tmp_path, sys.executable, "-c", SAYS, line, code).run()
        assert "unexpected error" in ended.problem
    assert "could not be started" in Job(tmp_path, str(tmp_path / "none")).run().problem


def test_the_face_model_in_use_is_measured(tmp_path: Path) -> None:
    """The program is told, whatever the settings kept say."""
    says = "import json, sys; print(json.dumps({'problem': sys.argv[-1]})); sys.exit(1)"
    posted: list[GridEvent] = []
    program = (sys.executable, "-c", says)
    network = "/models/own.onnx"
    job = EvaluationJob(
        DataFolder(tmp_path),
        posted.append,
        network=lambda: network,
        vault=a_vault,
        program=program,
    )
    assert job.begin()
    wait_until(lambda: posted)
    assert posted == [EvaluationEnded("/models/own.onnx")]
    wait_until(lambda: not job.running)


def test_one_at_a_time_and_cancelled(tmp_path: Path) -> None:
    """A second one is refused; cancelling ends the process that works, and says so."""
    made = Job(tmp_path, sys.executable, "-c", "import time; print(flush=True); time.sleep(60)")
    assert made.job.begin()
    assert not made.job.begin()
    made.job.cancel()
    wait_until(lambda: made.ended)
    assert made.ended is not None
    assert made.ended.cancelled
    wait_until(lambda: not made.job.running)


def test_closing_the_server_ends_it(tmp_path: Path) -> None:
    """Nobody waits for an evaluation when the window is closed."""
    with served(tmp_path) as running:
        assert running.grid.evaluation.begin()
        assert running.grid.alive
    assert not running.grid.evaluation.running
    wait_until(lambda: running.posted(EvaluationEnded))
    assert running.posted(EvaluationEnded)[0].cancelled


def test_the_real_program(tmp_path: Path) -> None:
    """People of another encoder are left out; the report lies in the data folder."""
    data_of(tmp_path, "Ann")
    made = Job(tmp_path)
    assert made.job.latest() is None
    assert made.run() == EvaluationEnded()
    latest = made.job.latest()
    assert latest is not None
    assert (latest["people"], len(latest["left_out"])) == (0, 1)
    assert [path.suffix for path in made.job.write_to(tmp_path / "out")] == [
        ".json",
        ".md",
        ".html",
        ".pdf",
    ]
    kept = "".join(path.read_text() for path in DataFolder(tmp_path).evaluation.iterdir())
    assert "Ann" not in kept
    assert any("the one of" in sentence for sentence in latest["left_out"])


def test_without_open_data_nothing_is_begun(tmp_path: Path) -> None:
    """There is no key to hand over."""
    posted: list[GridEvent] = []
    job = EvaluationJob(DataFolder(tmp_path), posted.append)
    assert job.write_to(tmp_path) == ()
    assert job.begin()
    wait_until(lambda: posted and not job.running)
    assert posted == [EvaluationEnded("The data are not open: start the server first.")]
