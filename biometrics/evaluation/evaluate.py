"""The whole evaluation of a folder: one dictionary, from which every report is written."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TextIO, get_args

from biometrics.encode import Encoder
from biometrics.evaluation.acquire import Acquisition, acquire
from biometrics.evaluation.all_pairs import EveryPair
from biometrics.evaluation.calibrating import calibrate
from biometrics.evaluation.calibration import calibration_report
from biometrics.evaluation.data_report import data_report
from biometrics.evaluation.looking import WAY, ThreadLooker
from biometrics.evaluation.openset import openset_report
from biometrics.evaluation.pairs import PairList, PairsUnusable, covered, make_pairs, read_pairs
from biometrics.evaluation.product import STANDARD, Fit, fit_of
from biometrics.evaluation.progress import Progress
from biometrics.evaluation.robustness import PAIRS, robustness_report
from biometrics.evaluation.samples import Dataset, printable, read_dataset
from biometrics.evaluation.store import SeenStore
from biometrics.evaluation.verification import verification_report
from biometrics.yardstick import yardstick_of

Protocol = Literal["verification", "openset", "calibration", "all"]
PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)
CHANGED_FMR = 1e-3
"""Where the threshold for changed pictures lies: that of `verify`."""
FORMAT = 2
"""Version of the dictionary: raised when a key changes its meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to evaluate.

    Args:
        folder: The pictures.
        pairs: A list in LFW's format; None for `folder/pairs.txt`, or pairs made from the folder.
        protocol: What to measure.
        limit: Pictures at most; None for all.
        cache: Where encodings are kept.
        seed: Of made pairs.
        changed: Genuine pairs whose second picture is changed, see `robustness`; 0 for none.
        network: A network of the user's own, in place of dlib's.
        calibrate: Whether to write what is learnt about that network beside it.
    """

    folder: Path
    cache: Path
    pairs: Path | None = None
    protocol: Protocol = "all"
    limit: int | None = None
    seed: int = 0
    changed: int = PAIRS
    network: Path | None = None
    calibrate: bool = False


def default_cache() -> Path:
    """This user's cache folder for encodings; not made yet."""
    import platformdirs

    return Path(platformdirs.user_cache_path("facenetgrid", appauthor=False)) / "evaluation"


def evaluate(
    wanted: Wanted,
    encoder: Encoder,
    err: TextIO,
    *,
    looker_factory: Callable[[], ThreadLooker] | None = None,
) -> dict[str, Any]:
    """Looks at every picture and measures; the result is ready for JSON.

    Args:
        wanted: What to evaluate.
        encoder: Belongs to this thread; stays open.
        err: Where progress is shown.
        looker_factory: Makes what finds faces, in place of the product's own.

    Raises:
        DatasetUnusable: There are no pictures.
        PairsUnusable: The list of pairs that was asked for cannot be used.
        EncoderFailed: As the encoder.
        CalibrationUnusable: Too few people to calibrate with.
        OSError: Encodings or the calibration cannot be kept.
    """
    started_s = time.perf_counter()
    dataset = read_dataset(wanted.folder)
    pairs, no_pairs = _pairs(wanted, dataset)
    if wanted.limit is not None and wanted.limit < len(dataset.samples):
        dataset, pairs = _limited(dataset, pairs, wanted.limit)
    store = SeenStore(wanted.cache, f"{encoder.fingerprint}/{WAY}", encoder.dimensions)
    progress = Progress(err, "pictures")
    looker = ThreadLooker.of(encoder.layout) if looker_factory is None else looker_factory()
    try:
        acquisition = acquire(
            dataset.samples, store, encoder, looker=looker, progress=progress.show
        )
    finally:
        progress.end()
    if wanted.calibrate and wanted.network is not None:
        path = calibrate(
            acquisition,
            encoder=encoder.fingerprint,
            network=wanted.network,
            called=wanted.folder.resolve().name,
        )
        err.write(f"{printable(str(path))}\n")
    result: dict[str, Any] = {
        "format": FORMAT,
        "folder": wanted.folder.name,
        "encoder": encoder.fingerprint,
        "engine": encoder.engine,
        "limit": wanted.limit,
        "data": data_report(dataset, acquisition),
        "speed": _speed(acquisition, encoder.engine),
    }
    if wanted.protocol in ("verification", "all"):
        report = result["verification"] = _verification(pairs, no_pairs, acquisition)
        if pairs is not None and "skipped" not in report and wanted.changed:
            changing = Progress(err, "changed pictures")
            try:
                report["changed"] = robustness_report(
                    pairs,
                    acquisition,
                    store,
                    encoder,
                    threshold=_threshold(report),
                    count=wanted.changed,
                    looker=looker,
                    progress=changing.show,
                )
            finally:
                changing.end()
    # After the network was calibrated, where that was asked for.
    fit = STANDARD if wanted.network is None else fit_of(yardstick_of(encoder, wanted.network))
    if wanted.protocol in ("openset", "all"):
        result["openset"] = _openset(acquisition, fit)
    if wanted.protocol in ("calibration", "all"):
        result["calibration"] = _calibration(acquisition, fit)
    result["elapsed_s"] = round(time.perf_counter() - started_s, 2)
    return result


