"""Made-up people with samples, and a way to write many of them without waiting for the disk."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from server.stored_person import StoredPerson, StoredTemplate


def person_of(seed: int, samples: int) -> StoredPerson:
    """Somebody with so many samples of random directions, as they are enrolled at a checkpoint."""
    rows = np.random.default_rng(seed).normal(size=(samples, 128))
    return StoredPerson(
        subject_id=uuid.uuid4().hex,
        display_name=f"Person {seed}",
        enrolled_at_ms=1,
        consent={"at_ms": 1, "text": "I agree."},
        encoder="benchmark",
        templates=tuple(
            StoredTemplate(
                sample_id=uuid.uuid4().hex,
                encoding=tuple(float(n) for n in row / np.linalg.norm(row)),
                quality={"size_px": 120.0, "yaw": -0.25},
                source="checkpoint:lobby",
            )
            for row in rows
        ),
    )


@contextmanager
def without_waiting() -> Iterator[None]:
    """Nothing is flushed to the disk as long."""
    real = os.fsync
    os.fsync = lambda _handle: None  # type: ignore[assignment]
    try:
        yield
    finally:
        os.fsync = real
