"""Commands as they have to be typed, for the usual data folder and for another one."""

from pathlib import Path

import pytest

from server.command_words import server_command, start_command
from server.data_folder import DataFolder

USUAL = DataFolder.default().root


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
