"""Grace Hopper's portrait as matplotlib ships it, copied to where folder enrolment reads it."""

import importlib.util
import shutil
from pathlib import Path

from demo.errors import DemoFailed

GRACE = "Grace Hopper"
EILEEN = "Eileen Collins"
_PICTURE = Path("mpl-data", "sample_data", "grace_hopper.jpg")


def photographs(folder: Path) -> Path:
    """Makes `folder` one that can be enrolled: the picture under its person's name.

    Raises:
        DemoFailed: The picture is not installed.
    """
    # Asked where it is, never imported: that would take a second.
    spec = importlib.util.find_spec("matplotlib")
    home = Path(spec.origin).parent if spec is not None and spec.origin else None
    if home is None or not (home / _PICTURE).is_file():
        raise DemoFailed(
            "The portrait that matplotlib ships is missing. Start the demo with"
            " `python3 run.py demo`, which installs what it needs."
        )
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(home / _PICTURE, folder / f"{GRACE}.jpg")
    return folder
