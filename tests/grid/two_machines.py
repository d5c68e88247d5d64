"""Two machines on one: network namespaces with a cable between them, which can be pulled."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pytest


@dataclass(frozen=True, slots=True)
class Machine:
    """One end of the cable.

    Attributes:
        name: Of its namespace.
        address: Its IPv4 address on the cable.
    """

    name: str
    address: str

    @property
    def prefix(self) -> list[str]:
        """Words that run a command on this machine."""
        return ["ip", "netns", "exec", self.name]


@dataclass(frozen=True, slots=True)
class TwoMachines:
    """Both ends of the cable."""

    server: Machine
    checkpoint: Machine

    def pull_the_cable(self) -> None:
        """Nothing passes any more, and neither side is told."""
        _ip("-n", self.server.name, "link", "set", "cable", "down")

    def plug_it_in(self) -> None:
        """It passes again."""
        _ip("-n", self.server.name, "link", "set", "cable", "up")


@contextmanager
def two_machines() -> Iterator[TwoMachines]:
    """Makes both; skips the test where that is not possible, and removes them at the end."""
    if shutil.which("ip") is None:
        pytest.skip("`ip` is missing (package iproute2): no second machine can be made")
    if os.geteuid() != 0:
        pytest.skip("only root makes network namespaces")
    # 10.213.x.0/30, x from the process id: two runs at once do not meet anyway, being apart.
    net = f"10.213.{os.getpid() % 250}"
    server = Machine(f"fng-server-{os.getpid()}", f"{net}.1")
    checkpoint = Machine(f"fng-checkpoint-{os.getpid()}", f"{net}.2")
    made: list[str] = []
    try:
        for machine in (server, checkpoint):
            answer = subprocess.run(
                ["ip", "netns", "add", machine.name],
                check=False,
                capture_output=True,
                text=True,
                timeout=20,
            )
            if answer.returncode != 0:
                pytest.skip(f"no network namespace can be made here: {answer.stderr.strip()}")
            made.append(machine.name)
        _ip("-n", server.name, "link", "add", "cable", "type", "veth",
            "peer", "name", "cable", "netns", checkpoint.name)  # fmt: skip
        for machine in (server, checkpoint):
            _ip("-n", machine.name, "address", "add", f"{machine.address}/30", "dev", "cable")
            _ip("-n", machine.name, "link", "set", "lo", "up")
            _ip("-n", machine.name, "link", "set", "cable", "up")
        yield TwoMachines(server, checkpoint)
    finally:
        for name in made:
            _ip("netns", "delete", name)


def _ip(*words: str) -> None:
    _run(["ip", *words])


def _run(words: Sequence[str]) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=20)
