"""The command `pad`: a folder of recordings in, error rates of the liveness checks out."""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from biometrics.detect import Detector
from biometrics.encode import Encoder, EncoderFailed, open_encoder
from biometrics.evaluation.markdown import summary
from biometrics.evaluation.pad_document import pad_document
from biometrics.evaluation.pad_evaluate import evaluate_pad
from biometrics.evaluation.report_files import as_text, write_reports
from biometrics.evaluation.samples import DatasetUnusable, printable
from biometrics.pad_network import OnnxPad, PadRefused, Pixels
from biometrics.passive_liveness import ImageCues, PassiveCheck

EXIT_OK, EXIT_PROBLEM, EXIT_INTERRUPTED = 0, 1, 130


@dataclass(frozen=True, slots=True, kw_only=True)
class PadWanted:
    """What is asked for.

    Args:
        folder: `live/*` and a folder a kind of attack.
        model: A network to measure too.
        live_class: As `OnnxPad`.
        crop: As `OnnxPad`.
        pixels: As `OnnxPad`.
    """

    folder: Path
    model: Path | None = None
    live_class: int | None = None
    crop: float | None = None
    pixels: Pixels | None = None


def add_pad(commands: Any) -> None:
    """Adds the command to those of `python -m biometrics`."""
    pad = commands.add_parser(
        "pad", help="measure the liveness checks on recordings of people and of attacks"
    )
    pad.add_argument(
        "folder",
        type=Path,
        metavar="DIR",
        help="people in DIR/live/, attacks in a folder a kind (DIR/replay/, DIR/print/, ...)",
    )
    pad.add_argument("--model", type=Path, metavar="FILE", help="a liveness network (ONNX)")
    pad.add_argument("--live-class", type=int, metavar="N", help="its live class, from 0")
    pad.add_argument("--crop", type=float, metavar="X", help="its square, in sides of the face")
    pad.add_argument("--pixels", type=Pixels, choices=list(Pixels), help="how it wants its pixels")
    pad.add_argument("--report", type=Path, metavar="OUT", help="write the reports here")
    pad.add_argument("--json", action="store_true", help="the report as JSON instead of text")


def pad_wanted(chosen: argparse.Namespace) -> PadWanted:
    """From the parsed command line."""
    return PadWanted(
        folder=chosen.folder,
        model=chosen.model,
        live_class=chosen.live_class,
        crop=chosen.crop,
        pixels=chosen.pixels,
    )


def run_pad(
    wanted: PadWanted,
    *,
    report: Path | None,
    as_json: bool,
    encoder: Encoder | None = None,
    detector: Detector | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Measures; writes a summary or JSON, and the reports where asked.

    Returns:
        0 when measured, 1 when it could not be, 130 when interrupted.
    """
    out, err = out or sys.stdout, err or sys.stderr
    engine: Encoder | None = encoder
    try:
        checks: list[PassiveCheck] = [ImageCues()]
        if wanted.model is not None:
            checks.append(
                OnnxPad(
                    wanted.model,
                    live_class=wanted.live_class,
                    crop=wanted.crop,
                    pixels=wanted.pixels,
                )
            )
        if report is not None:
            report.mkdir(parents=True, exist_ok=True)
        engine = engine or open_encoder(background=False)
        result = evaluate_pad(wanted.folder, checks, engine, err, detector=detector)
        document = pad_document(result)
        if report is not None:
            for path in write_reports(document, result, report):
                err.write(f"{printable(str(path))}\n")
    except (DatasetUnusable, PadRefused, EncoderFailed) as error:
        err.write(f"{printable(str(error))}\n")
        return EXIT_PROBLEM
    except OSError as error:
        err.write(f"Not everything can be written: {printable(str(error))}\n")
        return EXIT_PROBLEM
    except KeyboardInterrupt:
        err.write("Interrupted.\n")
        return EXIT_INTERRUPTED
    finally:
        if engine is not None:
            engine.close()
    for entry in result["unreadable"]:
        err.write(f"{printable(entry['why'])}\n")
    out.write(as_text(result) + "\n" if as_json else summary(document))
    return EXIT_OK
