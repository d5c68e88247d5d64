"""Opening a converted network: from the cache when it gives dlib's numbers, else converted anew."""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biometrics.dlib_weights import Layer
from biometrics.model_cache import ModelCache, digest
from biometrics.onnx_session import CPU, RuntimeRefused, open_session

_LOG = logging.getLogger(__name__)
_ROOT = Path(__file__).resolve().parent.parent
CONVERT_COMMAND = (sys.executable, "-m", "biometrics.onnx_convert")
CONVERT_PATIENCE_S = 60.0
"""A conversion takes 1 to 2 s; many times that on a machine that is starting up."""
CONVERTER = 1
"""Raised whenever a graph changes: older files are then left alone and not used."""
REFERENCE = "facenetgrid.reference"
"""Where a converted network keeps what dlib gave for pictures that every machine can draw."""
WEIGHTS = "facenetgrid.weights_sha256"


@dataclass(frozen=True, slots=True)
class Network:
    """One of dlib's networks, and how its converted self is compared with it.

    Args:
        name: For file names and the conversion's command line.
        weights: Where dlib's file is; raises OSError or ImportError when it is not.
        build: From layers and metadata to a serialised graph.
        reference: What dlib gives for drawn pictures, as text; takes a second and holds the GIL.
        difference: The largest difference of a session's numbers from such a text; inf for
            anything that is not even comparable.
        tolerance: The largest difference that is trusted.
    """

    name: str
    weights: Callable[[], Path]
    build: Callable[[Sequence[Layer], Mapping[str, str]], bytes]
    reference: Callable[[], str]
    difference: Callable[[Any, str], float]
    tolerance: float

    def stem(self) -> str:
        """How its files in the cache begin: the converter's version and the weights.

        Raises:
            OSError: The weights cannot be read.
            ImportError: The package that holds them is missing.
        """
        return f"dlib-{self.name}-v{CONVERTER}-{digest(self.weights().read_bytes())[:16]}"

    def differs(self, session: Any) -> float:
        """The largest difference from what dlib gave when the session's network was made.

        Raises:
            RuntimeRefused: The session fails.
        """
        kept = session.get_modelmeta().custom_metadata_map.get(REFERENCE, "")
        return self.difference(session, kept)


@dataclass(frozen=True, slots=True)
class Opening:
    """How a network is opened.

    Args:
        folder: Where converted networks are kept.
        threads: As `open_session`.
        provider: As `open_session`.
        command: What to start for a conversion; for tests.
    """

    folder: Path
    threads: int | None = None
    provider: str = CPU
    command: Sequence[str] = CONVERT_COMMAND


def open_trusted(network: Network, opening: Opening, stopped: threading.Event) -> Any:
    """A session that gave dlib's numbers on this machine a moment ago.

    Takes 0.1 to 0.3 s. The first time on a machine, and after damage, a conversion comes before
    it, in a process of its own (1 to 3 s); `stopped` ends that one.

    Raises:
        RuntimeRefused: ONNX Runtime, the conversion or the comparison failed.
        OSError: The weights or the cache folder cannot be read.
        ImportError: The package that holds the weights is missing.
    """
    started_s = time.monotonic()
    cache = ModelCache(opening.folder)
    stem = network.stem()
    session = _first_trusted(network, cache, stem, opening)
    converted = session is None
    if session is None:
        _convert(network, opening, stopped)
        session = _first_trusted(network, cache, stem, opening)
    if session is None:
        raise RuntimeRefused("the converted network does not give dlib's numbers here")
    fields = {
        "network": network.name,
        "converted": converted,
        "took_s": round(time.monotonic() - started_s, 2),
    }
    _LOG.info("face network ready", extra={"event_fields": fields})
    return session


def _first_trusted(network: Network, cache: ModelCache, stem: str, opening: Opening) -> Any:
    for path, model in cache.models(stem):
        session = open_session(model, threads=opening.threads, provider=opening.provider)
        differs = network.differs(session)
        if differs <= network.tolerance:
            return session
        cache.remove(path, f"its numbers differ from dlib's by {differs:.1e}")
    return None


def _convert(network: Network, opening: Opening, stopped: threading.Event) -> None:
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    with subprocess.Popen(
        [*opening.command, network.name, str(opening.folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    ) as child:
        printed = _output(child, stopped)
    if child.returncode != 0:
        raise RuntimeRefused(_problem(printed) or f"converting ended with {child.returncode}")


def _output(child: "subprocess.Popen[bytes]", stopped: threading.Event) -> bytes:
    """What the child printed; it is killed when it takes too long or nobody wants it any more."""
    until_s = time.monotonic() + CONVERT_PATIENCE_S
    while True:
        try:
            return child.communicate(timeout=0.1)[0]
        except subprocess.TimeoutExpired:
            if stopped.is_set() or time.monotonic() > until_s:
                child.kill()
                child.communicate()
                raise RuntimeRefused("converting the network was ended") from None


def _problem(printed: bytes) -> str:
    """The sentence in what the child printed last; empty without one."""
    try:
        answer = json.loads(printed.splitlines()[-1])
        return str(answer["problem"])
    except (ValueError, LookupError, TypeError):
        return ""
