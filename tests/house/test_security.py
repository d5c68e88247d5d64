"""The checks for security find what they are for, and nothing in this project."""

from pathlib import Path

import pytest

from tests.house import security

BAD = """dated = 2026-01-01
[[bad]]
package = "NumPy"
versions = "{}"
id = "X-1"
what = "it bites"
"""


def test_bandit_finds_a_shell(tmp_path: Path) -> None:
    """A command that goes through a shell is named with its place."""
    (tmp_path / "bad.py").write_text("import subprocess\nsubprocess.call('ls', shell=True)\n")
    complaints = security.bandit_complaints(tmp_path, ["bad.py"], {})
    assert any(said.startswith("bad.py:2: B602") for said in complaints), complaints


def test_a_reason_is_for_one_finding_in_one_file(tmp_path: Path) -> None:
    """With it the finding is none; without the finding the reason is one."""
    (tmp_path / "bad.py").write_text("import random\nx = random.Random(1)\n")
    assert security.bandit_complaints(tmp_path, ["bad.py"], {"B311": {"bad.py": "why"}}) == []
    (stale,) = security.bandit_complaints(
        tmp_path, ["bad.py"], {"B311": {"bad.py": "why", "gone.py": "why"}}
    )
    assert "gone.py" in stale
    (other,) = security.bandit_complaints(tmp_path, ["bad.py"], {})
    assert "B311" in other


def test_bandit_that_does_not_run_is_a_complaint(tmp_path: Path) -> None:
    """Nothing is taken for good that was not looked at."""
    (said,) = security.bandit_complaints(tmp_path, ["--no-such-option"], {})
    assert "did not run" in said
    (tmp_path / "bad.py").write_text("def (:\n")
    (said,) = security.bandit_complaints(tmp_path, ["bad.py"], {})
    assert "cannot read" in said


@pytest.mark.parametrize(
    ("line", "bad", "said"),
    [
        ("numpy>=2", ">9999", "has no upper bound"),
        ("numpy>=1,<1.5", ">9999", "is wanted"),
        ("numpy>=1,<99", ">=1", "it bites (X-1)"),
    ],
)
def test_a_dependency_that_is_wrong(tmp_path: Path, line: str, bad: str, said: str) -> None:
    """Without a bound, outside of it, or known to be bad."""
    (tmp_path / "requirements.txt").write_text(f"# a comment\n--only-binary x\n{line}\n")
    (tmp_path / "bad.toml").write_text(BAD.format(bad))
    (complaint,) = security.dependency_complaints(tmp_path, tmp_path / "bad.toml")
    assert said in complaint


def test_what_is_asked_for_in_turn_is_looked_at_too(tmp_path: Path) -> None:
    """NumPy is no requirement of this list; matplotlib asks for it."""
    (tmp_path / "requirements.txt").write_text("matplotlib>=3,<9\nnot-installed-here>=1,<2\n")
    (tmp_path / "bad.toml").write_text(BAD.format(">=1"))
    (complaint,) = security.dependency_complaints(tmp_path, tmp_path / "bad.toml")
    assert complaint.startswith("numpy ")


def test_the_project_keeps() -> None:
    """Nothing to complain about: neither in the code nor in what is installed."""
    assert security.bandit_complaints() == []
    assert security.dependency_complaints() == []
