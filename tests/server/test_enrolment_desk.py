"""Who may enrol at a checkpoint: nobody, anybody, or who signed in on this very connection."""

from dataclasses import replace
from pathlib import Path

import pytest

from protocol.errors import Code
from protocol.messages import SignIn, SignOut
from protocol.sign_in import WhoEnrols
from server.audit import AuditProblem
from server.enroller_accounts import EnrollerAccounts
from server.enrolment import EnrolmentService
from server.enrolment_desk import IDLE_S, EnrolmentDesk, desk_of
from server.event_records import Caller
from server.permissions import Role
from server.refusals import Refused
from server.stands import Stands
from tests.server.galleries import people_service
from tests.server.office import GOOD, OTHER, accounts_in, audit_in
from tests.server.wire import ENCODER, enrol, face

HERE = Caller("gate-1", "Gate 1", ENCODER, 1)


class Room:
    """A desk with everything under it, and a clock that goes when it is told to."""

    def __init__(self, folder: Path, who: WhoEnrols = WhoEnrols.SIGNED_IN) -> None:
        self.who = who
        self.now_s = 1000.0
        self.accounts = accounts_in(folder)
        self.audit = audit_in(folder)
        self.people = people_service(folder)
        self.desk = EnrolmentDesk(
            EnrolmentService(self.people),
            lambda _checkpoint_id: self.who,
            accounts=EnrollerAccounts(self.accounts, self.audit, Stands(self.audit, {})),
            audit=self.audit,
            clock=lambda: self.now_s,
        )
        self.kim = self.accounts.add("Kim Lee", Role.ENROLLER, GOOD).account_id
        self.desk.came(HERE)

    def sign_in(self, name: str = "kim lee", password: str = GOOD, caller: Caller = HERE) -> str:
        """The name that the answer has."""
        return self.desk.sign_in(SignIn(id="s", name=name, password=password), caller).name

    def written(self) -> list[tuple[str, str, str, str]]:
        """Actor, action, outcome and what for, of every enrolment, oldest first."""
        return [
            (one.actor, one.action, one.outcome, str(one.details.get("reason", "")))
            for one in self.audit.verify().entries
            if one.action.startswith("enrol")
        ]

    def refusal(self, caller: Caller = HERE) -> Refused:
        """What somebody is told who enrols."""
        with pytest.raises(Refused) as refused:
            self.desk.enrol(enrol("Ann", face(1)), caller)
        return refused.value


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Where whoever enrols signs in."""
    return Room(tmp_path)


def test_anybody_and_nobody_are_as_before(tmp_path: Path) -> None:
    """In the name of the checkpoint; or refused, and written as refused."""
    room = Room(tmp_path, WhoEnrols.ANYBODY)
    subject = room.desk.enrol(enrol("Ann", face(1)), HERE).subject_id
    consent = room.people.consent(subject)
    assert consent is not None
    assert consent["by"] == "checkpoint:gate-1"
    room.who = WhoEnrols.NOBODY
    with pytest.raises(Refused, match="Nobody may be enrolled") as refused:
        room.desk.enrol(enrol("Bob", face(2)), HERE)
    assert refused.value.code is Code.NOT_ALLOWED
    assert room.written() == [
        ("checkpoint:gate-1", "enrol at checkpoint", "allowed", ""),
        ("checkpoint:gate-1", "enrol at checkpoint", "done", ""),
        ("checkpoint:gate-1", "enrol at checkpoint", "refused", "not_allowed"),
    ]


def test_without_a_sign_in_nobody_is_enrolled(room: Room) -> None:
    """With a code of its own and words that an old checkpoint shows as they are."""
    refused = room.refusal()
    assert refused.code is Code.SIGN_IN_FIRST
    assert "signs in first" in refused.sentence
    assert not room.people.gallery
    assert room.written() == [
        ("checkpoint:gate-1", "enrol signed in", "refused", "sign_in_first"),
    ]


def test_who_signed_in_is_who_enrolled(room: Room) -> None:
    """In the audit log and in the consent that is kept with the person."""
    assert room.sign_in() == "Kim Lee"
    subject = room.desk.enrol(enrol("Ann", face(1)), HERE).subject_id
    who = f"account:{room.kim}"
    consent = room.people.consent(subject)
    assert consent is not None
    assert (consent["by"], consent["checkpoint_id"]) == (who, "gate-1")
    assert room.written() == [
        (who, "enrol signed in", "allowed", ""),
        (who, "enrol signed in", "done", ""),
    ]
    last = room.audit.verify().entries[-1]
    assert (last.target, last.origin) == (subject, "checkpoint:gate-1")
    assert last.details["checkpoint"] == "gate-1"


def test_added_samples_and_another_person_too(room: Room) -> None:
    """What answers "enrolled already" is an enrolment like any, and needs the sign-in."""
    room.sign_in()
    first = room.desk.enrol(enrol("Ann", face(1)), HERE).subject_id
    more = enrol("Ann", face(1, noise=0.1), same_person_as=first)
    twin = enrol("Eve", face(1), override_reason="Her twin")
    room.desk.sign_out(SignOut(id="o"), HERE)
    for request in (more, twin):
        with pytest.raises(Refused) as refused:
            room.desk.enrol(request, HERE)
        assert refused.value.code is Code.SIGN_IN_FIRST
    room.sign_in()
    assert room.desk.enrol(more, HERE).samples == 2
    twins = room.people.consent(room.desk.enrol(twin, HERE).subject_id)
    assert twins is not None
    assert (twins["by"], twins["override_reason"]) == (f"account:{room.kim}", "Her twin")


def test_it_belongs_to_its_connection(room: Room) -> None:
    """Another connection of the same checkpoint has none, and its end ends it."""
    other = replace(HERE, connection=2)
    room.desk.came(other)
    room.sign_in()
    assert room.refusal(other).code is Code.SIGN_IN_FIRST
    room.desk.went(HERE)
    assert room.refusal().code is Code.SIGN_IN_FIRST
    room.sign_in()  # it ended while the password was looked at: nothing is kept of it
    assert room.refusal().code is Code.SIGN_IN_FIRST
    assert room.desk._sign_ins == {2: None}


def test_it_ends_when_nobody_was_enrolled_for_a_while(room: Room) -> None:
    """Each enrolment begins the time anew, also one that is refused for the face."""
    room.sign_in()
    room.now_s += IDLE_S - 1
    room.desk.enrol(enrol("Ann", face(1)), HERE)
    room.now_s += IDLE_S - 1
    with pytest.raises(Refused, match="enrolled already"):
        room.desk.enrol(enrol("Bob", face(1)), HERE)
    room.now_s += IDLE_S
    refused = room.refusal()
    assert refused.code is Code.SIGN_IN_FIRST
    assert "has ended" in refused.sentence


def test_it_ends_with_a_changed_account_a_sign_out_and_another_sign_in(room: Room) -> None:
    """Whoever comes next has to know a password themselves."""
    room.sign_in()
    room.accounts.set_role(room.kim, Role.VIEWER)
    assert "was changed or removed" in room.refusal().sentence
    room.accounts.set_role(room.kim, Role.ENROLLER)
    assert room.refusal().code is Code.SIGN_IN_FIRST
    room.sign_in()
    room.desk.sign_out(SignOut(id="o"), HERE)
    assert room.refusal().code is Code.SIGN_IN_FIRST
    room.sign_in()
    with pytest.raises(Refused):
        room.sign_in(password=OTHER)
    assert room.refusal().code is Code.SIGN_IN_FIRST


def test_each_refusal_of_a_sign_in_has_its_code(room: Room) -> None:
    """Wrong, too soon, a role that may not enrol, a checkpoint where nobody signs in."""
    codes = []

    def refused(name: str, password: str) -> Refused:
        with pytest.raises(Refused) as found:
            room.sign_in(name, password)
        codes.append(found.value.code)
        return found.value

    room.accounts.add("Val", Role.OPERATOR, OTHER)
    assert "role enroller" in refused("Val", OTHER).sentence
    assert refused("Kim Lee", OTHER).details == {}
    refused("Kim Lee", OTHER)
    assert refused("Kim Lee", OTHER).details == {"wait_s": "1"}
    later = refused("Kim Lee", GOOD)
    assert "Too many wrong passwords" in later.sentence
    assert later.details == {"wait_s": "1"}
    room.who = WhoEnrols.ANYBODY
    refused("Kim Lee", GOOD)
    assert codes == [
        Code.NOT_ALLOWED,
        *[Code.SIGN_IN_REFUSED] * 3,
        Code.SIGN_IN_LATER,
        Code.NOT_ALLOWED,
    ]


def test_an_enrolment_whose_answer_was_lost_is_answered_again(room: Room) -> None:
    """Also when the sign-in ended with the connection; it is stored and written once.

    The same id with other content is no such enrolment.
    """
    room.sign_in()
    request = enrol("Ann", face(1))
    first = room.desk.enrol(request, HERE)
    room.desk.went(HERE)
    again = replace(HERE, connection=7)
    room.desk.came(again)
    second = room.desk.enrol(replace(request, id="r9"), again)
    assert (second.subject_id, second.samples, second.re) == (first.subject_id, 1, "r9")
    room.who = WhoEnrols.NOBODY
    assert room.desk.enrol(request, again) == first
    assert len(room.written()) == 2
    with pytest.raises(Refused) as refused:
        room.desk.enrol(replace(request, display_name="Bob"), again)
    assert refused.value.code is Code.IDEMPOTENCY_CONFLICT


def test_one_that_was_never_stored_needs_a_sign_in_again(room: Room) -> None:
    """Sent again after the connection broke: refused, then taken under the same id."""
    room.sign_in()
    room.desk.went(HERE)
    again = replace(HERE, connection=7)
    room.desk.came(again)
    request = enrol("Ann", face(1))
    with pytest.raises(Refused) as refused:
        room.desk.enrol(request, again)
    assert refused.value.code is Code.SIGN_IN_FIRST
    room.sign_in(caller=again)
    assert room.desk.enrol(request, again).enrolment_id == request.enrolment_id


def test_accounts_that_cannot_be_read_let_nobody_enrol(room: Room) -> None:
    """It is told as what it is, and no sign-in is lost by it."""
    room.sign_in()
    path = room.accounts._file._path
    whole = path.read_bytes()
    path.write_bytes(b"x" * 99)
    assert room.refusal().code is Code.STORAGE_FAILED
    with pytest.raises(Refused) as refused:
        room.sign_in()
    assert refused.value.code is Code.STORAGE_FAILED
    path.write_bytes(whole)
    room.sign_in()
    room.desk.enrol(enrol("Ann", face(1)), HERE)


def test_a_log_that_cannot_be_written_lets_nobody_enrol_and_says_no_path(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Retryable; where it lies on the server's disk is nobody's at a checkpoint."""

    def full(*_args: object, **_options: object) -> None:
        raise AuditProblem(f"The audit log {tmp_path}/audit/audit.jsonl cannot be written.")

    room.sign_in()
    monkeypatch.setattr(room.audit, "record", full)
    refused = [room.refusal()]
    with pytest.raises(Refused) as caught:
        room.sign_in()
    for one in (*refused, caught.value):
        assert (one.code, one.retryable) == (Code.STORAGE_FULL, True)
        assert str(tmp_path) not in one.sentence
    assert not room.people.list()


def test_a_server_without_books_has_nobody_to_sign_in(tmp_path: Path) -> None:
    """As on a server whose audit log is not open."""
    people = people_service(tmp_path)
    desk = desk_of(EnrolmentService(people), lambda _id: WhoEnrols.SIGNED_IN, None)
    desk.came(HERE)
    with pytest.raises(Refused) as refused:
        desk.sign_in(SignIn(id="s", name="Kim Lee", password=GOOD), HERE)
    assert refused.value.code is Code.NOT_ALLOWED
    with pytest.raises(Refused) as refused:
        desk.enrol(enrol("Ann", face(1)), HERE)
    assert refused.value.code is Code.SIGN_IN_FIRST
