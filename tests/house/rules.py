"""What ruff, mypy and import-linter cannot say: one function a rule, each gives its complaints.

A rule takes the root of a project and the names of its files, relative and with slashes, and
returns one sentence a breach. `tests/house/test_rules.py` shows for each that it can fail.
"""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "protocol",
    "biometrics",
    "database",
    "desktop",
    "security",
    "client",
    "server",
    "demo",
    "benchmarks",
)
MAX_LINES = 400

# Nothing to test of their own: what they start is tested where it lives.
_ALONE = {"__init__.py", "__main__.py"}
_TEXT = {".py", ".md", ".toml", ".txt", ".sql", ".yml", ".yaml", ".json", ".cfg", ".ini", ""}
_NEVER_TRACKED = re.compile(
    r"\.(pkl|db|db-wal|db-shm|sqlite|onnx|dat|key|pem|log|pyc|mp4|mkv|npz|npy)$"
)
_TK = {"tkinter", "_tkinter", "ttkbootstrap"}
_OPEN_WINDOWS = {"client/__main__.py", "server/__main__.py", "demo/screenshots.py"}
# A home or a work folder in a file works on one machine only. The groups keep this line, the rule's
# own text, from matching itself.
_MACHINE = re.compile(r"/(?:work|root|Users|home)/\w|[A-Z]:\\(?:Users|home)\\")
# Settings of pip belong to the machine, and a registry named here is one nobody can replace.
_REGISTRY = re.compile(r"\b(?:pypi\.org|python[h]osted|npm[j]s\.(?:com|org)|deb\.debian\.org)\b")
_UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b")
# A distance is a distance: "1 minus a distance" under another name has misled people at doors.
_WRONG_WORD = re.compile(
    r"match(?:ing)? (?:score|confidence)|confidence (?:score|value)|confidence\s*=|"
    r"similarity score|(?:match|distance|similarity|identity)_score",
    re.IGNORECASE,
)

Rule = Callable[[Path, Sequence[str]], list[str]]


def project_files(root: Path) -> list[str]:
    """The files git tracks or would track, in order."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(words, cwd=root, check=True, capture_output=True).stdout
    found = {name for name in names.decode().split("\0") if name}
    return sorted(name for name in found if (root / name).is_file())


def modules(files: Sequence[str]) -> Iterator[str]:
    """The Python modules of the rooms."""
    return (name for name in files if name.endswith(".py") and name.split("/")[0] in ROOMS)


def each_module_has_its_test_file(root: Path, files: Sequence[str]) -> list[str]:
    """The mirror rule: `room/x/y.py` is tested by `tests/room/x/test_y.py`."""
    there = set(files)
    complaints = []
    for name in modules(files):
        path = PurePosixPath(name)
        if path.parts[0] == "benchmarks":  # a measurement is run, and read by a person
            continue
        mirror = str("tests" / path.with_name(f"test_{path.name}"))
        if path.name not in _ALONE and mirror not in there:
            complaints.append(f"{name}: has no test file {mirror}")
    return complaints


def each_test_folder_is_a_package(root: Path, files: Sequence[str]) -> list[str]:
    """Without `__init__.py` two tests of one name hide each other."""
    there = set(files)
    folders = {str(PurePosixPath(name).parent) for name in files if name.endswith(".py")}
    return [
        f"{folder}: has no __init__.py"
        for folder in sorted(folders)
        if folder.split("/")[0] in (*ROOMS, "tests") and f"{folder}/__init__.py" not in there
    ]


def modules_are_short(root: Path, files: Sequence[str]) -> list[str]:
    """Beyond 400 lines a module is two modules."""
    complaints = []
    for name in files:
        if name.endswith(".py"):
            lines = len((root / name).read_text(encoding="utf-8").splitlines())
            if lines > MAX_LINES:
                complaints.append(f"{name}: {lines} lines, {MAX_LINES} are allowed: split it")
    return complaints


def modules_say_what_they_are_for(root: Path, files: Sequence[str]) -> list[str]:
    """The first line of every module is a sentence about it."""
    complaints = []
    for name in files:
        if not name.endswith(".py"):
            continue
        lines = (root / name).read_text(encoding="utf-8").splitlines()
        first = next((line for line in lines if not line.startswith("#!")), "")
        if not re.match(r'r?"""\S', first):
            complaints.append(f"{name}: the first line does not say what the module is for")
    return complaints


