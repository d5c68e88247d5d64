"""Builds the metadata-only wheel `dlib-19.24.99`, byte for byte the same on every machine.

`packaging/README.md` says why it exists. Run without arguments it writes the wheel into
`packaging/wheels/`; with a folder it writes it there.
"""

import base64
import hashlib
import sys
import zipfile
from pathlib import Path

VERSION = "19.24.99"
REQUIRES = "dlib-bin>=20.0.1"
WHEELS = Path(__file__).resolve().parent / "wheels"
FILE_NAME = f"dlib-{VERSION}-py3-none-any.whl"

_INFO = f"dlib-{VERSION}.dist-info"
_METADATA = f"""\
Metadata-Version: 2.1
Name: dlib
Version: {VERSION}
Summary: Stands for dlib where dlib-bin gives the compiled module: no code of its own
License: MIT
Requires-Dist: {REQUIRES}
"""
_WHEEL = """\
Wheel-Version: 1.0
Generator: facenetgrid-shim
Root-Is-Purelib: true
Tag: py3-none-any
"""
# The earliest time a zip archive can hold: a real one would make every build differ.
_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3  # `create_system` would otherwise name the platform of the builder
_MODE = 0o100644


def record_line(name: str, content: bytes) -> str:
    """One line of the wheel's RECORD: name, unpadded URL-safe SHA-256, length in bytes."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}\n"


def build(folder: Path) -> Path:
    """Writes the wheel into `folder`, made when missing, and returns its path."""
    files = {f"{_INFO}/METADATA": _METADATA.encode(), f"{_INFO}/WHEEL": _WHEEL.encode()}
    record = "".join(record_line(name, content) for name, content in files.items())
    files[f"{_INFO}/RECORD"] = f"{record}{_INFO}/RECORD,,\n".encode()
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / FILE_NAME
    # Stored, not deflated: zlib's output differs between its versions.
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, date_time=_DATE)
            entry.create_system = _UNIX
            entry.external_attr = _MODE << 16
            archive.writestr(entry, content)
    return wheel


def main(arguments: list[str]) -> int:
    """Builds into the folder named first, or into `packaging/wheels`, and says where."""
    wheel = build(Path(arguments[0]) if arguments else WHEELS)
    sys.stdout.write(f"{wheel}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
