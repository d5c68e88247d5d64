"""What went wrong, and numbers, as the server's window says them. No Tk."""

import re

from protocol.text import printable
from server.events import Fault

# How the data say that files of people were left out; the reasons come with it, a line a file.
_FILES = re.compile(r"(\d+) files? of people could not be used")
_FILES_NAMED = 2


def left_out(files: list[tuple[str, str]]) -> Fault:
    """That files of people could not be used: three by name, every one with its reason."""
    names = ", ".join(printable(name, 40) for name, _ in files[:3])
    more = "" if len(files) <= 3 else f" and {len(files) - 3} more"
    many = "1 file" if len(files) == 1 else f"{len(files)} files"
    return Fault(
        f"{many} of people could not be used ({names}{more}). {_left(len(files))}; "
        "everybody else is there.",
        "\n".join(f"{printable(name)}: {reason}" for name, reason in files),
    )


def told(fault: Fault) -> tuple[str, str]:
    """The big line and the sentence under it: what is wrong, then why, then what still works."""
    found = _FILES.match(fault.sentence)
    if found is None:
        return "Something went wrong", printable(fault.sentence, 400)
    many = int(found[1])
    files = [line.partition(": ") for line in fault.detail.splitlines() if ": " in line]
    # The names are opaque ids: their beginnings tell them apart.
    whys = [f"{_short(name)}: {why.rstrip('.')}." for name, _, why in files[:_FILES_NAMED]]
    if len(files) > _FILES_NAMED:
        whys.append(f"{number(len(files) - _FILES_NAMED)} more are in the log.")
    line = f"{count(many, 'file', 'files')} of people could not be used"
    return line, printable(" ".join([*whys, f"{_left(many)}; everybody else is enrolled."]), 400)


def _left(files: int) -> str:
    return "It was left as it is" if files == 1 else "They were left as they are"


def _short(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{stem[:6]}…{dot}{ending}" if len(stem) > 12 else name


def count(things: int, one: str, many: str = "") -> str:
    """How many of something."""
    return f"{number(things)} {one if things == 1 else many or one + 's'}"


def number(value: int) -> str:
    """With a thin space between thousands."""
    return f"{value:,}".replace(",", "\u202f")
