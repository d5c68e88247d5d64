"""Puts new files in the place of others: all of it or nothing, whenever the power goes.

What is to be done is written down first. From then on it is done, if not now then by whoever takes
the data folder next. What a restore replaces is moved aside and never deleted; what was sealed
anew with another key is written over as it was.

Who may write the data folder could write a plan too, of files that they may not write themselves:
so no plan leads out of the data, nor to the code that may lie beside them.
"""

import json
import logging
import re
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
_FOLDERS = frozenset({"known_faces", "pictures", "evaluation", "erasures"})
"""That hold nothing but data, and may be put in place as wholes."""
_FILES = frozenset({"server-settings.json", "consent-texts.json"})
_WITH_CODE = frozenset({"database", "keys", "audit"})
"""Of which single files are put in place: beside the data the first holds a part of the program."""
_CODE = frozenset({".py", ".pyc", ".pyi", ".pth", ".so", ".pyd", ".sql"})
_DAMAGE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What reading a plan raises that somebody or the disk changed."""
_ASIDE = re.compile(rf"{ASIDE}[0-9A-Za-z.-]+")


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


class PlanRefused(OSError):  # noqa: N818 - named for what happened
    """Raised when a plan is none of this program's; a sentence, and nothing of it was done."""


def is_data(path: str) -> bool:
    """Whether a path below the data folder is one of the data, and neither code nor elsewhere."""
    first, *rest = path.split("/")
    if any(part in ("", ".", "..") for part in (first, *rest)) or "\\" in path or ":" in path:
        return False
    if first in _WITH_CODE:
        return bool(rest) and Path(path).suffix.lower() not in _CODE
    return first in _FOLDERS or path in _FILES or _ASIDE.fullmatch(first) is not None


def begin(root: Path, plan: Plan) -> None:
    """Writes the plan down: from here on it will be done.

    Raises:
        PlanRefused: It leads out of the data, such as through a link.
        OSError: The disk refused; nothing has changed.
    """
    _check(root, plan)
    data = json.dumps(asdict(plan)).encode("ascii")
    write_atomically(root / NEW / NOTE, data)  # read where the other one is damaged
    write_atomically(root / NOTE, data)


def finish(root: Path) -> bool:
    """Does what is written down and was not done yet; True when there was something.

    The caller holds the folder's lock. Also removes what was cut off before it counted.

    Raises:
        PlanRefused: Somebody else wrote the plan, or damaged it.
        OSError: The disk refused; the next one who takes the folder goes on.
    """
    plan = _read(root)
    if plan is not None:
        _check(root, plan)
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


def _check(root: Path, plan: Plan) -> None:
    """Makes sure that every move stays within the data.

    Raises:
        PlanRefused: One does not.
    """
    aside = plan.aside == AWAY or _ASIDE.fullmatch(plan.aside)
    paths = (*plan.put, *plan.remove, *plan.back)
    folders = {root / NEW, root / plan.aside}
    for path in paths:
        for parent in Path(path).parents:
            folders |= {root / parent, root / NEW / parent, root / plan.aside / parent}
    if aside and all(map(is_data, paths)):
        linked = sorted(str(one) for one in folders - {root} if one.is_symlink())
        if not linked:
            return
        raise PlanRefused(
            f"{linked[0]} is a link: nothing is put in place through one. Move the folder there "
            f"that it leads to; if nobody of yours made it, look who can write in {root}."
        )
    raise PlanRefused(
        f"{root / NOTE} would move files that are none of the data: FaceNetGrid did not write it. "
        f"Look who can write in {root}, and remove it."
    )


def _read(root: Path) -> Plan | None:
    """The plan that counts; its copy where it is damaged.

    Raises:
        PlanRefused: Both are, or it is and there is no copy; says what to do.
    """
    try:
        return _plan_in(root / NOTE)
    except FileNotFoundError:
        return None
    except _DAMAGE as error:
        try:
            plan = _plan_in(root / NEW / NOTE)
        except (FileNotFoundError, *_DAMAGE):
            raise PlanRefused(_cure(root)) from error
        log_event(_LOG, "plan_damaged", level=logging.WARNING, reason=str(error))
        return plan


def _cure(root: Path) -> str:
    """What to do about a plan that nobody can read."""
    damaged = f"{root / NOTE} is damaged: what it says was not done."
    if not (root / NEW).is_dir():
        return (
            f"{damaged} Nothing waits to be put in place, so nothing is lost with it: remove it. "
            f"If no restore was broken off, look who can write in {root}."
        )
    return (
        f"{damaged} Move it and the folder {NEW} out of {root}, and start again: where nothing "
        "had been put in place yet, everything is as it was before. Where something is missing "
        "then, restore the newest backup into an empty folder (restore FILE --data FOLDER). What "
        f"was there lies in {root} in {ASIDE}… or {AWAY}; delete nothing before all is well."
    )


def _plan_in(path: Path) -> Plan:
    text = json.loads(path.read_bytes())
    put, remove, back = map(_paths, (text["put"], text["remove"], text.get("back", [])))
    return Plan(str(text["aside"]), put, remove, back, str(text.get("done", RESTORED)))


def _paths(found: object) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise TypeError("no list of paths")
    return tuple(found)
