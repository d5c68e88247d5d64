"""What changed light, pose, blur, noise, occlusion and small size cost: genuine pairs missed."""

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from biometrics.encode import Encoder
from biometrics.evaluation.acquire import Acquired, Acquisition, distances
from biometrics.evaluation.changes import CHANGES, VERSION
from biometrics.evaluation.intervals import interval
from biometrics.evaluation.looking import Look, ThreadLooker, encoded
from biometrics.evaluation.pairs import Pair, PairList
from biometrics.evaluation.store import Seen, SeenStore
from biometrics.pictures import PictureError, read_picture

PAIRS = 100
"""Genuine pairs whose second picture is changed: 10 changes of 100 pictures take a minute or two
the first time."""
UNCHANGED = "as it is"


def robustness_report(
    pairs: PairList,
    acquisition: Acquisition,
    store: SeenStore,
    encoder: Encoder,
    *,
    threshold: float,
    count: int = PAIRS,
    looker: ThreadLooker | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, Any] | None:
    """One row a change; None where no genuine pair has two faces.

    Only pairs in which both unchanged faces are found are used, so every miss is the change's or
    the pair's own, which the first row shows.

    Args:
        pairs: Genuine ones are taken from all folds in turn.
        acquisition: What was seen in the unchanged pictures.
        store: Where looks at changed pictures are kept too.
        encoder: Belongs to this thread.
        threshold: Pairs are accepted within it.
        count: Pairs at most.
        looker: Finds faces.
        progress: Called with how many of how many pictures are done.

    Raises:
        EncoderFailed: As the encoder.
        OSError: What was seen cannot be kept.
    """
    chosen = genuine_pairs(pairs, acquisition, count)
    if not chosen:
        return None
    looker = looker or ThreadLooker()
    targets = [acquisition.items[pair.right] for pair in chosen]
    changed: list[dict[str, Acquired]] = []
    with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="change") as pool:
        for target, looks in zip(
            targets, pool.map(lambda item: _looks(item, store, looker), targets), strict=True
        ):
            changed.append(_encoded(target, looks, store, encoder))
            progress(len(changed), len(targets))
    left = [acquisition.items[pair.left] for pair in chosen]
    rows = [_row(UNCHANGED, left, targets, threshold)]
    rows += [_row(name, left, [one[name] for one in changed], threshold) for name in CHANGES]
    return {"pairs": len(chosen), "threshold": threshold, "rows": rows}


def genuine_pairs(pairs: PairList, acquisition: Acquisition, count: int) -> list[Pair]:
    """The first usable genuine pairs, evenly from all folds."""
    usable = [
        [
            pair
            for pair in fold
            if pair.same
            and acquisition.items[pair.left].usable
            and acquisition.items[pair.right].usable
        ]
        for fold in pairs.folds
    ]
    longest = max((len(fold) for fold in usable), default=0)
    mixed = [fold[place] for place in range(longest) for fold in usable if place < len(fold)]
    return mixed[:count]


def _looks(item: Acquired, store: SeenStore, looker: ThreadLooker) -> dict[str, Look | Seen]:
    """Every change's look, kept from before or fresh; none where the picture is gone."""
    assert item.seen is not None
    keys = {name: _key(item.seen.sha256, name) for name in CHANGES}
    kept = {name: store.get(hashlib.sha256(key).digest()) for name, key in keys.items()}
    looks: dict[str, Look | Seen] = {name: seen for name, seen in kept.items() if seen is not None}
    if len(looks) == len(CHANGES):
        return looks
    try:
        image = read_picture(item.sample.path, name=item.sample.shown)
    except PictureError:
        return looks
    box = looker.look(image, b"").box
    if box is not None:
        for name in keys.keys() - looks.keys():
            looks[name] = looker.look(CHANGES[name](image, box), keys[name])
    return looks


def _encoded(
    item: Acquired, looks: dict[str, Look | Seen], store: SeenStore, encoder: Encoder
) -> dict[str, Acquired]:
    """What every change's picture shows; an empty one for a change that could not be made."""
    found = {name: Acquired(item.sample, None, "gone") for name in CHANGES}
    fresh = {name: look for name, look in looks.items() if isinstance(look, Look)}
    for name, look in looks.items():
        if isinstance(look, Seen):
            found[name] = Acquired(item.sample, look)
    for (name, look), seen in zip(
        fresh.items(), encoded(list(fresh.values()), encoder), strict=True
    ):
        if look.final:
            store.add(seen)
        found[name] = Acquired(item.sample, seen)
    return found


def _row(
    name: str, left: Sequence[Acquired], right: Sequence[Acquired], threshold: float
) -> dict[str, Any]:
    spans = distances([one.template for one in left], [one.template for one in right])
    missed = int((spans > threshold).sum())
    found = spans[np.isfinite(spans)]
    return {
        "change": name,
        "not_acquired": int(np.isinf(spans).sum()),
        "missed": missed,
        "fnmr": missed / len(spans),
        "fnmr_interval": list(interval(missed, len(spans))),
        "median_distance": float(np.median(found)) if len(found) else None,
    }


def _key(sha256: bytes, name: str) -> bytes:
    """Stands for the changed picture's content."""
    return sha256 + f"/{name}/{VERSION}".encode()
