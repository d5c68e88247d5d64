"""A server of its own for a measurement, and one person enrolled from a checkpoint."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_START_S = 30.0


@contextmanager
def server(folder: str) -> Iterator[int]:
    """A headless server on any free port; gives the port.

    Args:
        folder: Where its data goes.

    Raises:
        RuntimeError: It did not listen in time.
    """
    log = Path(folder, "server.log")
    words = [
        sys.executable,
        "-m",
        "server",
        "--headless",
        "--port",
        "0",
        "--data",
        f"{folder}/data",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(words, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield _port(log)
    finally:
        process.terminate()
        process.wait(timeout=10)


def enrol(folder: str, port: int, *, name: str, source: str) -> None:
    """Enrols whom a source shows.

    Raises:
        subprocess.SubprocessError: It failed, or took a minute.
    """
    words = [
        sys.executable, "-m", "client", "enrol", "--name", name, "--source", source,
        "--server", f"127.0.0.1:{port}", "--settings", str(Path(folder, "none.json")),
        "--server-data", f"{folder}/data",
    ]  # fmt: skip
    subprocess.run(
        words,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=2 * _START_S,
        check=True,
    )


def _port(log: Path) -> int:
    until_s = time.monotonic() + _START_S
    while time.monotonic() < until_s:
        for line in log.read_text(encoding="utf-8").splitlines():
            if '"listening"' in line and (found := re.search(r'"port": (\d+)', line)):
                return int(found[1])
        time.sleep(0.05)
    raise RuntimeError("The server did not start: " + log.read_text(encoding="utf-8")[-500:])
