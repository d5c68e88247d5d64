"""Documents keep their word: links lead somewhere, commands exist, every decision is listed."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest

from tests.house.rules import ROOT, project_files

DOCUMENTS = [name for name in project_files(ROOT) if name.endswith(".md")]
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_COMMAND = re.compile(r"(?:python3?|py) run\.py ([a-z]+)")


def anchor(heading: str) -> str:
    """The anchor that a heading gets when the document is shown."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_leads_somewhere(name: str) -> None:
    """Files are there, and headings within them."""
    text = (ROOT / name).read_text(encoding="utf-8")
    for link in _LINK.findall(text):
        if link.startswith(("https://", "http://")):
            continue
        target, _, heading = link.partition("#")
        path = (ROOT / name).parent / target if target else ROOT / name
        assert path.exists(), link
        if heading:
            headings = _HEADING.findall(path.read_text(encoding="utf-8"))
            assert heading in {anchor(found) for found in headings}, link


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_of_run_py_exists(name: str) -> None:
    """What a document tells to type is understood."""
    commands = runpy.run_path(str(ROOT / "run.py"))["COMMANDS"]
    typed = set(_COMMAND.findall((ROOT / name).read_text(encoding="utf-8")))
    assert typed <= commands.keys()


def test_ci_runs_what_the_readme_says() -> None:
    """The README's test command and the checks, from a clean clone."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("test", "check"):
        assert f"python3 run.py {command}" in readme
        assert f'"$python" run.py {command}' in script


def test_every_decision_is_listed_under_its_title() -> None:
    """The list is complete, in order, and numbers are used once."""
    folder = ROOT / "docs" / "decisions"
    files = sorted(folder.glob("[0-9]*.md"))
    rows = re.findall(
        r"^\| (\d+) \| \[(.+)\]\((.+)\) \|$", (folder / "README.md").read_text(), re.MULTILINE
    )
    titles = [path.read_text(encoding="utf-8").splitlines()[0] for path in files]
    assert rows == [
        (str(number), title.partition(". ")[2], path.name)
        for number, (title, path) in enumerate(zip(titles, files, strict=True), start=1)
    ]
    assert [title.split(".")[0] for title in titles] == [f"# {n + 1}" for n in range(len(files))]


def test_every_room_is_in_the_readmes_table() -> None:
    """Who looks for a folder finds it explained."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    folders = {name.split("/")[0] for name in project_files(ROOT) if "/" in name}
    shown = set(re.findall(r"^\| \[?([a-z_]+)/", readme, re.MULTILINE))
    assert {name for name in folders if not name.startswith(".")} - {"docs"} <= shown


def test_the_licence_and_the_version_agree() -> None:
    """MIT in both places, and the newest changes are of the version that is built."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## ([\d.]+)", changes, re.MULTILINE)
    assert newest is not None
    assert newest[1] == project["version"]


def test_pictures_in_documents_are_small() -> None:
    """A clone stays light: no picture above 200 kB."""
    large = [
        path.name for path in Path(ROOT / "docs").rglob("*.png") if path.stat().st_size > 200_000
    ]
    assert large == []
