"""The commands `verify`, `evaluate`, `pad`: arguments in, sentences, files, an exit code out."""

import argparse
import json
import logging
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from biometrics.calibration import CalibrationUnusable
from biometrics.encode import Encoder, EncoderFailed, open_encoder
from biometrics.evaluation.document import Document
from biometrics.evaluation.evaluate import PROTOCOLS, Wanted, default_cache, evaluate
from biometrics.evaluation.folder_document import folder_document
from biometrics.evaluation.looking import ThreadLooker
from biometrics.evaluation.markdown import summary
from biometrics.evaluation.mlflow_run import NotLogged, check_installed, log_run
from biometrics.evaluation.one_to_one import TARGET_FMR, NotComparable, Taker, compare
from biometrics.evaluation.pad_command import add_pad, pad_wanted, run_pad
from biometrics.evaluation.pairs import PairsUnusable
from biometrics.evaluation.report_files import as_text, write_reports
from biometrics.evaluation.robustness import PAIRS
from biometrics.evaluation.samples import DatasetUnusable, printable
from biometrics.pictures import PictureError
from biometrics.verify import LARGEST_TARGET, SMALLEST_TARGET
from biometrics.vision import Vision

EXIT_OK = 0
EXIT_PROBLEM = 1
EXIT_DIFFERENT = 1
"""`verify` answers as `grep` and `cmp` do: 0 the same person, 1 not, 2 could not compare."""
EXIT_NOT_COMPARED = 2
EXIT_INTERRUPTED = 130


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python -m biometrics", description="Compares pictures, and measures how well."
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    verify = commands.add_parser(
        "verify",
        help="do two pictures show the same person?",
        epilog="Exit code: 0 the same person, 1 not the same, 2 could not be compared.",
    )
    verify.add_argument("left", type=Path, metavar="A.jpg")
    verify.add_argument("right", type=Path, metavar="B.jpg")
    verify.add_argument(
        "--threshold",
        type=_distance,
        metavar="DISTANCE",
        help="largest distance that is accepted, in place of a target",
    )
    verify.add_argument(
        "--target-fmr",
        type=_target,
        default=TARGET_FMR,
        metavar="SHARE",
        help="share of strangers accepted, at most; the limit follows from it (%(default)s)",
    )
    verify.add_argument("--json", action="store_true", help="one JSON object on standard output")
    measure = commands.add_parser("evaluate", help="measure the face engine on a folder")
    measure.add_argument("folder", type=Path, metavar="DIR", help="NAME/*.jpg, or NAME.jpg")
    measure.add_argument("--pairs", type=Path, metavar="FILE", help="pairs in LFW's format")
    measure.add_argument("--protocol", choices=PROTOCOLS, default="all")
    measure.add_argument("--report", type=Path, metavar="OUT", help="write the reports here")
    measure.add_argument(
        "--mlflow",
        metavar="URI",
        help="keep the run in MLflow: http://..., sqlite:///..., file:...",
    )
    measure.add_argument("--json", action="store_true", help="the report as JSON instead of text")
    measure.add_argument("--limit", type=_count, metavar="N", help="at most N pictures")
    measure.add_argument(
        "--changed",
        type=_count_or_none,
        default=PAIRS,
        metavar="N",
        help="pairs tried with changed light, pose, blur, ... (%(default)s; 0 for none)",
    )
    measure.add_argument(
        "--cache", type=Path, metavar="DIR", help="where encodings are kept (your cache folder)"
    )
    measure.add_argument(
        "--calibrate",
        action="store_true",
        help="write what is learnt about the network of --network beside it",
    )
    for command in (verify, measure):
        command.add_argument(
            "--network",
            type=_network,
            metavar="FILE",
            help="an ArcFace-style ONNX file of your own",
        )
    add_pad(commands)
    return top


def _network(text: str) -> Path | None:
    """Nothing stands for the model that comes along, as for the server and the checkpoint."""
    return Path(text) if text.strip() else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    chosen = parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    if chosen.command == "verify":
        return run_verify(
            chosen.left,
            chosen.right,
            as_json=chosen.json,
            target_fmr=chosen.target_fmr,
            threshold=chosen.threshold,
            network=chosen.network,
        )
    if chosen.command == "pad":
        return run_pad(pad_wanted(chosen), report=chosen.report, as_json=chosen.json)
    if chosen.calibrate and chosen.network is None:
        parser().error("--calibrate is for a network of your own: give --network FILE")
    wanted = Wanted(
        folder=chosen.folder,
        pairs=chosen.pairs,
        protocol=chosen.protocol,
        limit=chosen.limit,
        changed=chosen.changed,
        cache=chosen.cache or default_cache(),
        network=chosen.network,
        calibrate=chosen.calibrate,
    )
    return run_evaluate(wanted, report=chosen.report, as_json=chosen.json, mlflow=chosen.mlflow)


