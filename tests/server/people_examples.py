"""People and encodings for the tests of files and imports."""

import uuid
from typing import Any

import numpy as np

from biometrics.faces import Encoding
from server.stored_person import StoredPerson, StoredTemplate

ENCODER = "dlib-test"


def encoding(seed: int, *, length: float = 1.4) -> Encoding:
    """128 numbers as a face of its own would give them."""
    values = np.random.default_rng(seed).normal(size=128)
    found: Encoding = values / np.linalg.norm(values) * length
    return found


def template(seed: int = 1, **changes: Any) -> StoredTemplate:
    """A stored template, changed as told."""
    values: dict[str, Any] = {
        "sample_id": uuid.uuid4().hex,
        "encoding": tuple(float(n) for n in encoding(seed, length=1.0)),
        "quality": {"size_px": 120.0, "yaw": -0.25},
        "captured_at_ms": 1_790_000_000_000,
        "source": "checkpoint:lobby",
        "picture_sha256": "0" * 64,
    }
    return StoredTemplate(**values | changes)


def person(name: str = "Grace Hopper", **changes: Any) -> StoredPerson:
    """A stored person with two samples, changed as told."""
    values: dict[str, Any] = {
        "subject_id": uuid.uuid4().hex,
        "display_name": name,
        "enrolled_at_ms": 1_790_000_000_000,
        "consent": {"at_ms": 1_790_000_000_000, "text": "Agreed.\nOn paper."},
        "encoder": ENCODER,
        "templates": (template(1), template(2, picture_sha256=None)),
    }
    return StoredPerson(**values | changes)
