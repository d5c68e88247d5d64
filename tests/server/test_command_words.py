"""Commands as they have to be typed, for the usual data folder and for another one."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from server.command_words import command, elsewhere_command, server_command, start_command
from server.data_folder import DataFolder

USUAL = DataFolder.default().root
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("address", ["", "127.0.0.1:5050", "0.0.0.0:5050"])
def test_the_usual_command_is_short(address: str) -> None:
    """A checkpoint looks there by itself."""
    assert start_command(address, USUAL) == "python3 run.py client"


def test_a_server_of_every_network_is_reached_at_the_loopback_address() -> None:
    """0.0.0.0 is no address to connect to, and no checkpoint pairs itself there."""
    command = start_command("0.0.0.0:5090", USUAL)
    assert command == "python3 run.py client --server 127.0.0.1:5090"


def test_another_data_folder_is_named_to_checkpoints_and_tools(tmp_path: Path) -> None:
    """Without it a checkpoint would not pair itself, and a tool would work on other data."""
    folder = tmp_path / "my data"
    assert start_command("", folder) == f"python3 run.py client --server-data '{folder}'"
    assert server_command("restore", "a b.tar", folder=folder) == (
        f"python3 run.py server restore 'a b.tar' --data '{folder}'"
    )
    assert server_command("key", "use-recovery", folder=USUAL) == (
        "python3 run.py server key use-recovery"
    )


def test_on_windows_it_is_quoted_as_its_shells_read_it() -> None:
    """Python has another name there; quotes of a Unix shell would be part of the name."""
    path = r"D:\Ann Lee\R&D (2)"
    assert command("server", "restore", "BACKUP", "--data", path, windows=True) == (
        rf'py run.py server restore BACKUP --data "{path}"'
    )
    assert command("server", "--data", r"D:\grid-1", windows=True) == (
        r"py run.py server --data D:\grid-1"
    )
    assert elsewhere_command("client", "pair", "A-B") == "python3 run.py client pair A-B"


@pytest.mark.skipif(os.name == "nt", reason="the shell of other systems")
@pytest.mark.parametrize("name", ["my data", "it's", "$HOME & `x`", "-x", "ä\tö"])
def test_a_shell_reads_the_words_that_were_meant(tmp_path: Path, name: str) -> None:
    """Whatever the folder is called."""
    line = server_command("accept-people", folder=tmp_path / name)
    shown = f"set -- {line}; shift; printf '%s\\0' \"$@\""
    found = subprocess.run(["sh", "-c", shown], check=True, capture_output=True).stdout
    words = found.decode().split("\0")[:-1]
    assert words == ["run.py", "server", "accept-people", "--data", str(tmp_path / name)]


def test_no_sentence_writes_its_command_by_itself() -> None:
    """They name the data they were started with, which one function alone knows how."""
    rooms = [ROOT / room for room in ("server", "client", "desktop", "security", "database")]
    written = {
        str(path.relative_to(ROOT)): line.strip()
        for room in rooms
        for path in room.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"(python3|py) run\.py (server|client)", line)
        and path.name != "command_words.py"
    }
    # The help of the command line, which is printed before any folder is known.
    assert set(written) == {"server/audit_tool.py"}
