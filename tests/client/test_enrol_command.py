"""Tests of `python -m client enrol` with a fake camera, fake models and a small real server."""

import io
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import client.__main__
from client import enrol_command
from client.camera.errors import CameraMissing
from client.checkpoint import Parts
from client.enrol_command import Exit, Wanted, run
from client.lines import Lines
from client.settings import ClientSettings
from protocol.liveness import Liveness
from protocol.messages import (
    AskChallenge,
    ChallengeReply,
    Enrol,
    Error,
    Message,
    Request,
    SignIn,
)
from tests.biometrics.sitters import Pose, turning
from tests.client.fake_server import FakeServer
from tests.client.fakes import GRACE, NOBODY, POOR, FakeEyes, FakeSource
from tests.client.living import Judge, LivingEyes, Sitter
from tests.grids import identity


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    """A small real server; the command does not take its time."""
    monkeypatch.setattr(enrol_command, "_BETWEEN_S", 0.02)
    monkeypatch.setattr(enrol_command, "_SERVER_PATIENCE_S", 0.5)
    monkeypatch.setattr("client.enrolment.TAKE_WITHIN_S", 0.3)
    with FakeServer() as running:
        yield running


def enrol(
    port: int, source: FakeSource, *, name: str = "Ada", patience_s: float = 5.0
) -> tuple[int, dict[str, object]]:
    """Runs the command; gives its exit code and its one line."""
    stream = io.StringIO()
    code = run(
        ClientSettings(server_port=port),
        Wanted(name=name, patience_s=patience_s),
        Lines(stream),
        parts=Parts(open_source=source.open, open_eyes=FakeEyes, identity=identity()),
    )
    (line,) = stream.getvalue().splitlines()
    found: dict[str, object] = json.loads(line)
    return code, found


def test_three_samples_are_taken_and_stored(server: FakeServer) -> None:
    """One line, exit code 0."""
    code, line = enrol(server.port, FakeSource(GRACE), name=" Ada  Lovelace ")
    assert code == Exit.OK
    assert (line["event"], line["ok"], line["display_name"]) == ("enrolled", True, "Ada Lovelace")
    assert line["samples"] == 3
    (request,) = server.of(Enrol)
    assert isinstance(request, Enrol)
    assert request.consent_text == enrol_command.CONSENT


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("already_enrolled", Exit.ALREADY_ENROLLED),
        ("name_taken", Exit.NAME_TAKEN),
        ("storage_full", Exit.FAILED),
    ],
)
def test_what_the_server_refuses_has_its_own_exit_code(
    server: FakeServer, code: str, exit_code: Exit
) -> None:
    """And the server's sentence."""

    def refuse(request: Request) -> Error | None:
        if isinstance(request, Enrol):
            return Error.refuse(code, "Because.", re=request.id, details={"subject": "f" * 32})
        return None

    server.answer = refuse
    found, line = enrol(server.port, FakeSource(GRACE))
    assert found == exit_code
    assert (line["ok"], line["code"], line["message"]) == (False, code, "Because.")
    assert line["subject_id"] == "f" * 32


@pytest.mark.parametrize(("who", "word"), [(NOBODY, "No face"), (POOR, "Come closer")])
def test_nobody_usable_before_the_camera_is_said(server: FakeServer, who: int, word: str) -> None:
    """With the reason of the last refusal."""
    code, line = enrol(server.port, FakeSource(who), patience_s=0.6)
    assert code == Exit.NO_FACE
    assert word in str(line["message"])
    assert "0 of 3" in str(line["message"])


def test_server_down_is_said(server: FakeServer) -> None:
    """The address is in the sentence."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    code, line = enrol(port, FakeSource(GRACE))
    assert code == Exit.NO_SERVER
    assert str(port) in str(line["message"])


def test_no_camera_is_said(server: FakeServer) -> None:
    """The source's own sentence."""
    source = FakeSource()
    source.open_error = CameraMissing("There is no camera 0.")
    code, line = enrol(server.port, source, patience_s=0.5)
    assert code == Exit.NO_CAMERA
    assert line["message"] == "There is no camera 0."


def test_a_server_that_does_not_answer_is_said(server: FakeServer) -> None:
    """It took the enrolment and said nothing."""
    server.heartbeat_s = 30.0

    def swallow(request: Request) -> Request | None:
        if isinstance(request, Enrol):
            server.silent.set()
            while not server._closing.wait(0.02):
                pass
        return None

    server.answer = swallow  # type: ignore[assignment]
    code, line = enrol(server.port, FakeSource(GRACE), patience_s=1.0)
    assert code == Exit.NO_SERVER
    assert line["code"] == "timeout"