def _pairs(wanted: Wanted, dataset: Dataset) -> tuple[PairList | None, str]:
    """The pairs to compare, or why there are none."""
    if wanted.protocol not in ("verification", "all"):
        return None, ""
    beside = wanted.folder / "pairs.txt"
    if wanted.pairs is not None:
        return read_pairs(wanted.pairs, dataset), ""
    try:
        if beside.is_file():
            return read_pairs(beside, dataset), ""
        return make_pairs(dataset, seed=wanted.seed), ""
    except PairsUnusable as error:
        return None, str(error)


def _limited(
    dataset: Dataset, pairs: PairList | None, limit: int
) -> tuple[Dataset, PairList | None]:
    """The first pictures, those of pairs first, so that a short run still compares."""
    first = pairs.pictures if pairs is not None else []
    # Both pictures of a pair or neither: an odd one would be of no use.
    order = list(dict.fromkeys([*first, *range(len(dataset.samples))]))[:limit]
    places = {old: new for new, old in enumerate(sorted(order))}
    fewer = replace(dataset, samples=tuple(dataset.samples[old] for old in places))
    if pairs is None:
        return fewer, None
    kept = covered(pairs, places)
    folds = tuple(
        tuple(replace(pair, left=places[pair.left], right=places[pair.right]) for pair in fold)
        for fold in kept.folds
    )
    return fewer, replace(kept, folds=folds)


def _verification(
    pairs: PairList | None, no_pairs: str, acquisition: Acquisition
) -> dict[str, Any]:
    """The protocol's figures, or a sentence why there are none."""
    if pairs is None:
        return {"skipped": no_pairs}
    try:
        report = verification_report(pairs, acquisition)
    except ValueError:
        return {"skipped": "There are not pairs enough of both kinds to choose a threshold."}
    every = EveryPair(acquisition.items)
    report["every_pair"] = every.report() if every.possible else None
    return report


def _threshold(report: dict[str, Any]) -> float:
    """That of FMR 0.1 %, from every pair where there are such comparisons."""
    rows = (report["every_pair"] or report)["at_fmr"]
    return float(next(row["threshold"] for row in rows if row["fmr_target"] == CHANGED_FMR))


def _openset(acquisition: Acquisition, fit: Fit) -> dict[str, Any]:
    """The protocol's figures, or a sentence why there are none."""
    try:
        return openset_report(acquisition.items, fit=fit)
    except ValueError:
        return {"skipped": "Four pictures of one person, and other people, are needed."}


def _calibration(acquisition: Acquisition, fit: Fit) -> dict[str, Any]:
    """The protocol's figures, or a sentence why there are none."""
    try:
        return calibration_report(acquisition.items, fit=fit)
    except ValueError:
        return {"skipped": "Four people are needed: two enrolled, and two strangers."}


def _speed(acquisition: Acquisition, engine: str) -> dict[str, Any]:
    """Time a picture took; only of those looked at in this run."""
    fresh = acquisition.fresh
    return {
        "looked_at": fresh,
        "kept_from_before": sum(item.seen is not None for item in acquisition.items) - fresh,
        "seconds": round(acquisition.elapsed_s, 2),
        "pictures_per_s": round(fresh / acquisition.elapsed_s, 2) if fresh else None,
        "ms_per_picture": {
            step: round(1000 * seconds / max(1, fresh), 2)
            for step, seconds in acquisition.steps_s.items()
        },
        "threads": acquisition.threads,
        "cores": os.cpu_count(),
        "engine": engine,
    }
