"""`python -m server evaluate`: the site's own people, for a terminal or for the server's window."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from biometrics.encode import EncoderFailed
from biometrics.evaluation.markdown import summary
from biometrics.evaluation.progress import Progress
from biometrics.evaluation.report_files import as_text
from biometrics.evaluation.site_document import site_document
from desktop.settings import SettingsError, load
from protocol.text import printable
from server.data_folder import DataFolder
from server.encoders import InstalledEncoder, installed_encoder
from server.evaluation import evaluate_site, keep_site, write_site
from server.gallery_files import GalleryFileError
from server.key_tool import opened, terminal
from server.settings import ServerSettings
from server.vault import Vault, VaultProblem, handed_over

EXIT_OK = 0
EXIT_PROBLEM = 1
EXIT_INTERRUPTED = 130
_EVENT_EVERY_S = 0.1
_OWN = (
    "The people enrolled can be evaluated with the face model that comes with FaceNetGrid alone. "
    "Measure your own on pictures: python -m biometrics evaluate DIR --network FILE."
)


def evaluate(
    folder: DataFolder,
    *,
    report: Path | None,
    as_json: bool = False,
    events: bool = False,
    key_on_stdin: bool = False,
    network: str | None = None,
    encoder: Callable[[str], InstalledEncoder] = installed_encoder,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Evaluates the people of a data folder; a server may be running on it.

    Args:
        folder: Where the people are.
        report: Where report.json, .md, .html and .pdf go; None for none.
        as_json: The result as JSON instead of sentences.
        events: For a program that reads along: progress as JSON lines, and politely slow. What is
            kept then names nobody.
        key_on_stdin: The program that started this one hands over the vault's key.
        network: The face model's file, as in the settings; None for what the settings say.
        encoder: Opens the face model.
        out: Standard output.
        err: Standard error.

    Returns:
        0 when evaluated, 1 with a sentence when it could not be, 130 when interrupted.
    """
    out, err = out or sys.stdout, err or sys.stderr
    teller = _Events(out) if events else _Bars(err)
    if events and hasattr(os, "nice"):
        os.nice(10)  # searches for checkpoints go first
    try:
        if not folder.root.is_dir():
            return teller.problem(f"{printable(str(folder.root), 300)} is not a folder.")
        kept = load(ServerSettings, folder.settings)
        model = encoder(kept.network if network is None else network)
        if model.yardstick.own:
            return teller.problem(_OWN)
        vault = _vault(folder, key_on_stdin=key_on_stdin)
        now_ms = time.time_ns() // 1_000_000
        result = evaluate_site(
            folder,
            vault,
            model.fingerprint,
            now_ms=now_ms,
            names=not events,
            progress=teller.show,
        )
        teller.end()
        paths = () if report is None else _written(result, report, kept=events)
    except (EncoderFailed, GalleryFileError, SettingsError, VaultProblem) as error:
        return teller.problem(printable(str(error), 400))
    except OSError as error:
        return teller.problem(f"The report cannot be written: {printable(str(error), 300)}")
    except KeyboardInterrupt:
        teller.problem("Interrupted.")
        return EXIT_INTERRUPTED
    if not events:
        for path in paths:
            err.write(f"{printable(str(path), 300)}\n")
        out.write(as_text(result) + "\n" if as_json else summary(site_document(result)))
    return EXIT_OK


def _written(result: dict[str, Any], report: Path, *, kept: bool) -> tuple[Path, ...]:
    return (keep_site(result, report),) if kept else write_site(result, report)


def _vault(folder: DataFolder, *, key_on_stdin: bool) -> Vault:
    if key_on_stdin:
        return handed_over(folder, sys.stdin.readline().strip())
    return opened(folder, terminal(), make=False)


class _Bars:
    """A bar a step, for a person."""

    def __init__(self, err: TextIO) -> None:
        self._err = err
        self._step = ""
        self._bar: Progress | None = None

    def show(self, step: str, done: int, total: int) -> None:
        if step != self._step or self._bar is None:
            self.end()
            self._step, self._bar = step, Progress(self._err, step)
        self._bar.show(done, total)

    def end(self) -> None:
        if self._bar is not None:
            self._bar.end()
            self._bar = None

    def problem(self, sentence: str) -> int:
        self.end()
        self._err.write(f"{sentence}\n")
        return EXIT_PROBLEM


class _Events:
    """JSON lines, for the window; not more than a few a second."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._step = ""
        self._last_s = 0.0

    def show(self, step: str, done: int, total: int) -> None:
        now_s = time.monotonic()
        if step == self._step and done < total and now_s - self._last_s < _EVENT_EVERY_S:
            return
        self._step, self._last_s = step, now_s
        self._write({"step": step, "done": done, "total": total})

    def end(self) -> None:
        self._write({"step": "writing the report", "done": 0, "total": 1})

    def problem(self, sentence: str) -> int:
        self._write({"problem": sentence})
        return EXIT_PROBLEM

    def _write(self, entry: dict[str, object]) -> None:
        self._out.write(json.dumps(entry) + "\n")
        self._out.flush()
