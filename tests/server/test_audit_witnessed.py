"""The log and its witnesses through a real socket: heads go out, are said again, and alarm."""

from pathlib import Path

from protocol.messages import Hello
from security.chain import Head
from server.events import Fault
from tests.server.wire import Peer, enrol, face, heartbeat, served
from tests.support import wait_until


def hello(peer: Peer, witnessed: str | None) -> object:
    """Says hello as a checkpoint that has seen this head."""
    peer.socket.sendall(
        peer.session.hello(
            checkpoint_id=peer.checkpoint_id,
            checkpoint_name="Gate",
            encoder="test-encoder/1",
            software="test 1",
            witnessed=witnessed,
        )
    )
    return peer.receive()


def test_the_newest_head_goes_out_and_grows_with_what_is_done(tmp_path: Path) -> None:
    """With the welcome and with every heartbeat; an enrolment at a checkpoint is a record."""
    with served(tmp_path) as running, running.peer() as gate:
        welcome = hello(gate, None)
        books = running.grid.books
        assert books is not None
        first = Head.parse(welcome.audit_head)  # type: ignore[attr-defined]
        assert first.signed_by(welcome.audit_key)  # type: ignore[attr-defined]
        person = gate.ask(enrol("Grace Hopper", face(1), face(1, noise=0.1)))
        later = Head.parse(gate.ask(heartbeat()).audit_head)
        assert later == books.audit.head
        assert later.sequence == first.sequence + 2
        entries = books.audit.verify().entries[-2:]
        assert [entry.outcome for entry in entries] == ["allowed", "done"]
        assert entries[1].target == person.subject_id
        assert entries[1].actor == "checkpoint:gate-1"
        assert b"Grace" not in books.audit.path.read_bytes()


def test_a_witnessed_head_that_the_log_lacks_is_an_alarm(tmp_path: Path) -> None:
    """A record and a banner; heads that fit, and none at all, are no alarm."""
    with served(tmp_path) as running:
        books = running.grid.books
        assert books is not None
        audit = books.audit
        known = audit.head
        assert known is not None
        _, beyond = audit._signer.line({}, sequence=known.sequence + 40, before="0" * 64)
        for witnessed in (None, known.text(), "rubbish"):
            with running.peer() as gate:
                hello(gate, witnessed)
        assert not [event for event in running.posted(Fault) if "rolled" in event.sentence]
        with running.peer() as gate:
            hello(gate, beyond.text())
            wait_until(lambda: [e for e in running.posted(Fault) if "rolled back" in e.sentence])
        entry = audit.verify().entries[-1]
        assert entry.action == "audit log was rolled back"
        assert entry.target == "gate-1"
        # Nothing else shows it any more; who verifies without a witness is told all the same.
        (found,) = audit.verify().findings
        assert "checkpoint gate-1 had seen record" in found.sentence


def test_a_hello_of_before_has_no_head() -> None:
    """The field is not asked for."""
    assert Hello.from_wire(
        {
            "kind": "hello", "id": "1", "version": 1, "checkpoint_id": "gate",
            "checkpoint_name": "Gate", "encoder": "x", "software": "y",
        }, ""
    ).witnessed is None  # fmt: skip
