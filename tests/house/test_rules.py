"""Each rule of the house fails on a small project that breaks it, and only then."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import __main__ as check
from tests.house import rules

GOOD = '"""Says what it is for."""\n'


def project(root: Path, files: dict[str, str]) -> list[str]:
    """Writes a small project and returns the names of its files."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return sorted(files)


# rule, a file that breaks it, what the complaint says; joined strings keep this file clean itself
BROKEN: list[tuple[rules.Rule, str, str, str]] = [
    (rules.each_module_has_its_test_file, "client/link.py", GOOD, "tests/client/test_link.py"),
    (rules.each_module_has_its_test_file, "server/ui/page.py", GOOD, "tests/server/ui/test_page"),
    (rules.each_test_folder_is_a_package, "tests/client/test_x.py", GOOD, "tests/client: has no"),
    (rules.modules_are_short, "client/long.py", GOOD + "x = 1\n" * 400, "401 lines"),
    (rules.modules_say_what_they_are_for, "client/mute.py", "import os\n", "the first line"),
    (rules.modules_say_what_they_are_for, "client/late.py", '\n"""Late."""\n', "the first line"),
    (rules.modules_say_what_they_are_for, "tests/empty.py", "", "the first line"),
    (
        rules.tests_say_what_they_show,
        "tests/test_a.py",
        "def test_it(): pass\n",
        "test_it has no line",
    ),
    (rules.tk_stays_in_the_windows, "client/a.py", "def f():\n    import tkinter.ttk\n", "a.py:2"),
    (rules.tk_stays_in_the_windows, "client/b.py", "from PIL import ImageTk\n", "outside ui/"),
    (rules.tk_stays_in_the_windows, "demo/c.py", "from tkinter import ttk\n", "outside ui/"),
    (rules.tk_stays_in_the_windows, "demo/d.py", "import ttkbootstrap as tb\n", "outside ui/"),
    (rules.tk_stays_in_the_windows, "client/e.py", "from client.ui.app import run\n", "outside ui"),
    (rules.no_file_of_a_running_grid_is_tracked, "known_faces/a.pkl", "", "must not be in git"),
    (rules.no_file_of_a_running_grid_is_tracked, "database/x.db-wal", "", "must not be in git"),
    (rules.no_file_of_a_running_grid_is_tracked, "assets/m.onnx", "", "must not be in git"),
    (rules.texts_name_no_machine, "docs/a.md", "see /ho" + "me/ann/x", "docs/a.md:1"),
    (rules.texts_name_no_machine, "client/a.py", "x\ny = 'C:\\Us" + "ers\\ann'", "client/a.py:2"),
    (rules.texts_name_no_machine, "requirements.txt", "-i https://pypi." + "org", "a registry"),
    (rules.words_are_ours, "docs/a.md", "TO" + "DO: write", "unfinished work"),
    (rules.words_are_ours, "client/a.py", "confidence " + "= 1 - distance", "wrong word"),
    (rules.words_are_ours, "server/a.py", "match_" + "score = 0", "wrong word"),
]


@pytest.mark.parametrize(
    ("rule", "name", "text", "said"), BROKEN, ids=[f"{b[0].__name__}-{b[1]}" for b in BROKEN]
)
def test_a_rule_complains_where_it_is_broken(
    tmp_path: Path, rule: rules.Rule, name: str, text: str, said: str
) -> None:
    """One breach, one complaint that names the place."""
    complaints = rule(tmp_path, project(tmp_path, {name: text}))
    assert len(complaints) == 1
    assert said in complaints[0]


def test_every_rule_is_shown_to_fail() -> None:
    """A rule nobody has seen fail may be one that cannot."""
    assert {rule for rule, *_ in BROKEN} == {*rules.RULES}


def test_a_clean_project_has_nothing_to_hear(tmp_path: Path) -> None:
    """What is allowed stays allowed: Tk in ui/, long texts, words about distances in documents."""
    files = project(
        tmp_path,
        {
            "run.py": "#!/usr/bin/env python3\n" + GOOD,
            "client/__init__.py": GOOD,
            "client/__main__.py": GOOD + "import tkinter\nfrom client.ui.window import run\n",
            "client/link.py": GOOD + "x = 1\n" * 399,
            "client/ui/__init__.py": GOOD,
            "client/ui/window.py": GOOD + "import tkinter\n",
            "tests/__init__.py": GOOD,
            "tests/client/__init__.py": GOOD,
            "tests/client/test_link.py": GOOD + 'def test_it():\n    """It links."""\n',
            "tests/client/ui/__init__.py": GOOD,
            "tests/client/ui/test_window.py": GOOD,
            "docs/glossary.md": "never call a distance a match score; home/ and work/ are folders",
            "benchmarks/__init__.py": GOOD,
            "benchmarks/speed.py": GOOD,
        },
    )
    assert [said for rule in rules.RULES for said in rule(tmp_path, files)] == []


def test_files_are_those_git_would_track(tmp_path: Path) -> None:
    """New files count before they are added; ignored and deleted ones do not."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    project(tmp_path, {"a.py": GOOD, "gone.py": GOOD, "b.log": "", ".gitignore": "*.log\n"})
    subprocess.run(["git", "add", "gone.py"], cwd=tmp_path, check=True)
    (tmp_path / "gone.py").unlink()
    assert rules.project_files(tmp_path) == [".gitignore", "a.py"]
    assert any("a.py" in said for said in rules.complaints_of(tmp_path)) is False


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_project_keeps(rule: rules.Rule) -> None:
    """The project itself, rule by rule."""
    assert rule(rules.ROOT, rules.project_files(rules.ROOT)) == []


def test_the_check_runs_everything_and_fails_when_one_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first failure hides none of the others."""
    monkeypatch.setattr(
        check, "CHECKS", {"bad": ["-c", "raise SystemExit(1)"], "good": ["-c", "pass"]}
    )
    monkeypatch.setattr(check, "complaints_of", lambda: ["a.py: is wrong"])
    monkeypatch.setattr(check, "SECURITY", {"worse": lambda: ["b.py: is worse"]})
    assert check.main() == 1
    shown = capsys.readouterr().out
    assert "== bad" in shown
    assert "== good" in shown
    assert "a.py: is wrong" in shown
    assert "b.py: is worse" in shown
    assert "3 of 4 checks failed: ['bad', 'rules of this house', 'worse']" in shown


def test_the_check_ends_well_when_all_is_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0, and it says so."""
    monkeypatch.setattr(check, "CHECKS", {"good": ["-c", "pass"]})
    monkeypatch.setattr(check, "complaints_of", list)
    monkeypatch.setattr(check, "SECURITY", {"safe": list})
    assert check.main() == 0
    assert capsys.readouterr().out.endswith("All well.\n")


def test_import_linter_starts_as_the_check_starts_it() -> None:
    """It has no `python -m`: a renamed entry point must not pass for a kept contract."""
    words = [sys.executable, "-c", "from importlinter.cli import lint_imports_command"]
    assert subprocess.call(words) == 0
