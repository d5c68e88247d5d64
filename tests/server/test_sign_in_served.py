"""Signing in at a checkpoint through a real socket: who may enrol, and what an old one is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.messages import Enrolled, Error, SignedIn, SignedOut, SignIn, SignOut
from protocol.sign_in import WhoEnrols
from server.acting_grid import ActingGrid
from server.permissions import Actor, NotAllowed, Role
from tests.server.office import CHEAP, GOOD, OTHER
from tests.server.wire import Peer, Served, assert_healthy, enrol, face, new_id, served


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A grid with an enroller, where whoever enrols at gate-1 signs in."""
    monkeypatch.setattr("server.accounts.Passwords", lambda: CHEAP)
    with served(tmp_path) as grid:
        assert grid.grid.books is not None
        grid.grid.books.accounts.add("Kim Lee", Role.ENROLLER, GOOD)
        grid.access("gate-1")
        grid.grid.devices.let_enrol("gate-1", WhoEnrols.SIGNED_IN)
        yield grid


def sign_in(gate: Peer, password: str = GOOD) -> SignedIn | Error:
    """The server's answer."""
    answer = gate.ask(SignIn(id=new_id(), name="kim lee", password=password))
    assert isinstance(answer, SignedIn | Error)
    return answer


def records(running: Served) -> list[tuple[str, str]]:
    """Action and outcome of what was written about signing in and enrolling."""
    assert running.grid.books is not None
    return [
        (entry.action, entry.outcome)
        for entry in running.grid.books.audit.verify().entries
        if entry.action == "sign in" or entry.action.startswith("enrol")
    ]


def test_an_old_checkpoint_is_refused_in_words_and_goes_on(running: Served) -> None:
    """It does not know the code: it shows the sentence; the connection stays."""
    with running.checkpoint() as gate:
        answer = gate.ask(enrol("Ann", face(1)))
        assert isinstance(answer, Error)
        assert (answer.code, answer.retryable) == ("sign_in_first", False)
        assert answer.message.endswith(".")
        running.grid.devices.let_enrol("gate-1", WhoEnrols.ANYBODY)
        assert isinstance(gate.ask(enrol("Ann", face(1))), Enrolled)
    assert_healthy(running)


def test_from_the_password_to_the_consent(running: Served) -> None:
    """Told by the welcome; wrong, then right; enrolled by them; signed out, nobody enrols."""
    with running.checkpoint() as gate:
        assert gate.session.welcome is not None
        assert gate.session.welcome.who_enrols == "signed_in"
        refused = sign_in(gate, OTHER)
        assert isinstance(refused, Error)
        assert refused.code == "sign_in_refused"
        answer = sign_in(gate)
        assert isinstance(answer, SignedIn)
        assert (answer.name, answer.idle_s) == ("Kim Lee", 300)
        enrolled = gate.ask(enrol("Ann", face(1)))
        assert isinstance(enrolled, Enrolled)
        assert isinstance(gate.ask(SignOut(id=new_id())), SignedOut)
        assert gate.ask(enrol("Bob", face(2))).kind == "error"
        assert OTHER.encode() not in gate.raw
        assert GOOD.encode() not in gate.raw
    consent = running.grid.people.consent(enrolled.subject_id)
    assert consent is not None
    assert str(consent["by"]).startswith("account:")
    assert records(running) == [
        ("sign in", "refused"),
        ("sign in", "done"),
        ("enrol signed in", "allowed"),
        ("enrol signed in", "done"),
        ("enrol signed in", "refused"),
    ]


def test_it_ends_with_the_connection_and_a_lost_answer_is_given_again(running: Served) -> None:
    """The same enrolment over the next connection is answered; another one needs a sign-in."""
    request = enrol("Ann", face(1))
    with running.checkpoint() as gate:
        sign_in(gate)
        first = gate.ask(request)
        assert isinstance(first, Enrolled)
    with running.checkpoint() as gate:
        assert gate.ask(request) == first
        assert gate.ask(enrol("Bob", face(2))).kind == "error"
    assert len(running.grid.people.gallery) == 1


def test_no_password_is_in_anything_that_was_logged(
    running: Served, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor in what the server keeps in clear."""
    caplog.set_level("DEBUG")
    with running.checkpoint() as gate:
        sign_in(gate)
        sign_in(gate, OTHER)
    told = caplog.text + "".join(repr(vars(line)) for line in caplog.records)
    assert GOOD not in told
    assert OTHER not in told
    for path in running.folder.root.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert GOOD.encode() not in content, path
            assert OTHER.encode() not in content, path


def test_an_administrator_ends_the_wait_at_a_checkpoint(running: Served) -> None:
    """Nobody else may; then the right password is looked at at once, and all of it is written."""
    books = running.grid.books
    assert books is not None
    hands = {
        role: ActingGrid(running.grid, books.administration, Actor("os:somebody", role))
        for role in (Role.ENROLLER, Role.ADMINISTRATOR)
    }
    with running.checkpoint() as gate:
        refused = sign_in(gate, OTHER)
        while isinstance(refused, Error) and refused.code == "sign_in_refused":
            refused = sign_in(gate, OTHER)
        assert isinstance(refused, Error)
        assert refused.code == "sign_in_later"
        devices = hands[Role.ADMINISTRATOR].devices
        assert devices.sign_ins_wait()["gate-1"] > 0
        with pytest.raises(NotAllowed):
            hands[Role.ENROLLER].devices.let_sign_in_again("gate-1")
        devices.let_sign_in_again("gate-1")
        assert devices.sign_ins_wait() == {}
        assert isinstance(sign_in(gate), SignedIn)
    written = [
        (entry.target, entry.outcome, dict(entry.details))
        for entry in books.audit.verify().entries
        if entry.action == "let sign in again"
    ]
    assert written == [
        ("gate-1", "refused", {}),
        ("gate-1", "allowed", {}),
        ("gate-1", "done", {"waited": True}),
    ]
