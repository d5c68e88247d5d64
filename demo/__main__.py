"""`python -m demo`: a server and two checkpoints at work, with windows or told in lines."""

import argparse
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from demo.errors import DemoFailed
from demo.programs import ROOT

EXIT_FAILED = 1
EXIT_DISAGREES = 4
EXIT_INTERRUPTED = 130


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python3 run.py demo",
        description="A server and two checkpoints at work on two public-domain portraits.",
    )
    top.add_argument("--headless", action="store_true", help="no windows: told in lines")
    top.add_argument("--seconds", type=_seconds, default=30.0, help="how long, with --headless")
    top.add_argument("--json", action="store_true", help="a JSON summary as the last line")
    top.add_argument("--data", type=Path, metavar="DIR", help="keep the demo's data here")
    top.add_argument("--theme", choices=("light", "dark"), default="light", help="of the windows")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the demo; returns its exit code."""
    options = parser().parse_args(arguments)
    if options.data is not None and options.data.resolve() == ROOT:
        sys.stderr.write("The project's own folders are the users': name another --data folder.\n")
        return 2
    signal.signal(signal.SIGTERM, _interrupt)
    data = options.data or Path(tempfile.mkdtemp(prefix="facenetgrid-demo-"))
    data = data.resolve()
    # A summary names the database: whoever reads it must find it.
    temporary = options.data is None and not options.json
    try:
        told = options.headless or options.json
        return _headless(data, options) if told else _windows(data, options)
    except DemoFailed as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_FAILED
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; every program of the demo has been ended.\n")
        return EXIT_INTERRUPTED
    finally:
        if temporary:
            shutil.rmtree(data, ignore_errors=True)
        elif options.json and options.data is None:
            sys.stderr.write(f"The data are kept in {data}.\n")


def _headless(data: Path, options: argparse.Namespace) -> int:
    from demo.story import perform

    out = sys.stderr if options.json else sys.stdout
    result = perform(data, options.seconds, lambda text: print(text, file=out, flush=True))
    for complaint in result.complaints:
        sys.stderr.write(f"Does not agree: {complaint}\n")
    if options.json:
        print(json.dumps(result.summary, ensure_ascii=False), flush=True)
    else:
        print(json.dumps(result.summary, ensure_ascii=False, indent=2), flush=True)
    return EXIT_DISAGREES if result.complaints or result.summary["false_names"] else 0


def _windows(data: Path, options: argparse.Namespace) -> int:
    from demo.windows import show

    return show(data, options.theme, lambda text: print(text, flush=True))


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text} is no time: 1 to 86400 seconds are")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
