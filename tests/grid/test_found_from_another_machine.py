"""A server is found by mDNS from another machine, and is not any more when it was stopped."""

import hashlib
import json
import ssl
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

from benchmarks._killable import Killable
from desktop.settings import save
from server.data_folder import DataFolder
from server.settings import ServerSettings
from tests.grid.two_machines import two_machines

PORT = 5050


@pytest.mark.skipif(
    PathFinder.find_spec("zeroconf") is None,
    reason="needs zeroconf: pip install -r requirements-discovery.txt",
)
def test_a_server_is_found_from_another_machine(tmp_path: Path) -> None:
    """By its name, with the address to reach it at and the authority it will show."""
    data = tmp_path / "data"
    save(ServerSettings(name="Main entrance"), DataFolder(data).settings)
    with two_machines() as machines:
        server = Killable(
            ["server", "--headless", "--host", "0.0.0.0", "--port", str(PORT), "--data", str(data)],
            tmp_path / "server.txt",
            machines.server.prefix,
        )
        checkpoint = Killable(
            ["tests.grid.looking"], tmp_path / "checkpoint.txt", machines.checkpoint.prefix
        )
        try:
            checkpoint.wait_said("found", timeout_s=30)
            local = json.loads(DataFolder(data).local_pairing.read_text())
            server.ask_to_end()
            assert server.wait(10) == 0
            checkpoint.wait_said("gone", timeout_s=20)
            assert checkpoint.wait(10) == 0
        finally:
            for program in (server, checkpoint):
                if program.alive:
                    program.kill()
    authority = hashlib.sha256(ssl.PEM_cert_to_DER_cert(local["authority"])).hexdigest()
    where = f"{machines.server.address}:{PORT}"
    assert checkpoint.said.split("\n")[0] == f"found Main entrance {where} {authority[:16]}"
