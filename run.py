#!/usr/bin/env python3
"""FaceNetGrid's one command: sets itself up the first time, then runs what it is asked for."""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "facenetgrid-ready"
MINOR = sys.version_info[1]


def another_python() -> str:
    """A sentence naming a Python of this computer that would do, or where to get one."""
    test = "import sys, tkinter, ensurepip; sys.exit(not 11 <= sys.version_info[1] <= 13)"
    for path in map(shutil.which, ("python3.13", "python3.12", "python3.11", "/usr/bin/python3")):
        if path and not subprocess.call([path, "-c", test], stderr=subprocess.DEVNULL):
            return f"This one will do: {path} run.py"
    return "Install Python 3.12 from python.org or with your system's package manager."


if not (3, 11) <= sys.version_info[:2] <= (3, 13):  # older Pythons read the file so far
    sys.exit("FaceNetGrid needs Python 3.11, 3.12 or 3.13. " + another_python())

COMMANDS = {  # what to type: what it is for, the module to run, with the developers' tools?
    "demo": ("a server and two checkpoints at work on real photographs", "demo", False),
    "server": ("the server, the centre of the grid", "server", False),
    "client": ("a checkpoint", "client", False),
    "enrol": ("enrol the people of a folder of photographs", "server enrol", False),
    "verify": ("do two photographs show the same person?", "biometrics verify", False),
    "evaluate": ("how well people are told apart in a folder", "biometrics evaluate", False),
    "screenshots": ("pictures of every state of both windows", "demo.screenshots", True),
    "test": ("the tests; what follows goes to pytest", "pytest -n auto --dist worksteal", True),
    "check": ("style, types, import rules and the rules of this house", "tests.house", True),
    "bench": ("the measurements", "benchmarks", True),
}
# what each package manager calls these parts; "tk" alone: slim images have tkinter but not Tk
PARTS = ("venv", "tkinter", "tk", "Xvfb")
PACKAGES = {
    "sudo apt-get install -y": f"python3.{MINOR}-venv python3.{MINOR}-tk tk xvfb",
    "sudo dnf install": "python3 python3-tkinter tk xorg-x11-server-Xvfb",
    "sudo zypper install": f"python3{MINOR} python3{MINOR}-tk tk xorg-x11-server-Xvfb",
    "sudo pacman -S": "python tk tk xorg-server-xvfb",
    "brew install": f"python@3.{MINOR} python-tk@3.{MINOR} tcl-tk xquartz",
}


def missing_parts(command: str, rest: list[str]) -> list[str]:
    """The system parts this command needs and this computer lacks."""
    missing = [] if PYTHON.exists() or importlib.util.find_spec("ensurepip") else ["venv"]
    quiet = {"--headless", "-h", "--help", "enrol", "import", "export", "evaluate"} & {*rest}
    virtual_screen = command in {"test", "screenshots"}
    if virtual_screen or (command in {"demo", "server", "client"} and not quiet):
        try:
            importlib.import_module("tkinter")
        except ImportError:
            missing.append("tk" if importlib.util.find_spec("_tkinter") else "tkinter")
    if virtual_screen and not (sys.platform in {"win32", "darwin"} or shutil.which("Xvfb")):
        missing.append("Xvfb")
    return missing


def how_to_get(missing: list[str]) -> str:
    """The command to type for these parts on this computer, or a sentence where none would do."""
    if os.name == "nt":
        return "Run Python's installer again, choose Modify, tick 'pip' and 'tcl/tk and IDLE'."
    if sys.platform == "linux" and sys.base_prefix != "/usr" and {"venv", "tkinter"} & {*missing}:
        return f"The Python at {sys.base_prefix} was built without. {another_python()}"
    for install, names in PACKAGES.items():
        if shutil.which(install.removeprefix("sudo ").split()[0]):
            return " ".join([install, *(names.split()[PARTS.index(part)] for part in missing)])
    return "Install it with your system's package manager."


def provide_parts(command: str, rest: list[str]) -> None:
    """Installs missing system parts as root on Debian's kin; elsewhere ends with what to type."""
    missing = missing_parts(command, rest)
    how = how_to_get(missing) if missing else ""
    if how.startswith("sudo apt-get") and os.geteuid() == 0:
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        for step in ("apt-get update -q", how.removeprefix("sudo ")):
            sys.stderr.write(step + "\n")
            subprocess.call(step.split(), stdin=subprocess.DEVNULL, stdout=2)
        importlib.invalidate_caches()
        missing = missing_parts(command, rest)
    if missing:
        sys.exit(f"Missing on this computer: {', '.join(missing)}. What to do:\n  {how}")


def set_up(*, dev: bool) -> None:
    """Makes the environment and installs the requirements, unless the stamp says it is done."""
    files = sorted([*ROOT.glob("requirements*.txt"), *ROOT.glob("packaging/wheels/*.whl")])
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    same_python = f"{sys.base_prefix} {sys.version}\n"
    wanted = f"{same_python}{digest}{' dev' * dev}"
    # A database as a lock between two first starts: a killed process cannot leave it locked.
    with contextlib.closing(sqlite3.connect(ROOT / ".venv-lock", timeout=1800)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        done = STAMP.read_text() if STAMP.exists() and PYTHON.exists() else ""
        if not done.startswith(wanted):
            sys.stderr.write("Setting up, once: this takes about a minute.\n")
            STAMP.unlink(missing_ok=True)  # so that after an interruption it is made afresh
            if not done.startswith(same_python):
                venv.create(VENV, clear=True, with_pip=True)
            # -I: settings of other Pythons in this shell must not reach this one
            pip = [str(PYTHON), "-I", "-m", "pip", "--no-input", "--disable-pip-version-check"]
            what = ROOT / f"requirements{'-dev' * dev}.txt"
            subprocess.run([*pip, "install", "-r", what], check=True, stdout=2)
            STAMP.write_text(wanted)


def main(arguments: list[str]) -> int:
    """Prepares what the command needs, then runs it and returns its exit code."""
    command, rest = (arguments or ["help"])[0], arguments[1:]
    if command not in COMMANDS:
        wrong = f"There is no command {command!r}.\n" * (command not in {"help", "-h", "--help"})
        about = "".join(f"  {name:12} {about}\n" for name, (about, *_) in COMMANDS.items())
        sys.stderr.write(f"{wrong}usage: python3 run.py COMMAND [...]\n\n{about}")
        return 2 if wrong else 0
    _about, module, dev = COMMANDS[command]
    for number in (signal.SIGINT, signal.SIGTERM):  # an exception ends pip together with us
        signal.signal(number, lambda *_: sys.exit("Interrupted. Type the same command again."))
    try:
        provide_parts(command, rest)
        set_up(dev=dev)
    except (OSError, sqlite3.Error, subprocess.CalledProcessError) as error:
        sys.exit(f"Setting up failed: {error}\nMend that and type the same command again.")
    os.chdir(ROOT if dev else ".")
    # -P: a folder named like one of ours where the user stands must not be taken for it
    words = [str(PYTHON), "-P", "-m", *module.split(), *rest]
    os.environ["PYTHONPATH"] = str(ROOT)
    if os.name == "posix":
        os.execv(words[0], words)  # noqa: S606 - no shell, and signals arrive
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the child, which ends in its time
    return subprocess.call(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
