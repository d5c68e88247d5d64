"""The one command as a user types it: arguments, exit code and signals pass through it."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import wait_until

SOURCE = Path(__file__).resolve().parent.parent / "run.py"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in a folder with a blank in its name, whose server says how it was started."""
    folder = tmp_path_factory.mktemp("a project")
    shutil.copy(SOURCE, folder)
    (folder / "requirements.txt").write_text("# nothing: the test needs no package\n")
    (folder / "server.py").write_text(
        "import os, signal, sys, time\n"
        "if '--wait' in sys.argv:\n"
        "    signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(60)\n"
        "print(os.getcwd(), *sys.argv[1:])\n"
        "sys.exit(7)\n"
    )
    return folder


def test_the_real_thing_passes_arguments_and_exit_code(project: Path, tmp_path: Path) -> None:
    """A first and a second start as a user would type them, from another folder."""
    (tmp_path / "server.py").write_text("print('not this one')")
    words = [sys.executable, str(project / "run.py"), "enrol", "two words", "--json"]
    first = subprocess.run(
        words, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    second = subprocess.run(
        words, cwd=tmp_path, capture_output=True, text=True, timeout=20, check=False
    )
    assert first.returncode == second.returncode == 7, first.stderr
    assert first.stdout == second.stdout == f"{tmp_path} enrol two words --json\n"
    assert "Setting up" in first.stderr
    assert second.stderr == ""


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_a_signal_reaches_the_program(project: Path) -> None:
    """SIGTERM to what the user started is handled by the program itself."""
    words = [sys.executable, str(project / "run.py"), "server", "--headless", "--wait"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as output:
        assert output.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: process.poll() is not None, timeout_s=10, what="the end")
    assert process.returncode == 9
