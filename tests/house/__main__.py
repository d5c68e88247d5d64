"""`python -m tests.house`: every check but the tests, all of them even after one fails.

With `--online` the audit of dependencies instead, which asks a database on the network.
"""

import subprocess
import sys
from collections.abc import Callable

from tests.house import security
from tests.house.rules import ROOT, RULES, complaints_of

# import-linter has no `python -m`; its console script holds the path it was installed to.
_LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c())"
CHECKS: dict[str, list[str]] = {
    "style (ruff check)": ["-m", "ruff", "check", "."],
    "layout (ruff format)": ["-m", "ruff", "format", "--check", "."],
    "types (mypy strict)": ["-m", "mypy"],
    "types of the scripts": ["-m", "mypy", "run.py", "packaging/build_dlib_shim.py", "tests/house"],
    "import rules (import-linter)": ["-c", _LINT_IMPORTS],
}


SECURITY: dict[str, Callable[[], list[str]]] = {
    "security (bandit)": security.bandit_complaints,
    "dependencies (offline)": security.dependency_complaints,
}


def main() -> int:
    """Runs every check in the project's folder; 1 when any complains."""
    failed = []
    for name, words in CHECKS.items():
        print(f"== {name}", flush=True)
        if subprocess.call([sys.executable, *words], cwd=ROOT) != 0:
            failed.append(name)
    print(f"== rules of this house ({len(RULES)})", flush=True)
    if heard(complaints_of()):
        failed.append("rules of this house")
    for name, complaints in SECURITY.items():
        print(f"== {name}", flush=True)
        if heard(complaints()):
            failed.append(name)
    count = len(CHECKS) + len(SECURITY) + 1
    print(f"{len(failed)} of {count} checks failed: {failed}" if failed else "All well.")
    return 1 if failed else 0


def heard(complaints: list[str]) -> bool:
    """Prints them; whether there were any."""
    for complaint in complaints:
        print(complaint)
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(security.online() if "--online" in sys.argv[1:] else main())
