"""The demo without windows: the same programs, the same two visitors, told in lines and a sum."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from demo.errors import DemoFailed, TookTooLong
from demo.portrait import EILEEN, GRACE, photographs
from demo.programs import SERVER, Cast, Line, Program, Said, run_to_end
from demo.summary import Tally, disagreements, newest_sequence, rows_after, sum_of

Tell = Callable[[str], None]

ENROL_PHOTO_S = 90.0
START_S = 90.0  # models loaded by three programs on two slow cores; measured: 4 to 8 s
ENROL_S = 60.0
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
    words = ("server", "enrol", str(folder), "--data", str(data), "--json")
    answer = run_to_end("folder enrolment", *words, timeout_s=ENROL_PHOTO_S)
    if answer.get("in") != 1 and answer.get("already") != 1:
        raise DemoFailed(f"The portrait was not enrolled: {answer.get('rows')}")


def client_words(key: str, address: str, data: Path) -> list[str]:
    """The words that start one checkpoint; its settings stay in the demo's folder."""
    name, source = CHECKPOINTS[key]
    settings = str(data / f"{key}.json")
    return ["client", "--server", address, "--source", source, "--checkpoint-id", key,
            "--name", name, "--settings", settings]  # fmt: skip


def perform(data: Path, seconds: float, tell: Tell) -> Result:
    """Tells the story for so many seconds after both checkpoints are ready.

    Raises:
        DemoFailed: A program ended or was silent for too long.
    """
    database = data / "database" / "match_history.db"
    enrol_grace(data, tell)
    before = newest_sequence(database)
    tally = Tally()
    with Cast() as cast:
        server = cast.start(SERVER, "server", "--headless", "--data", str(data), "--port", "0")
        listening = _await(cast, tally, START_S, f"the {SERVER} to listen", _listens)
        address = f"{listening['host']}:{listening['port']}"
        tell(f"The server listens on {address}.")
        checkpoints = [
            cast.start(key, *client_words(key, address, data), "--headless") for key in CHECKPOINTS
        ]
        for _ in checkpoints:
            _await(cast, tally, START_S, "both checkpoints to be ready", _is_ready)
        tell(f"Both checkpoints are ready; {seconds:g} s of visits follow.")
        _visits(cast, tally, address, data, seconds=seconds, tell=tell)
        for program in checkpoints:
            program.ask_to_end()
        for program in [*checkpoints, server]:
            _ended_well(program)
        for said in cast.rest():
            _hear(said, tally, tell)
    complaints = disagreements(tally, rows_after(database, before))
    return Result(sum_of(tally, database), complaints)


def _visits(
    cast: Cast, tally: Tally, address: str, data: Path, *, seconds: float, tell: Tell
) -> None:
    """Listens until the time is over and an enrolment that began has come to its end."""
    until_s = time.monotonic() + seconds
    enrolment: Program | None = None
    while (left_s := until_s - time.monotonic()) > 0:
        for said in cast.lines(timeout_s=left_s):
            _hear(said, tally, tell)
            if enrolment is None and _is_strange(said):
                tell(f"{EILEEN} was not recognised: she is enrolled at the desk ...")
                enrolment = cast.start(ENROLMENT, *_enrol_words(address, data))
    if enrolment is not None and enrolment.exit_code is None:
        tell("The enrolment is given the time to end ...")
        enrolment.wait(ENROL_S)


def _enrol_words(address: str, data: Path) -> list[str]:
    return ["client", "enrol", "--name", EILEEN, "--source", "demo:eileen-collins",
            "--server", address, "--checkpoint-id", "desk", "--samples", "3",
            "--consent", "Agreed to take part in the demonstration.",
            "--settings", str(data / "desk.json")]  # fmt: skip


def _await(
    cast: Cast, tally: Tally, timeout_s: float, what: str, is_it: Callable[[Said], bool]
) -> Line:
    for said in cast.lines(timeout_s=timeout_s):
        tally.note(said)
        if is_it(said):
            return said.line
    raise TookTooLong(f"Waited {timeout_s:g} s in vain for {what}.")


def _listens(said: Said) -> bool:
    return said.program == SERVER and said.line.get("event") == "listening"


def _is_ready(said: Said) -> bool:
    return said.program in CHECKPOINTS and said.line.get("event") == "ready"


def _is_strange(said: Said) -> bool:
    line = said.line
    is_verdict = said.program in CHECKPOINTS and line.get("event") == "verdict"
    return is_verdict and line["outcome"] == "not_enrolled" and line["label"] == EILEEN


def _hear(said: Said, tally: Tally, tell: Tell) -> None:
    """Takes a line into the sum, and tells those a person wants to know."""
    tally.note(said)
    line = said.line
    kind = line.get("event")
    if kind == "verdict" and said.program in CHECKPOINTS:
        outcome = str(line["outcome"]).replace("_", " ")
        who = line["display_name"] or f"not named ({line['label']} stands there)"
        tell(f"{CHECKPOINTS[said.program][0]}: {outcome}: {who}, {line['latency_ms']} ms")
    elif said.program == ENROLMENT and kind == "enrolled":
        tally.enrolled.append(str(line["display_name"]))
        tell(f"{line['display_name']} is enrolled with {line['samples']} samples.")
    elif said.program == ENROLMENT and kind == "not_enrolled":
        raise DemoFailed(f"{EILEEN} could not be enrolled: {line['message']}")
    elif kind == "fault":
        raise DemoFailed(f"{said.program}: {line.get('sentence')}")


def _ended_well(program: Program) -> None:
    code = program.end()
    if code != 0:
        raise DemoFailed(
            f"The {program.name} ended with exit code {code}.\n{program.last_words}".strip()
        )
