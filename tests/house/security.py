"""Checks for security that work offline: bandit over the code, and what is installed.

Each finding of bandit is mended, or listed in `[tool.house.bandit]` of pyproject.toml with the file
and a reason; a reason whose finding is gone is a complaint as well.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from tests.house.rules import ROOMS, ROOT

KNOWN_BAD = Path(__file__).with_name("known_bad.toml")
# Measurements are left out: ruff looks at them, and nothing of theirs is in the programs.
SOURCES = (*(room for room in ROOMS if room != "benchmarks"), "run.py", "packaging")
Reasons = Mapping[str, Mapping[str, str]]


def bandit_complaints(
    root: Path = ROOT, sources: Iterable[str] = SOURCES, reasons: Reasons | None = None
) -> list[str]:
    """What bandit finds that has no reason, and reasons that have no finding."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = project["tool"]["house"]["bandit"] if reasons is None else reasons
    skipped = ",".join(project["tool"]["bandit"]["skips"])
    words = ["-m", "bandit", "-q", "-f", "json", "-s", skipped, "-r", *sources]
    done = subprocess.run(
        [sys.executable, *words], cwd=root, check=False, capture_output=True, text=True
    )
    try:
        found = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return [f"bandit did not run ({last}): install requirements-dev.txt"]
    complaints = [f"bandit cannot read {error['filename']}" for error in found["errors"]]
    used: set[tuple[str, str]] = set()
    for one in found["results"]:
        name = Path(one["filename"]).as_posix().removeprefix("./")
        used.add((one["test_id"], name))
        if name not in listed.get(one["test_id"], {}):
            place = f"{name}:{one['line_number']}"
            complaints.append(f"{place}: {one['test_id']} {one['issue_text']}")
    return complaints + [
        f"pyproject.toml: {test} is excused for {name}, where bandit finds nothing"
        for test, files in listed.items()
        for name in files
        if (test, name) not in used
    ]


def dependency_complaints(root: Path = ROOT, known_bad: Path = KNOWN_BAD) -> list[str]:
    """Requirements without an upper bound, installed versions outside, and known bad ones."""
    wanted = list(requirements_of(sorted(root.glob("requirements*.txt"))))
    bad = tomllib.loads(known_bad.read_text(encoding="utf-8"))
    complaints = [
        f"{file}: {requirement} has no upper bound"
        for file, requirement in wanted
        if not any(one.operator in ("<", "<=", "==", "~=") for one in requirement.specifier)
    ]
    for name, version in sorted(installed([requirement for _, requirement in wanted]).items()):
        complaints += [
            f"{file}: {requirement} is wanted, {version} is installed"
            for file, requirement in wanted
            if canonicalize_name(requirement.name) == name
            and not requirement.specifier.contains(version, prereleases=True)
        ]
        complaints += [
            f"{name} {version} is installed: {entry['what']} ({entry['id']})"
            for entry in bad["bad"]
            if canonicalize_name(entry["package"]) == name
            and Requirement(f"x {entry['versions']}").specifier.contains(version)
        ]
    return complaints


def requirements_of(files: Iterable[Path]) -> Iterable[tuple[str, Requirement]]:
    """Each requirement with the name of its file.

    Raises:
        InvalidRequirement: A line is none.
    """
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            text = line.partition("#")[0].strip()
            if text and not text.startswith("-"):
                yield file.name, Requirement(text)


def installed(wanted: Iterable[Requirement]) -> dict[str, str]:
    """Versions of what is installed of these, and of all that they ask for in turn."""
    found: dict[str, str] = {}
    left = list(wanted)
    while left:
        requirement = left.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # of an extra that is not installed
        if name in found:
            continue
        found[name] = package.version
        for line in package.requires or ():
            try:
                left.append(Requirement(line))
            except InvalidRequirement:
                continue  # another package's metadata; what cannot be read asks for nothing
    return found


def online() -> int:
    """The real audit against the database of advisories; only when asked for."""
    words = ["-m", "pip_audit", "--skip-editable", "--progress-spinner", "off"]
    files = [word for file in sorted(ROOT.glob("requirements*.txt")) for word in ("-r", file.name)]
    code = subprocess.call([sys.executable, *words, *files], cwd=ROOT)
    if code:
        print("The audit found something, or pip-audit is missing: pip install pip-audit.")
    return code
