"""What the measurements of one engine against another share: one core, taking turns, pictures."""

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from biometrics.faces import Image
from biometrics.pictures import PictureError, read_picture

ROOT = Path(__file__).resolve().parent.parent


def one_core() -> str:
    """Keeps this process, and what it starts, on one core; says which, or why not."""
    if not hasattr(os, "sched_setaffinity"):
        return "one thread (this system cannot keep a process on one core)"
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return f"one core (number {core})"


def medians_ms(
    steps: Sequence[Callable[[], object]], *, rounds: int, calls: int = 1
) -> list[float]:
    """The median time of each step, in ms; they take turns, so that other load hits all alike.

    Args:
        steps: What is compared.
        rounds: How many turns each has.
        calls: How often it is called in a turn: from the second on it finds its own weights in
            the processor's cache, not its predecessor's.
    """
    for step in steps:
        step()
    times: list[list[float]] = [[] for _ in steps]
    for _ in range(rounds):
        for step, taken in zip(steps, times, strict=True):
            for _ in range(calls):
                started_s = time.perf_counter()
                step()
                taken.append((time.perf_counter() - started_s) * 1000)
    return [statistics.median(taken) for taken in times]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the sorted values lies; NaN without any."""
    if not values:
        return float("nan")
    return values[min(len(values) - 1, int(share * len(values)))]


def data_folder() -> Path | None:
    """Where the pictures for development are: `FACENETGRID_DATA`, or a folder beside ours."""
    named = os.environ.get("FACENETGRID_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


def shipped_pictures() -> list[Image]:
    """The two portraits that matplotlib and scikit-image install."""
    import importlib.util

    places = {
        "matplotlib": "mpl-data/sample_data/grace_hopper.jpg",
        "skimage": "data/astronaut.png",
    }
    pictures = []
    for package, path in places.items():
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            pictures.append(read_picture(Path(spec.origin).parent / path))
    return pictures


def lfw_pictures(*, seed: int = 1) -> Iterator[Image]:
    """Pictures of `lfw-dev` in a fixed random order, one a person first; none without the data."""
    folder = data_folder()
    people = sorted((folder / "lfw-dev" / "images").glob("*")) if folder else []
    chance = random.Random(seed)  # noqa: S311 - an order, no secret
    chance.shuffle(people)
    for person in people:
        for path in sorted(person.glob("*.jpg"))[:1]:
            try:
                yield read_picture(path)
            except PictureError:
                continue


def group_pictures() -> list[Image]:
    """The multi-face pictures among the data for development; none without the data."""
    folder = data_folder()
    paths = sorted((folder / "groups").glob("*.jpg")) if folder else []
    return [read_picture(path) for path in paths]