@pytest.mark.parametrize("name", ["  ", "x" * 300])
def test_a_name_that_cannot_be_used_is_said_before_anything_starts(name: str) -> None:
    """Exit code 2; no camera is opened."""
    source = FakeSource()
    code, line = enrol(1, source, name=name)
    assert code == Exit.USAGE
    assert line["code"] == "name_invalid"
    assert source.opened == 0


def signing_in(server: FakeServer, password: str) -> tuple[int, dict[str, object]]:
    """Runs the command as somebody who has an account."""
    server.who_enrols = "signed_in"
    server.password = "a mole reads at noon"
    stream = io.StringIO()
    code = run(
        ClientSettings(server_port=server.port),
        Wanted(name="Ada", patience_s=5.0, sign_in="kim lee", password=password),
        Lines(stream),
        parts=Parts(open_source=FakeSource(GRACE).open, open_eyes=FakeEyes, identity=identity()),
    )
    assert server.password not in stream.getvalue()
    found: dict[str, object] = json.loads(stream.getvalue().splitlines()[-1])
    return code, found


def test_somebody_signs_in_before_the_samples_are_sent(server: FakeServer) -> None:
    """Once, and then it is an enrolment like any."""
    code, line = signing_in(server, "a mole reads at noon")
    assert (code, line["ok"]) == (Exit.OK, True)
    kinds = [type(request) for request in server.received if isinstance(request, SignIn | Enrol)]
    assert kinds == [SignIn, Enrol]


def test_a_wrong_password_enrols_nobody(server: FakeServer) -> None:
    """With an exit code of its own and the server's sentence."""
    code, line = signing_in(server, "another one")
    assert code == Exit.NOT_SIGNED_IN
    assert (line["code"], line["message"]) == ("sign_in_refused", "Wrong.")
    assert not server.of(Enrol)


def test_the_password_is_in_no_text_of_what_is_wanted() -> None:
    """Whoever logs it logs no password."""
    assert "mole" not in repr(Wanted(name="Ada", sign_in="kim", password="a mole reads at noon"))


def test_the_password_is_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody can be asked; the line's end is no part of it."""
    monkeypatch.setattr("sys.stdin", io.StringIO(" a mole reads at noon \r\nmore\n"))
    assert client.__main__._password() == " a mole reads at noon "


def test_the_real_command_line(tmp_path: Path) -> None:
    """The subcommand's options, a server that is down, one JSON line on standard output."""
    done = subprocess.run(
        [
            sys.executable, "-m", "client", "enrol", "--name", " ", "--source", "demo:",
            "--server", "127.0.0.1:9", "--settings", str(tmp_path / "none.json"),
        ],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )  # fmt: skip
    assert done.returncode == Exit.USAGE
    assert json.loads(done.stdout)["code"] == "name_invalid"
    assert "Traceback" not in done.stderr


class _Restless(Sitter):
    """Turns the head to the left again and again, as if asked to."""

    def pose(self, now_s: float) -> Pose:
        """Straight for a while, then out and back."""
        return turning(now_s % 2.5 - 1.2, to_deg=28.0, for_s=1.0) if self.obeys else Pose()


@pytest.mark.parametrize("obeys", [True, False])
def test_a_person_is_asked_to_show_that_they_live(server: FakeServer, *, obeys: bool) -> None:
    """Printed as lines; a picture is not enrolled, and the server is not asked to."""
    server.liveness = "active"
    if not obeys:
        server.answer = _hurried
    stream = io.StringIO()
    code = run(
        ClientSettings(server_port=server.port),
        Wanted(name="Ada", patience_s=5.0),
        Lines(stream),
        parts=Parts(
            open_source=FakeSource(GRACE).open,
            open_eyes=lambda: LivingEyes(_Restless(obeys=obeys)),
            open_judge=lambda _path: Judge(),
            identity=identity(),
        ),
    )
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    asked = [line["asked"] for line in lines if line["event"] == "challenge"]
    assert asked[:2] == ["look_straight", "turn_left"]
    (ended,) = [line for line in lines if line["event"] == "challenge_ended"]
    assert ended["passed"] is obeys
    if obeys:
        assert code == Exit.OK
        (request,) = server.of(Enrol)
        assert isinstance(request, Enrol)
        assert request.liveness == Liveness(challenge_id="c" * 32, passed=True, live=True)
    else:
        assert code == Exit.FAILED
        assert lines[-1]["code"] == "spoof_suspected"
        assert not server.of(Enrol)


def _hurried(request: Request) -> Message | None:
    if not isinstance(request, AskChallenge):
        return None
    return ChallengeReply(
        re=request.id,
        event_id=request.event_id,
        challenge_id="c" * 32,
        actions=("turn_left",),
        time_limit_s=2.0,
    )
