"""The demo without windows: the same programs, the same two visitors, told in lines and a sum."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from demo.errors import DemoFailed, TookTooLong
from demo.portrait import EILEEN, GRACE, photographs
from demo.programs import SERVER, Cast, Line, Program, Said, run_to_end
from demo.summary import Tally, disagreements, newest_sequence, rows_after, sum_of
from server.data_folder import DataFolder
from server.history_cipher import HistoryCipher
from server.vault import open_vault

Tell = Callable[[str], None]
GROUND = "a public-domain portrait, for the demonstration"

ENROL_PHOTO_S = 90.0
START_S = 90.0  # models loaded by three programs on two slow cores; measured: 4 to 8 s
ENROL_S = 60.0
# A swamped computer may lose the connection for a moment; a person would press Save again.
MOST_ENROLMENTS = 3
PASSING = ("timeout", "server_unreachable")
ENCORE_S = 25.0  # she comes by every 11 s at each checkpoint
ENROLMENT = "enrolment of Eileen Collins"
# Whom each checkpoint sees, in turn.
CHECKPOINTS = {
    "lobby-gate": ("Lobby gate", "demo:grace-hopper,eileen-collins"),
    "side-door": ("Side door", "demo:eileen-collins,grace-hopper"),
}


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it.

    Attributes:
        summary: The sum, as it is printed.
        complaints: What does not agree with the database; empty when all is well.
    """

    summary: dict[str, object]
    complaints: list[str]


def enrol_grace(data: Path, tell: Tell) -> None:
    """Enrols Grace Hopper from her portrait, with the command an administrator would type.

    Raises:
        DemoFailed: She is not in the gallery after it.
    """
    tell(f"Enrolling {GRACE} from her portrait ...")
    folder = photographs(data / "photographs")
    words = ("server", "enrol", str(folder), "--data", str(data), "--json", "--consent", GROUND)
    answer = run_to_end("folder enrolment", *words, timeout_s=ENROL_PHOTO_S)
    if answer.get("in") != 1 and answer.get("already") != 1:
        raise DemoFailed(f"The portrait was not enrolled: {answer.get('rows')}")


def client_words(key: str, address: str, data: Path) -> list[str]:
    """The words that start one checkpoint; its settings stay in the demo's folder."""
    name, source = CHECKPOINTS[key]
    settings = str(data / f"{key}.json")
    return ["client", "--server", address, "--source", source, "--checkpoint-id", key,
            "--name", name, "--settings", settings, "--server-data", str(data)]  # fmt: skip


def perform(data: Path, seconds: float, tell: Tell) -> Result:
    """Tells the story for so many seconds after both checkpoints are ready.

    An enrolment that has begun is not cut off: the story goes on until she is recognised.

    Raises:
        DemoFailed: A program ended or was silent for too long.
    """
    database = data / "database" / "match_history.db"
    enrol_grace(data, tell)
    before = newest_sequence(database)
    with Cast() as cast:
        stage = _Stage(cast, data, tell)
        server = cast.start(SERVER, "server", "--headless", "--data", str(data), "--port", "0")
        stage.play_until(lambda: bool(stage.address), START_S, "the server to listen")
        tell(f"The server listens on {stage.address}.")
        checkpoints = [
            cast.start(key, *client_words(key, stage.address, data), "--headless")
            for key in CHECKPOINTS
        ]
        everybody = set(CHECKPOINTS)
        stage.play_until(lambda: stage.ready == everybody, START_S, "both checkpoints to be ready")
        tell(f"Both checkpoints are ready; {seconds:g} s of visits follow.")
        stage.play(seconds)
        stage.play_to_the_end()
        for program in checkpoints:
            program.ask_to_end()
        for program in [*checkpoints, server]:
            _ended_well(program)
        for said in cast.rest():
            stage.hear(said)
    # The server has ended: the names it sealed are read as it would.
    cipher = HistoryCipher(open_vault(DataFolder(data)))
    rows = rows_after(database, before, cipher)
    complaints = disagreements(stage.tally, rows)
    if stage.tally.enrolled and not stage.recognised:
        complaints.append(f"{EILEEN} was enrolled and not identified after that")
    return Result(sum_of(stage.tally, database, rows), complaints)


