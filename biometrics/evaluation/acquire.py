"""Looks at every picture of a set on all cores, or takes what an earlier run has kept."""

import hashlib
import os
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from biometrics.encode import Encoder
from biometrics.evaluation.looking import Look, ThreadLooker, encoded
from biometrics.evaluation.samples import Sample
from biometrics.evaluation.store import Seen, SeenStore
from biometrics.faces import Encoding
from biometrics.gallery import unit_length
from biometrics.pictures import MAX_FILE_BYTES, PictureError, read_picture

BATCH = 8
"""Faces encoded at once, each with its mirror."""
STEPS = ("read", "find the face", "align and judge", "encode")
"""What is done with a picture, in this order."""


Found = tuple[Look, float] | Seen | str
"""A fresh look with the seconds of reading, one kept from before, or why there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Acquired:
    """A picture, and what was seen in it; `problem` says why nothing could be."""

    sample: Sample
    seen: Seen | None
    problem: str = ""

    @property
    def usable(self) -> bool:
        """Whether there is an encoding."""
        return self.seen is not None and self.seen.straight is not None

    @property
    def person(self) -> str:
        """Whose picture it is."""
        return self.sample.person

    @property
    def content(self) -> Hashable:
        """The same for files of the same content; the file's name where it cannot be read."""
        return self.sample.shown if self.seen is None else self.seen.sha256

    @property
    def raw(self) -> Encoding | None:
        """The encoding of the chip alone, as the network gives it: the habit's."""
        return None if self.seen is None else self.seen.straight

    @property
    def template(self) -> Encoding | None:
        """All views fused, unit length: what the product compares."""
        if self.seen is None or self.seen.fused is None:
            return None
        return unit_length(self.seen.fused)


@dataclass(frozen=True, slots=True, eq=False)
class Acquisition:
    """All pictures of a set.

    Args:
        items: In the order of the samples.
        fresh: Pictures looked at now, the others were kept.
        elapsed_s: How long it took.
        steps_s: Seconds spent in each step, in all threads together, of the fresh ones.
        threads: That looked.
    """

    items: tuple[Acquired, ...]
    fresh: int
    elapsed_s: float
    steps_s: Mapping[str, float]
    threads: int = 1

    def templates(self) -> list[Encoding | None]:
        """Of every picture, None where there is no face."""
        return [item.template for item in self.items]


def acquire(
    samples: Sequence[Sample],
    store: SeenStore,
    encoder: Encoder,
    *,
    looker: ThreadLooker | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    workers: int | None = None,
) -> Acquisition:
    """Looks at the pictures; every finished one is kept at once, so a run can be interrupted.

    Detection and alignment run on as many threads as there are cores (dlib's detector releases
    the GIL); encoding runs in this thread, in batches, and uses the cores the encoder was given.

    Args:
        samples: What to look at.
        store: Where looks are kept.
        encoder: Belongs to this thread.
        looker: Finds faces.
        progress: Called with how many of how many are done.
        workers: Threads; None for one a core.

    Raises:
        EncoderFailed: As the encoder.
        OSError: What was seen cannot be kept.
    """
    started_s = time.perf_counter()
    looker = looker or ThreadLooker()
    items: dict[int, Acquired] = {}
    waiting: list[tuple[int, Sample, Look]] = []
    fresh = 0
    steps_s = dict.fromkeys(STEPS, 0.0)
    threads = workers or os.cpu_count() or 1

    def encode_waiting() -> None:
        before_s = time.perf_counter()
        for (place, sample, look), seen in zip(
            waiting, encoded([look for *_, look in waiting], encoder), strict=True
        ):
            if look.final:
                store.add(seen)
            items[place] = Acquired(sample, seen)
        waiting.clear()
        steps_s["encode"] += time.perf_counter() - before_s

    for place, sample, found in _looks(samples, store, looker, threads):
        if isinstance(found, tuple):
            look, read_s = found
            fresh += 1
            waiting.append((place, sample, look))
            for step, seconds in zip(STEPS, (read_s, look.find_s, look.align_s), strict=False):
                steps_s[step] += seconds
            if len(waiting) >= BATCH:
                encode_waiting()
        else:
            items[place] = (
                Acquired(sample, found, "")
                if isinstance(found, Seen)
                else Acquired(sample, None, found)
            )
        progress(len(items), len(samples))
    encode_waiting()
    progress(len(items), len(samples))
    return Acquisition(
        tuple(items[place] for place in range(len(samples))),
        fresh,
        time.perf_counter() - started_s,
        steps_s,
        threads,
    )


def distances(left: Sequence[Encoding | None], right: Sequence[Encoding | None]) -> Encoding:
    """Between templates, one by one; infinite where one of the two is missing."""
    return np.array(
        [
            np.inf if one is None or other is None else np.linalg.norm(one - other)
            for one, other in zip(left, right, strict=True)
        ],
        dtype=np.float64,
    )


def _looks(
    samples: Sequence[Sample], store: SeenStore, looker: ThreadLooker, workers: int
) -> Iterator[tuple[int, Sample, Found]]:
    """In order; at most a few pictures a thread are in memory."""

    def work(sample: Sample) -> Found:
        started_s = time.perf_counter()
        try:
            if sample.path.stat().st_size > MAX_FILE_BYTES:
                read_picture(sample.path, name=sample.shown)  # says so without reading it
            data = sample.path.read_bytes()
            kept = store.get(hashlib.sha256(data).digest())
            if kept is not None:
                return kept
            image = read_picture(data, name=sample.shown)
            read_s = time.perf_counter() - started_s
            return looker.look(image, data), read_s
        except PictureError as error:
            return str(error)
        except OSError as error:
            return f"{sample.shown} cannot be read: {error.strerror}."

    with ThreadPoolExecutor(workers, thread_name_prefix="look") as pool:
        running: deque[tuple[int, Sample, Future[Found]]] = deque()
        try:
            for place, sample in enumerate(samples):
                running.append((place, sample, pool.submit(work, sample)))
                if len(running) >= 4 * workers:
                    first, of, future = running.popleft()
                    yield first, of, future.result()
            while running:
                first, of, future = running.popleft()
                yield first, of, future.result()
        finally:
            for *_, future in running:
                future.cancel()
