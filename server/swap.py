"""Puts new files in the place of others: all of it or nothing, whenever the power goes.

What is to be done is written down first. From then on it is done, if not now then by whoever takes
the data folder next. What a restore replaces is moved aside and never deleted; what was sealed
anew with another key is written over as it was.
"""

import json
import logging
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from desktop.files import sync_folder, write_atomically
from desktop.logs import log_event
from desktop.scrubbing import blank_tree

NEW = ".restoring"
"""The folder of what is put in place, laid out like the data folder."""
AWAY = ".sealed-before"
"""Where what was there goes that is written over then."""
NOTE = "restoring.json"
RESTORED = "backup_restored"
BACKING_UP = ".backing-up-"
"""How the folders begin that a backup gathers in; who makes the next one removes what is left."""
ASIDE = "set-aside-"
"""How the folders begin that hold what was there before a restore."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done.

    Attributes:
        aside: The folder, below the data folder, where what was there goes.
        put: Paths that come from the folder of new ones; what is there goes aside.
        remove: Paths that only go aside.
        back: Paths that come back from aside: files of others, in a folder that went there.
        done: What the log says then.
    """

    aside: str
    put: tuple[str, ...]
    remove: tuple[str, ...]
    back: tuple[str, ...] = ()
    done: str = RESTORED


def begin(root: Path, plan: Plan) -> None:
    """Writes the plan down: from here on it will be done.

    Raises:
        OSError: The disk refused; nothing has changed.
    """
    write_atomically(root / NOTE, json.dumps(asdict(plan)).encode("ascii"))


def finish(root: Path) -> bool:
    """Does what is written down and was not done yet; True when there was something.

    The caller holds the folder's lock. Also removes what was cut off before it counted.

    Raises:
        OSError: The disk refused; the next one who takes the folder goes on.
    """
    plan = _read(root)
    if plan is not None:
        for path in plan.remove:
            _set_aside(root, plan, path)
        for path in plan.put:
            new, target = root / NEW / path, root / path
            if new.exists():
                _set_aside(root, plan, path)
                _move(new, target)
        for path in plan.back:
            if (root / plan.aside / path).exists() and not (root / path).exists():
                _move(root / plan.aside / path, root / path)
        if plan.aside == AWAY:
            blank_tree(root / AWAY)
        (root / NOTE).unlink()
        sync_folder(root)
        log_event(_LOG, plan.done, set_aside=plan.aside)
    shutil.rmtree(root / NEW, ignore_errors=True)
    return plan is not None


def _set_aside(root: Path, plan: Plan, path: str) -> None:
    """Moves what is there; where it went already, a crash came in between."""
    there, aside = root / path, root / plan.aside / path
    if there.exists() and not aside.exists():
        _move(there, aside)
        sync_folder(there.parent)


def _move(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.rename(target)
    sync_folder(target.parent)


def _read(root: Path) -> Plan | None:
    try:
        text = json.loads((root / NOTE).read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise OSError(f"{root / NOTE} is damaged: a restore cannot be ended") from error
    back, done = tuple(text.get("back", ())), text.get("done", RESTORED)
    return Plan(text["aside"], tuple(text["put"]), tuple(text["remove"]), back, done)
