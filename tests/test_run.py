"""The one command: sets itself up once, recovers, says what is missing, gets out of the way."""

import ast
import importlib.util
import runpy
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "run.py"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """run.py as a module, pointed at an empty project with two files of requirements."""
    spec = importlib.util.spec_from_file_location("run_under_test", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    (tmp_path / "requirements-dev.txt").write_text("# nothing more\n")
    environment = tmp_path / ".venv"
    for name, value in {
        "ROOT": tmp_path,
        "VENV": environment,
        "PYTHON": environment / "bin" / "python",
        "STAMP": environment / "facenetgrid-ready",
    }.items():
        monkeypatch.setattr(module, name, value)
    return module


@pytest.fixture
def installs(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a set-up did, in order: "made" for an environment, else the file it installed."""
    done: list[str] = []

    def create(folder: Path, **_options: object) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "python").touch()
        done.append("made")

    def install(words: list[object], **_options: object) -> None:
        done.append(Path(str(words[-1])).name)

    monkeypatch.setattr(run.venv, "create", create)
    monkeypatch.setattr(run.subprocess, "run", install)
    return done


def lack(run: ModuleType, monkeypatch: pytest.MonkeyPatch, *parts: str) -> None:
    """Makes this computer one without these parts ("tkinter", "tk", "venv", "Xvfb")."""
    hidden = {"tkinter": {"_tkinter"}, "venv": {"ensurepip"}}
    gone = set().union(*(hidden.get(part, set()) for part in parts))
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        run.importlib.util, "find_spec", lambda name: None if name in gone else find_spec(name)
    )
    if {"tk", "tkinter"} & {*parts}:
        monkeypatch.setitem(sys.modules, "tkinter", None)
    which = shutil.which
    monkeypatch.setattr(
        run.shutil, "which", lambda name: None if name in parts else which(name) or f"/bin/{name}"
    )


def only_manager(run: ModuleType, monkeypatch: pytest.MonkeyPatch, manager: str) -> None:
    """Makes this a Linux computer whose only package manager is the one named, "" for none."""
    monkeypatch.setattr(run.sys, "platform", "linux")
    monkeypatch.setattr(run.sys, "base_prefix", "/usr")
    monkeypatch.setattr(run.shutil, "which", lambda name: name if name == manager else None)


def test_it_is_short_and_needs_the_standard_library_alone() -> None:
    """A newcomer can read it before running it, and it runs before anything is installed."""
    text = SOURCE.read_text()
    imported = {
        name.name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import)
        for name in node.names
    } | {
        str(node.module).split(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom)
    }
    assert len(text.splitlines()) < 150
    assert imported <= sys.stdlib_module_names


def test_an_older_python_can_read_it() -> None:
    """Its grammar is that of 3.7, so that an old Python reaches the sentence about versions."""
    ast.parse(SOURCE.read_text(), feature_version=(3, 7))


@pytest.mark.parametrize("version", [(3, 8, 18), (3, 10, 13), (3, 14, 0)])
def test_another_python_ends_with_a_sentence(
    version: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too old or too new: which ones do, and where one is."""
    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(SOURCE), run_name="__main__")
    assert str(end.value).startswith("FaceNetGrid needs Python 3.11, 3.12 or 3.13. ")
    assert "run.py" in str(end.value) or "python.org" in str(end.value)


def test_without_a_command_it_says_what_there_is(
    run: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing or a call for help ends 0; nothing is installed."""
    for words in ([], ["--help"]):
        assert run.main(words) == 0
        shown = capsys.readouterr().err
        assert shown.startswith("usage: ")
        assert all(f"  {name} " in shown for name in run.COMMANDS), shown
    assert not run.VENV.exists()


@pytest.mark.parametrize("word", ["enroll", "tset", ""])
def test_an_unknown_command_is_named(
    run: ModuleType, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    """The word, all commands there are, and exit code 2; nothing is installed."""
    assert run.main([word]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith(f"There is no command '{word}'.\nusage: ")
    assert all(f"  {name} " in shown for name in run.COMMANDS), shown
    assert not run.VENV.exists()


def test_every_command_names_a_module_that_exists(run: ModuleType) -> None:
    """`python -m` finds each entry point."""
    for name, (_about, module, _dev) in run.COMMANDS.items():
        found = importlib.util.find_spec(module.split()[0])
        assert found is not None, name


def test_the_first_time_makes_the_environment_and_the_second_nothing(
    run: ModuleType, installs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The stamp makes the next start instant, and quiet."""
    run.set_up(dev=False)
    assert "about a minute" in capsys.readouterr().err
    run.set_up(dev=False)
    assert installs == ["made", "requirements.txt"]
    assert capsys.readouterr().err == ""


def test_developers_tools_are_added_to_the_same_environment(
    run: ModuleType, installs: list[str]
) -> None:
    """From `demo` to `test` nothing is made afresh, and back nothing is done at all."""
    run.set_up(dev=False)
    run.set_up(dev=True)
    run.set_up(dev=False)
    assert installs == ["made", "requirements.txt", "requirements-dev.txt"]


def test_changed_requirements_are_installed(run: ModuleType, installs: list[str]) -> None:
    """After an update of the project, into the environment there is."""
    run.set_up(dev=False)
    (run.ROOT / "requirements.txt").write_text("# something else\n")
    run.set_up(dev=False)
    assert installs == ["made", "requirements.txt", "requirements.txt"]


def test_another_python_makes_the_environment_afresh(
    run: ModuleType, installs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever types another Python gets that one."""
    run.set_up(dev=False)
    monkeypatch.setattr(run.sys, "version", "3.13.9 (somebody's)")
    run.set_up(dev=False)
    assert installs == ["made", "requirements.txt"] * 2


def test_an_interrupted_installation_is_made_afresh(
    run: ModuleType, installs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an environment carries no stamp, whatever lies in it."""
    whole = run.subprocess.run

    def interrupted(words: list[object], **options: object) -> None:
        whole(words, **options)
        (run.VENV / "half").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(run.subprocess, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.set_up(dev=False)
    monkeypatch.setattr(run.subprocess, "run", whole)
    run.set_up(dev=False)
    assert installs == ["made", "requirements.txt"] * 2
    assert not (run.VENV / "half").exists()


def test_an_interrupted_update_is_made_afresh(
    run: ModuleType, installs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old stamp is gone before the first package of an update is touched."""
    run.set_up(dev=False)
    (run.ROOT / "requirements.txt").write_text("# something else\n")
    whole = run.subprocess.run
    failure = subprocess.CalledProcessError(1, ["pip"])
    monkeypatch.setattr(run.subprocess, "run", lambda *_a, **_k: (_ for _ in ()).throw(failure))
    with pytest.raises(subprocess.CalledProcessError):
        run.set_up(dev=False)
    monkeypatch.setattr(run.subprocess, "run", whole)
    run.set_up(dev=False)
    assert installs == ["made", "requirements.txt"] * 2


def test_two_first_starts_at_once_install_once(run: ModuleType, installs: list[str]) -> None:
    """The second waits for the first and then finds everything done."""
    lock = sqlite3.connect(run.ROOT / ".venv-lock", isolation_level=None, check_same_thread=False)
    lock.execute("BEGIN EXCLUSIVE")
    threads = [threading.Thread(target=run.set_up, kwargs={"dev": False}) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert installs == []
    lock.close()
    for thread in threads:
        thread.join(timeout=20)
    assert installs == ["made", "requirements.txt"]


def test_a_failed_installation_is_a_sentence(
    run: ModuleType, installs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No network, no space, no right to write: no traceback."""
    failure = subprocess.CalledProcessError(1, ["pip", "install"])
    monkeypatch.setattr(run.subprocess, "run", lambda *_a, **_k: (_ for _ in ()).throw(failure))
    monkeypatch.setattr(run.signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as end:
        run.main(["enrol"])
    assert "type the same command again" in str(end.value)


@pytest.mark.parametrize(
    ("words", "lacking", "expected"),
    [
        (["demo"], ["tkinter"], ["tkinter"]),
        (["demo"], ["tk"], ["tk"]),
        (["server"], ["tkinter", "venv"], ["venv", "tkinter"]),
        (["demo", "--headless"], ["tkinter"], []),
        (["server", "enrol", "photos"], ["tkinter"], []),
        (["client", "--headless"], ["tkinter", "Xvfb"], []),
        (["enrol", "photos"], ["tkinter"], []),
        (["evaluate", "photos"], ["tkinter"], []),
        (["verify", "a.jpg", "b.jpg"], ["tkinter"], []),
        (["server", "evaluate"], ["tkinter"], []),
        (["check"], ["tkinter", "Xvfb"], []),
        (["test"], ["Xvfb"], ["Xvfb"]),
        (["screenshots"], ["tkinter", "Xvfb"], ["tkinter", "Xvfb"]),
    ],
)
def test_it_knows_which_parts_a_command_needs(
    run: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    lacking: list[str],
    expected: list[str],
) -> None:
    """Tk where there is a window, Xvfb where windows are tested, and venv the first time."""
    monkeypatch.setattr(run.sys, "platform", "linux")
    lack(run, monkeypatch, *lacking)
    assert run.missing_parts(words[0], words[1:]) == expected


def test_no_virtual_screen_is_asked_for_off_linux(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows and macOS have a screen of their own."""
    lack(run, monkeypatch, "Xvfb")
    monkeypatch.setattr(run.sys, "platform", "darwin")
    assert run.missing_parts("test", []) == []


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("apt-get", f"sudo apt-get install -y python3.{sys.version_info[1]}-tk xvfb"),
        ("dnf", "sudo dnf install python3-tkinter xorg-x11-server-Xvfb"),
        ("zypper", f"sudo zypper install python3{sys.version_info[1]}-tk xorg-x11-server-Xvfb"),
        ("pacman", "sudo pacman -S tk xorg-server-xvfb"),
        ("brew", f"brew install python-tk@3.{sys.version_info[1]} xquartz"),
        ("", "Install it with your system's package manager."),
    ],
)
def test_it_names_the_command_of_this_system(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, manager: str, command: str
) -> None:
    """The exact words to type, for the package manager that is there."""
    only_manager(run, monkeypatch, manager)
    assert run.how_to_get(["tkinter", "Xvfb"]) == command


def test_a_python_built_without_tk_is_not_mended_by_a_package(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's package would serve the system's Python only: another one is named."""
    only_manager(run, monkeypatch, "apt-get")
    monkeypatch.setattr(run.sys, "base_prefix", "/opt/own")
    assert run.how_to_get(["tkinter"]).startswith("The Python at /opt/own was built without.")
    assert "apt-get install -y xvfb" in run.how_to_get(["Xvfb"])


def test_another_python_is_found_where_there_is_one(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first that answers the test; without any, where to get one."""
    monkeypatch.setattr(run.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(run.subprocess, "call", lambda words, **_: "3.12" not in words[0])
    assert run.another_python() == "This one will do: /bin/python3.12 run.py"
    monkeypatch.setattr(run.subprocess, "call", lambda *_a, **_k: 1)
    assert "python.org" in run.another_python()


@pytest.mark.parametrize("cured", [True, False])
def test_root_on_debian_installs_the_parts(
    run: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    cured: bool,
) -> None:
    """It says each step, and ends with a sentence where even that did not help."""
    only_manager(run, monkeypatch, "apt-get")
    monkeypatch.setattr(run.os, "geteuid", lambda: 0)
    monkeypatch.setenv("DEBIAN_FRONTEND", "dialog")
    steps: list[list[str]] = []
    monkeypatch.setattr(run.subprocess, "call", lambda words, **_: steps.append(words))
    monkeypatch.setattr(
        run, "missing_parts", lambda *_: [] if steps and cured else ["tkinter", "Xvfb"]
    )
    if cured:
        run.provide_parts("test", [])
    else:
        with pytest.raises(SystemExit, match="Missing on this computer: tkinter, Xvfb"):
            run.provide_parts("test", [])
    assert [words[1] for words in steps] == ["update", "install"]
    assert "apt-get install -y" in capsys.readouterr().err


def test_others_are_told_what_to_type(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without root nothing is installed behind anybody's back."""
    only_manager(run, monkeypatch, "apt-get")
    monkeypatch.setattr(run.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(run, "missing_parts", lambda *_: ["Xvfb"])
    monkeypatch.setattr(run.subprocess, "call", lambda *_a, **_k: pytest.fail("it installed"))
    with pytest.raises(SystemExit, match="sudo apt-get install -y xvfb"):
        run.provide_parts("test", [])
