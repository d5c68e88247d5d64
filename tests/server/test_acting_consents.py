"""The consent text in somebody's hands: by the table, written down, and at checkpoints at once."""

from pathlib import Path

import pytest

from protocol.consent import FIRST_TEXT, mark_of
from protocol.errors import Code
from protocol.messages import Enrolled, Error, Heartbeat, HeartbeatReply, Welcome
from server.acting_grid import ActingGrid
from server.consent_texts import ConsentChanged
from server.permissions import TABLE, Action, Actor, NotAllowed, Role
from tests.server.wire import enrol, face, new_id, served

NEW = "I agree to be recognised here.\nMy data are deleted when I ask."


def test_each_role_reads_or_replaces_it_by_the_table(tmp_path: Path) -> None:
    """Refused and done are in the log, with numbers alone."""
    with served(tmp_path) as running:
        books = running.grid.books
        assert books is not None
        done = 0
        for role in Role:
            hands = ActingGrid(running.grid, books.administration, Actor("os:ann", role)).consents
            if Action.VIEW_CONSENT_TEXT in TABLE[role]:
                now = hands.state().in_force
            else:
                with pytest.raises(NotAllowed):
                    hands.state()
            if Action.CHANGE_CONSENT_TEXT in TABLE[role]:
                done += 1
                assert hands.put_in_force(NEW, instead_of=now.version).version == 2
            else:
                with pytest.raises(NotAllowed):
                    hands.put_in_force("Mine.", instead_of=1)
        assert done == 1
        with pytest.raises(ConsentChanged):
            ActingGrid(
                running.grid, books.administration, Actor("os:ann", Role.ADMINISTRATOR)
            ).consents.put_in_force("Late.", instead_of=1)
        noted = [
            (one.outcome, one.target, dict(one.details))
            for one in books.audit.verify().entries
            if one.action == Action.CHANGE_CONSENT_TEXT
        ]
        assert ("allowed", "1", {}) in noted
        assert ("done", "2", {"characters": len(NEW)}) in noted
        assert noted[-1][:2] == ("failed", "1")
        assert [one[0] for one in noted].count("refused") == len(Role) - 1
        assert b"recognised here" not in books.audit.path.read_bytes()


def test_checkpoints_have_it_at_once_and_old_consents_keep_their_version(tmp_path: Path) -> None:
    """The connected one by its next heartbeat, another by its welcome; the text of before not."""
    with served(tmp_path) as running, running.peer() as peer, running.peer("gate-2") as other_peer:
        welcome = peer.hello()
        assert isinstance(welcome, Welcome)
        assert welcome.consent_text == FIRST_TEXT
        shown = mark_of(FIRST_TEXT)
        same = peer.ask(Heartbeat(id=new_id(), consent=shown))
        assert isinstance(same, HeartbeatReply)
        assert same.consent_text is None
        ann = peer.ask(enrol("Ann", face(1), consent_text=FIRST_TEXT))
        assert isinstance(ann, Enrolled)
        made = running.grid.consents.put_in_force(NEW, instead_of=1)
        late = peer.ask(enrol("Bob", face(2), consent_text=FIRST_TEXT))
        assert isinstance(late, Error)
        assert (late.code, late.retryable) == (Code.CONSENT_OUTDATED, False)
        other = peer.ask(Heartbeat(id=new_id(), consent=shown))
        assert isinstance(other, HeartbeatReply)
        assert other.consent_text == NEW
        bob = peer.ask(enrol("Bob", face(2), consent_text=NEW))
        assert isinstance(bob, Enrolled)
        welcome = other_peer.hello()
        assert isinstance(welcome, Welcome)
        assert welcome.consent_text == NEW
        noted = [running.grid.people.consent(one.subject_id) for one in (ann, bob)]
        assert [(one["version"], one["since_ms"]) for one in noted if one] == [
            (1, 0),
            (2, made.since_ms),
        ]
        assert running.grid.consents.state().people == {1: 1, 2: 1}