class _Stage:
    """Hears the programs, keeps what matters, and starts the enrolment when its time has come."""

    def __init__(self, cast: Cast, data: Path, tell: Tell) -> None:
        self.tally = Tally()
        self.address = ""
        self.ready: set[str] = set()
        self.recognised = False
        self._cast = cast
        self._data = data
        self._tell = tell
        self._enrolment: Program | None = None
        self._enrolments = 0

    def play(self, seconds: float) -> None:
        """Hears everything for so long."""
        for said in self._cast.lines(timeout_s=seconds):
            self.hear(said)

    def play_until(self, done: Callable[[], bool], timeout_s: float, what: str) -> None:
        """Hears everything until the condition is true.

        Raises:
            TookTooLong: It was not true in time.
        """
        if done():
            return
        for said in self._cast.lines(timeout_s=timeout_s):
            self.hear(said)
            if done():
                return
        raise TookTooLong(f"Waited {timeout_s:g} s in vain for {what}.")

    def play_to_the_end(self) -> None:
        """Gives an enrolment that began late, on a busy computer, the time to show its effect."""
        if self._enrolment is None or self.recognised:
            return
        self._tell("The story is given the time to come to its end ...")
        self.play_until(lambda: bool(self.tally.enrolled), ENROL_S, "the enrolment to end")
        with contextlib.suppress(TookTooLong):  # the result says so
            self.play_until(lambda: self.recognised, ENCORE_S, f"{EILEEN} to be identified")

    def hear(self, said: Said) -> None:
        """Takes one line.

        Raises:
            DemoFailed: A program says that something went wrong.
        """
        self.tally.note(said)
        match said.line.get("event"):
            case "fault":
                raise DemoFailed(f"{said.program}: {said.line.get('sentence')}")
            case "listening":
                self.address = f"{said.line['host']}:{said.line['port']}"
            case "ready":
                self.ready.add(said.program)
            case "verdict" if said.program in CHECKPOINTS:
                self._hear_verdict(said.program, said.line)
            case "enrolled" if said.program == ENROLMENT:
                self.tally.enrolled.append(str(said.line["display_name"]))
                self._tell(f"{EILEEN} is enrolled with {said.line['samples']} samples.")
            case "not_enrolled" if said.program == ENROLMENT:
                self._not_enrolled(said.line)
            case _:
                pass

    def _hear_verdict(self, checkpoint: str, line: Line) -> None:
        outcome = str(line["outcome"]).replace("_", " ")
        who = line["display_name"] or f"not named ({line['label']} stands there)"
        self._tell(f"{CHECKPOINTS[checkpoint][0]}: {outcome}: {who}, {line['latency_ms']} ms")
        if self.tally.enrolled and line["display_name"] == EILEEN:
            self.recognised = True
        is_strange = line["outcome"] == "not_enrolled" and line["label"] == EILEEN
        if is_strange and self._enrolment is None:
            self._tell(f"{EILEEN} was not recognised: she is enrolled at the desk ...")
            self._enrol()

    def _enrol(self) -> None:
        self._enrolments += 1
        self._enrolment = self._cast.start(ENROLMENT, *_enrol_words(self.address, self._data))

    def _not_enrolled(self, line: Line) -> None:
        """Tries again after what passes by itself; an earlier try may have arrived after all.

        Raises:
            DemoFailed: It was refused, or the tries are used up.
        """
        code = line.get("code")
        again = self._enrolments < MOST_ENROLMENTS and code in PASSING
        arrived = self._enrolments > 1 and code == "already_enrolled"
        if self._enrolment is None or not (again or arrived):
            raise DemoFailed(f"{EILEEN} could not be enrolled: {line['message']}")
        self._cast.dismiss(self._enrolment)
        if arrived:
            self.tally.enrolled.append(EILEEN)
        else:
            self._tell(f"{line['message']} The enrolment is tried again ...")
            self._enrol()


def _enrol_words(address: str, data: Path) -> list[str]:
    return ["client", "enrol", "--name", EILEEN, "--source", "demo:eileen-collins",
            "--server", address, "--checkpoint-id", "desk", "--samples", "3",
            "--consent", "Agreed to take part in the demonstration.",
            "--settings", str(data / "desk.json"), "--server-data", str(data)]  # fmt: skip


def _ended_well(program: Program) -> None:
    code = program.end()
    if code != 0:
        raise DemoFailed(
            f"The {program.name} ended with exit code {code}.\n{program.last_words}".strip()
        )