def tests_say_what_they_show(root: Path, files: Sequence[str]) -> list[str]:
    """Every test function has a line about what it shows."""
    complaints = []
    for name in files:
        if not (name.startswith("tests/") and name.endswith(".py")):
            continue
        complaints += [
            f"{name}:{node.lineno}: {node.name} has no line saying what it shows"
            for node in ast.walk(ast.parse((root / name).read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef)
            and node.name.startswith("test_")
            and not ast.get_docstring(node)
        ]
    return complaints


def tk_stays_in_the_windows(root: Path, files: Sequence[str]) -> list[str]:
    """Tk, its pictures and the windows are imported in `ui` folders alone.

    The entry points may: they open the window, or say that there is no Tk or no screen.
    """
    complaints = []
    for name in modules(files):
        if "ui" in name.split("/")[:-1] or name in _OPEN_WINDOWS:
            continue
        complaints += [
            f"{name}:{getattr(node, 'lineno', 1)}: imports Tk outside ui/"
            for node in ast.walk(ast.parse((root / name).read_text(encoding="utf-8")))
            if any(_draws(word) for word in _imported(node))
        ]
    return complaints


def no_file_of_a_running_grid_is_tracked(root: Path, files: Sequence[str]) -> list[str]:
    """Galleries, databases, weights, keys and recordings are somebody's, or too large."""
    return [f"{name}: must not be in git" for name in files if _NEVER_TRACKED.search(name)]


def texts_name_no_machine(root: Path, files: Sequence[str]) -> list[str]:
    """No path of one computer, no registry host."""
    return [
        *_matches(root, files, _MACHINE, "a path of one machine"),
        *_matches(root, files, _REGISTRY, "a registry's host"),
    ]


def words_are_ours(root: Path, files: Sequence[str]) -> list[str]:
    """No note of unfinished work anywhere, and no other word for a distance in the code."""
    code = list(modules(files))
    return [
        *_matches(root, files, _UNFINISHED, "a note of unfinished work"),
        *_matches(root, code, _WRONG_WORD, "the wrong word for a distance"),
    ]


RULES: tuple[Rule, ...] = (
    each_module_has_its_test_file,
    each_test_folder_is_a_package,
    modules_are_short,
    modules_say_what_they_are_for,
    tests_say_what_they_show,
    tk_stays_in_the_windows,
    no_file_of_a_running_grid_is_tracked,
    texts_name_no_machine,
    words_are_ours,
)


def complaints_of(root: Path = ROOT) -> list[str]:
    """What every rule says about the project at `root`."""
    files = project_files(root)
    return [complaint for rule in RULES for complaint in rule(root, files)]


def _imported(node: ast.AST) -> list[str]:
    """The dotted names an import statement brings in; none for another node."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def _draws(module: str) -> bool:
    """Whether a dotted name is Tk's, or that of a window of ours."""
    parts = module.split(".")
    return parts[0] in _TK or module == "PIL.ImageTk" or (parts[0] in ROOMS and "ui" in parts[1:2])


def _matches(root: Path, files: Sequence[str], pattern: re.Pattern[str], what: str) -> list[str]:
    """One complaint a line of text that holds the pattern."""
    complaints = []
    for name in files:
        if PurePosixPath(name).suffix not in _TEXT:
            continue
        lines = (root / name).read_text(encoding="utf-8", errors="replace").splitlines()
        for number, line in enumerate(lines, start=1):
            if found := pattern.search(line):
                complaints.append(f"{name}:{number}: {what}: {found[0]!r}")
    return complaints