def run_verify(
    left: Path,
    right: Path,
    *,
    as_json: bool,
    target_fmr: float = TARGET_FMR,
    threshold: float | None = None,
    network: Path | None = None,
    vision: Taker | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Compares two pictures and says what came out.

    Args:
        left: One picture.
        right: The other.
        target_fmr: Share of strangers accepted, at most.
        threshold: A limit in its place.
        as_json: As one JSON object.
        network: A network of the user's own, in place of dlib's.
        vision: Takes the faces; closed at the end.
        out: Where the answer goes.
        err: Where warnings go.

    Returns:
        0 for the same person, 1 for not the same, 2 when they cannot be compared.
    """
    out, err = out or sys.stdout, err or sys.stderr
    taker: Taker | None = vision
    try:
        if taker is None:
            taker = Vision.open(background=False, network=network)
        found = compare(left, right, taker, target_fmr=target_fmr, threshold=threshold)
    except (NotComparable, PictureError, EncoderFailed) as error:
        if as_json:
            out.write(json.dumps({"same": None, "reason": printable(str(error))}) + "\n")
        else:
            err.write(f"{printable(str(error))}\n")
        return EXIT_NOT_COMPARED
    finally:
        if taker is not None:
            taker.close()
    if as_json:
        out.write(json.dumps(found.as_dict()) + "\n")
    else:
        for warning in found.warnings:
            err.write(f"{printable(warning)}\n")
        out.write(f"{found.sentence}\n")
    return EXIT_OK if found.same else EXIT_DIFFERENT


def run_evaluate(
    wanted: Wanted,
    *,
    report: Path | None,
    as_json: bool,
    mlflow: str | None = None,
    encoder: Encoder | None = None,
    looker_factory: Callable[[], ThreadLooker] | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Evaluates a folder; writes a summary or JSON, and the reports where asked.

    Interrupted (SIGINT) it ends at once; started again it goes on from what is kept.

    Returns:
        0 when measured, 1 when it could not be, 130 when interrupted.
    """
    out, err = out or sys.stdout, err or sys.stderr
    if mlflow is not None and not _can_log(mlflow, err):
        mlflow = None
    engine = encoder
    try:
        engine = engine or open_encoder(background=False, network=wanted.network)
        if report is not None:
            report.mkdir(parents=True, exist_ok=True)  # a full run is too long to find out after
        result = evaluate(wanted, engine, err, looker_factory=looker_factory)
        document = folder_document(result)
        if report is not None:
            for path in write_reports(document, result, report):
                err.write(f"{printable(str(path))}\n")
        if mlflow is not None:
            _log(mlflow, document, result, err)
    except (DatasetUnusable, PairsUnusable, EncoderFailed, CalibrationUnusable) as error:
        err.write(f"{printable(str(error))}\n")
        return EXIT_PROBLEM
    except OSError as error:
        err.write(f"Not everything can be written: {printable(str(error))}\n")
        return EXIT_PROBLEM
    except KeyboardInterrupt:
        err.write("Interrupted. Start the same command again to go on.\n")
        return EXIT_INTERRUPTED
    finally:
        if engine is not None:
            engine.close()
    out.write(as_text(result) + "\n" if as_json else summary(document))
    return EXIT_OK


def _can_log(uri: str, err: TextIO) -> bool:
    """Whether MLflow is there; said before the work, not after it."""
    try:
        check_installed(uri)
    except NotLogged as error:
        err.write(f"{error}\n")
        return False
    return True


def _log(uri: str, document: Document, result: dict[str, object], err: TextIO) -> None:
    """Keeps the run; where MLflow refuses, the measurement is worth as much."""
    try:
        err.write(f"Kept in MLflow as run {log_run(uri, document, result)}.\n")
    except NotLogged as error:
        err.write(f"{printable(str(error))}\n")


def _target(text: str) -> float:
    number = float(text)
    if not SMALLEST_TARGET <= number <= LARGEST_TARGET:
        raise argparse.ArgumentTypeError(
            f"{text} is no share of strangers from {SMALLEST_TARGET:f} to {LARGEST_TARGET}"
        )
    return number


def _distance(text: str) -> float:
    number = float(text)
    if not (math.isfinite(number) and 0 < number < 2):
        raise argparse.ArgumentTypeError(f"{text} is no distance between 0 and 2")
    return number


def _count_or_none(text: str) -> int:
    return 0 if text == "0" else _count(text)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of pictures")
    return number
