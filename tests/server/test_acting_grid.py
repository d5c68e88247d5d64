"""The grid in somebody's hands: what their role does not allow reaches nothing, and is written."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from protocol.sign_in import WhoEnrols
from security.recovery import RecoveryKey
from server.acting_grid import ActingGrid
from server.audit import Audit
from server.grid import Grid
from server.permissions import TABLE, Action, Actor, NotAllowed, Role
from server.settings import ServerSettings
from tests.server.office import administration_in
from tests.server.wire import enrol, face, identify, served

_KEY = RecoveryKey.fresh()

ACTS: dict[str, tuple[Action, Callable[[ActingGrid], object]]] = {
    "list": (Action.VIEW_PEOPLE, lambda grid: grid.people.list()),
    "picture": (Action.VIEW_PEOPLE, lambda grid: grid.people.picture("p-1")),
    "consent": (Action.VIEW_PEOPLE, lambda grid: grid.people.consent("p-1")),
    "rename": (Action.RENAME_PERSON, lambda grid: grid.people.rename("p-1", "Grace Hopper")),
    "delete": (Action.DELETE_PERSON, lambda grid: grid.people.delete("p-1")),
    "forget pictures": (Action.CHANGE_SETTINGS, lambda grid: grid.people.forget_pictures()),
    "history": (Action.VIEW_HISTORY, lambda grid: grid.history),
    "photos": (
        Action.ENROL_PHOTOS,
        lambda grid: grid.add_photos(Path("x"), ground="a form", name="Grace Hopper"),
    ),
    "cancel photos": (Action.ENROL_PHOTOS, lambda grid: grid.cancel_photos()),
    "strangers": (Action.FORGET_STRANGERS, lambda grid: grid.forget_strangers()),
    "erase": (Action.ERASE_PERSON, lambda grid: grid.erase_person("a" * 32)),
    "deleted": (Action.ERASE_PERSON, lambda grid: grid.deleted_people()),
    "receipt": (Action.ERASE_PERSON, lambda grid: grid.receipt("a" * 32)),
    "export": (Action.EXPORT_PERSON, lambda grid: grid.export_person("a" * 32, Path("x"))),
    "start": (Action.START_SERVER, lambda grid: grid.start(port=5051)),
    "stop": (Action.STOP_SERVER, lambda grid: grid.stop()),
    "backup": (Action.BACK_UP, lambda grid: grid.back_up(Path("x"))),
    "last backup": (Action.BACK_UP, lambda grid: grid.last_backup),
    "confirm clock": (Action.CONFIRM_CLOCK, lambda grid: grid.confirm_clock()),
    "keys": (Action.MANAGE_KEYS, lambda grid: grid.keys.status),
    "recovery key": (Action.MANAGE_KEYS, lambda grid: grid.keys.keep_recovery(_KEY)),
    "restore": (Action.RESTORE, lambda grid: grid.restore_database()),
    "settings": (
        Action.CHANGE_SETTINGS,
        lambda grid: grid.change_settings(replace(grid.settings, name="Hopper's", port=1)),
    ),
    "evaluate": (Action.EVALUATE, lambda grid: grid.evaluation.begin()),
    "cancel evaluation": (Action.EVALUATE, lambda grid: grid.evaluation.cancel()),
    "report": (Action.EVALUATE, lambda grid: grid.evaluation.latest()),
    "reports": (Action.EVALUATE, lambda grid: grid.evaluation.write_to(Path("x"))),
    "devices": (Action.VIEW_STATE, lambda grid: grid.devices.list()),
    "revoke": (Action.REVOKE_CHECKPOINT, lambda grid: grid.devices.revoke("lobby")),
    "rename checkpoint": (
        Action.RENAME_CHECKPOINT,
        lambda grid: grid.devices.rename("lobby", "Hopper's"),
    ),
    "held up": (Action.VIEW_STATE, lambda grid: grid.devices.held_up("lobby")),
    "let try again": (Action.LET_TRY_AGAIN, lambda grid: grid.devices.let_try_again("lobby")),
    "sign-ins wait": (Action.VIEW_STATE, lambda grid: grid.devices.sign_ins_wait()),
    "let sign in again": (
        Action.LET_SIGN_IN_AGAIN,
        lambda grid: grid.devices.let_sign_in_again("lobby"),
    ),
    "let enrol": (
        Action.LET_ENROL,
        lambda grid: grid.devices.let_enrol("lobby", WhoEnrols.ANYBODY),
    ),
    "pair": (Action.ADD_CHECKPOINT, lambda grid: grid.pairing.open("Hopper's gate")),
    "close pairing": (Action.ADD_CHECKPOINT, lambda grid: grid.pairing.close()),
    "dismiss alarm": (Action.DISMISS_ALARM, lambda grid: grid.audit.dismiss("Something.")),
    "verify": (Action.VIEW_AUDIT, lambda grid: grid.audit.verified()),
    "anything": (Action.EXPORT_HISTORY, lambda grid: grid.act(Action.EXPORT_HISTORY, lambda: 1)),
}
"""Everything that can be asked of it, and the action of the table that it is."""


class Noted:
    """Stands for the grid and all its parts: notes every call, and looks at what is no call."""

    def __init__(self, notes: list[str], name: str = "") -> None:
        self._notes = notes
        self._name = name
        self.settings = ServerSettings()

    def __getattr__(self, name: str) -> Any:
        if name in ("history", "key_status", "last_backup"):  # asked for without a call
            self._notes.append(name)
        return Noted(self._notes, name)

    def __call__(self, *_: object, **__: object) -> "Noted":
        self._notes.append(self._name)
        return self


def acting(folder: Path, role: Role) -> tuple[ActingGrid, list[str], Audit]:
    """The grid in the hands of a role, what reaches the grid, and the audit log."""
    administration, _, audit = administration_in(folder)
    notes: list[str] = []
    grid = ActingGrid(cast("Grid", Noted(notes)), administration, Actor("os:somebody", role))
    return grid, notes, audit


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", list(Role))
def test_every_role_with_everything_that_can_be_asked(tmp_path: Path, role: Role, act: str) -> None:
    """Allowed, it reaches the grid; refused, nothing does, and the refusal is written."""
    action, ask = ACTS[act]
    grid, notes, audit = acting(tmp_path, role)
    assert grid.may(action) is (action in TABLE[role])
    if grid.may(action):
        ask(grid)
        assert notes or act in ("anything", "dismiss alarm")
    else:
        with pytest.raises(NotAllowed):
            ask(grid)
        assert notes == []
        (entry,) = audit.verify().entries
        assert (entry.action, entry.outcome) == (str(action), "refused")
    assert b"Hopper" not in audit.path.read_bytes() if audit.path.exists() else True


def test_everything_that_can_be_asked_is_in_the_test_above() -> None:
    """Whoever adds something to the grid of a person adds its row."""
    free = {"may", "act", "settings", "ready", "photos_running", "expectation"}
    free |= {
        "strangers_known",
        "status",
        "checkpoints",
        "people",
        "consents",
        "evaluation",
        "devices",
        "pairing",
        "keys",
    }
    # These read and write files of the classic formats: asked for real below.
    below = {"import_people", "export_people"}
    asked = {
        "history": "history",
        "add_photos": "photos",
        "cancel_photos": "cancel photos",
        "forget_strangers": "strangers",
        "start": "start",
        "erase_person": "erase",
        "deleted_people": "deleted",
        "receipt": "receipt",
        "export_person": "export",
        "stop": "stop",
        "back_up": "backup",
        "last_backup": "last backup",
        "confirm_clock": "confirm clock",
        "restore_database": "restore",
        "change_settings": "settings",
        "audit": "verify",
    }
    public = {name for name in vars(ActingGrid) if not name.startswith("_")}
    assert public - free - below == set(asked) & public
    assert set(asked.values()) <= set(ACTS)


def test_the_record_of_new_settings_has_no_text_of_somebody(tmp_path: Path) -> None:
    """Numbers and words of ours are written, a name is only said to be changed."""
    grid, _, audit = acting(tmp_path, Role.ADMINISTRATOR)
    grid.change_settings(
        replace(grid.settings, name="Hopper's door", port=5051, keep_pictures=True, theme="dark")
    )
    (entry,) = audit.verify().entries
    assert entry.details == {
        "name": "changed",
        "port": 5051,
        "keep_pictures": True,
        "theme": "dark",
    }


def test_with_a_real_grid_people_are_kept_from_whom_they_are_none_of(tmp_path: Path) -> None:
    """Rename, delete, import and export through the real services; ids in the log, no name."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        person = gate.ask(enrol("Grace Hopper", face(1), face(1, noise=0.1)))
        gate.ask(identify(face(1)))
        books = running.grid.books
        assert books is not None
        hands = {
            role: ActingGrid(running.grid, books.administration, Actor("os:somebody", role))
            for role in Role
        }
        for role in (Role.VIEWER, Role.OPERATOR, Role.AUDITOR, Role.DEVICE):
            with pytest.raises(NotAllowed):
                hands[role].people.rename(person.subject_id, "Ada Lovelace")
            with pytest.raises(NotAllowed):
                hands[role].people.delete(person.subject_id)
            with pytest.raises(NotAllowed):
                hands[role].export_people(tmp_path / "out.pkl", "names")
            with pytest.raises(NotAllowed):
                hands[role].import_people(tmp_path / "out.pkl", ground="a form")
        assert not (tmp_path / "out.pkl").exists()
        assert hands[Role.VIEWER].history.count() == 1
        boss = hands[Role.ADMINISTRATOR]
        assert [one.display_name for one in boss.people.list()] == ["Grace Hopper"]
        assert boss.export_people(tmp_path / "out.pkl", "names") == 1
        hands[Role.ENROLLER].people.delete(person.subject_id)
        assert boss.people.list() == ()
        assert boss.import_people(tmp_path / "out.pkl", ground="a form").count("in") == 2
        content = books.audit.path.read_bytes()
        assert person.subject_id.encode() in content
        for name in (b"Grace", b"Hopper", b"Ada", b"Lovelace"):
            assert name not in content
        assert books.audit.verify().whole


def test_erasing_a_person_leaves_the_chain_whole(tmp_path: Path) -> None:
    """There is nothing of them in it but an opaque id."""
    with served(tmp_path) as running, running.checkpoint() as gate:
        person = gate.ask(enrol("Grace Hopper", face(1), face(1, noise=0.1)))
        books = running.grid.books
        assert books is not None
        boss = Actor("os:root", Role.ADMINISTRATOR)
        ActingGrid(running.grid, books.administration, boss).people.delete(person.subject_id)
        before = books.audit.verify()
        assert before.whole
        assert [entry.action for entry in before.entries][-2:] == [
            "delete person",
            "data as they stand",
        ]
    assert running.grid.books is books
    assert books.audit.verify().entries[-1].action == "server stopped"
