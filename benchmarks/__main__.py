"""`python3 run.py bench [NAME [...]]`: names the measurements, or runs one with its arguments."""

import ast
import difflib
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent


def names() -> list[str]:
    """The measurements there are."""
    return sorted(path.stem for path in _FOLDER.glob("[!_]*.py"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the one that is named; names all of them, each with its question, when none is."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and words[0] in names():
        module = importlib.import_module(f"benchmarks.{words[0]}")
        return int(module.main(words[1:]) or 0)
    wrong = bool(words) and words[0] not in {"-h", "--help"}
    out = sys.stderr if wrong else sys.stdout
    if wrong:
        near = " or ".join(difflib.get_close_matches(words[0], names())) or "one of these"
        out.write(f"There is no measurement {words[0]!r}. Did you mean {near}?\n\n")
    else:
        out.write("usage: python3 run.py bench NAME [...]\n\n")
    for name in names():
        text = (_FOLDER / f"{name}.py").read_text(encoding="utf-8")
        out.write(f"  {name:14} {(ast.get_docstring(ast.parse(text)) or '').splitlines()[0]}\n")
    return 2 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
