"""Writes the calibration of a user's own network from the pictures that were just looked at."""

from collections import defaultdict
from pathlib import Path

from biometrics.calibration import Calibration, beside, calibrate_network
from biometrics.evaluation.acquire import Acquisition
from biometrics.faces import Encoding


def calibrate(acquisition: Acquisition, *, encoder: str, network: Path, called: str) -> Path:
    """Learns from the pictures and writes the file beside the network; returns its path.

    Args:
        acquisition: What was seen. A file that is there twice counts once.
        encoder: Fingerprint of the network.
        network: Its file.
        called: What the set of pictures is called.

    Raises:
        CalibrationUnusable: Too few people.
        OSError: The file cannot be written.
    """
    people: dict[str, list[Encoding]] = defaultdict(list)
    known: set[bytes] = set()
    for item in acquisition.items:
        template = item.template
        if template is None or item.seen is None or item.seen.sha256 in known:
            continue
        known.add(item.seen.sha256)
        people[item.sample.person].append(template)
    pictures = sum(len(rows) for rows in people.values())
    source = f"{called[:80]}: {len(people)} people, {pictures} pictures"
    made: Calibration = calibrate_network(people, encoder=encoder, source=source)
    path = beside(network)
    made.write(path)
    return path
