"""Acts that are ended at each of their steps, as by a power cut, and scripts that do so."""

import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

# Nothing else of ours is imported: the child is made of what a script has in its memory.
_ROOT = Path(__file__).resolve().parents[2]

STEPS = ("fsync", "rename", "replace", "unlink", "truncate")
"""What changes the disk, of `os`."""

_DIED = 9


def dies_at(step: int, act: Callable[[], object], *, steps: Sequence[str] = STEPS) -> bool:
    """Does an act in a child that ends without a word before its so-manieth step.

    Only where there is one thread: see `output_of`.

    Args:
        step: The first is 1.
        act: What is done.
        steps: Functions of `os`; each call of one of them is a step.

    Returns:
        Whether it came that far; False when the act was done before.

    Raises:
        AssertionError: The act failed.
    """
    child = os.fork()
    if not child:
        _die_in(step, act, steps)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, _DIED), f"the act failed before step {step}"
    return code == _DIED


def output_of(script: str, *arguments: object) -> str:
    """What a script prints that forks, in a Python of its own; our modules are there.

    Raises:
        AssertionError: It failed, or took more than a minute.
    """
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _die_in(step: int, act: Callable[[], object], steps: Sequence[str]) -> NoReturn:
    left = [step]

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            left[0] -= 1
            if not left[0]:
                os._exit(_DIED)
            return real(*arguments, **options)

        return call

    for name in steps:
        setattr(os, name, dying(getattr(os, name)))
    try:
        act()
        os._exit(0)
    finally:  # it has failed
        traceback.print_exc()
        os._exit(1)
