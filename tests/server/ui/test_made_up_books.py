"""Made-up accounts: real ones, in a folder that goes with the grid."""

import gc
import time

from server.permissions import Role
from server.settings import ServerSettings
from server.ui.made_up import MadeUpGrid


def test_wrong_passwords_make_sign_ins_wait_at_a_checkpoint() -> None:
    """For some minutes from now on, as real ones do."""
    grid = MadeUpGrid(ServerSettings(), lambda _event: None, full=False)
    grid.mistype_at("lobby")
    waiting = grid.books.accounts.waiting_at()
    assert list(waiting) == ["lobby"]
    assert waiting["lobby"] > time.time_ns() // 1_000_000 + 60_000


def test_every_role_can_sign_in_and_the_folder_goes_away() -> None:
    """Nothing is left on the disk."""
    grid = MadeUpGrid(ServerSettings(), lambda _event: None, full=False)
    grid.work_a_morning()
    for role in Role:
        if role.of_people:
            assert grid.sign_in(role).role is role
    assert grid.books.audit.verify().whole
    folder = grid.books.audit.path.parent.parent
    assert folder.is_dir()
    del grid
    gc.collect()
    assert not folder.exists()
