"""Takes a data folder for this program and opens its vault; the states in which that fails."""

import errno
from collections.abc import Callable

from server.data_folder import DataFolder, DataInUse, NoFile
from server.events import GridState, ServerStateChanged
from server.gallery_files import GalleryFileError
from server.key_tool import opened
from server.swap import PlanRefused
from server.take_over import take_over
from server.vault import Vault, VaultLocked, VaultProblem


class CannotOpen(Exception):  # noqa: N818 - named for what happened
    """Raised when the data cannot be opened; `status` is what the window shows."""

    def __init__(self, status: ServerStateChanged) -> None:
        self.status = status
        super().__init__(status.sentence)


def unlock_data(
    folder: DataFolder,
    holder: str,
    *,
    passphrase: str | None = None,
    ask: Callable[[str], str] | None = None,
    make: bool = True,
) -> Vault:
    """Takes the folder for this program and opens its vault: what `OpenData` needs.

    Args:
        folder: Where the data are.
        holder: What another program is told that finds them in use.
        passphrase: Where the master key is one.
        ask: Asks for it where it was not given; None where nobody sits.
        make: Whether a key may be made where there is none.

    Raises:
        CannotOpen: Raised with the state to show; the folder is not locked then.
    """
    try:
        folder.lock(holder)
        vault = opened(folder, ask, passphrase=passphrase, make=make)
        take_over(folder, vault)
    except GalleryFileError as error:
        raise CannotOpen(ServerStateChanged(GridState.READ_ONLY, str(error))) from error
    except DataInUse as error:
        raise CannotOpen(ServerStateChanged(GridState.DATA_IN_USE, str(error))) from error
    except VaultProblem as error:
        folder.unlock()  # for the command that mends it
        state = GridState.LOCKED if isinstance(error, VaultLocked) else GridState.KEY_UNUSABLE
        raise CannotOpen(ServerStateChanged(state, str(error))) from error
    except (PlanRefused, NoFile) as error:
        raise CannotOpen(ServerStateChanged(GridState.READ_ONLY, str(error))) from error
    except OSError as error:
        raise CannotOpen(
            ServerStateChanged(
                GridState.READ_ONLY,
                f"The data folder {folder.root} cannot be written "
                f"({error.strerror}): {cure(error)}.",
            )
        ) from error
    return vault


def cure(error: OSError) -> str:
    """What to do about a disk that refuses."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "free some space on its disk"
    return "check its permissions"
