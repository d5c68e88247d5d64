"""`python -m tests.house`: every check but the tests, all of them even after one fails."""

import subprocess
import sys

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


def main() -> int:
    """Runs every check in the project's folder; 1 when any complains."""
    failed = []
    for name, words in CHECKS.items():
        print(f"== {name}", flush=True)
        if subprocess.call([sys.executable, *words], cwd=ROOT) != 0:
            failed.append(name)
    print(f"== rules of this house ({len(RULES)})", flush=True)
    complaints = complaints_of()
    for complaint in complaints:
        print(complaint)
    if complaints:
        failed.append("rules of this house")
    print(f"{len(failed)} of {len(CHECKS) + 1} checks failed: {failed}" if failed else "All well.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
