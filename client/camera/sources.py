"""From the words that name a source (`camera:0`, `demo:`, ...) to the source itself."""

import re
from pathlib import Path
from typing import Protocol

from client.camera.errors import SourceNotUnderstood
from client.camera.frames import Frame

KINDS = "camera:0, rtsp://..., http://..., file:clip.mp4, folder:DIR or demo:"


class Source(Protocol):
    """Pictures one after another. Opened, read and closed by one thread.

    `live` is True for devices: when they are silent or repeat themselves something is wrong.
    """

    @property
    def live(self) -> bool:
        """Whether it is a device."""

    def read(self) -> Frame | None:
        """The next frame; waits for it. None when this one could not be read and the next may be.

        Raises:
            SourceError: Nothing comes any more; the text says why.
        """

    def close(self) -> None:
        """Gives the device back."""


def open_source(spec: str, *, repeat: bool = True) -> Source:
    """Opens a source by its name; may take seconds.

    Args:
        spec: `camera:N`, `rtsp://...`, `http://...` or `https://...` (MJPEG), `file:clip.mp4`,
            `folder:DIR`, or `demo:` with names, such as `demo:grace-hopper,eileen-collins`.
        repeat: Whether a clip or a folder starts again at its end.

    Raises:
        SourceError: It cannot be opened; the text says why and what to do.
    """
    kind, colon, rest = spec.strip().partition(":")
    kind = kind.lower()
    if colon and kind in ("rtsp", "rtsps", "http", "https") and re.match(r"//[^/\s]", rest):
        from client.camera.opencv import StreamSource

        return StreamSource(spec.strip())
    if colon and kind == "camera" and re.fullmatch(r"\d{1,3}", rest.strip()):
        from client.camera.opencv import DeviceSource

        return DeviceSource(int(rest))
    if colon and kind == "file" and rest:
        from client.camera.opencv import ClipSource

        return ClipSource(Path(rest).expanduser(), repeat=repeat)
    if colon and kind == "folder" and rest:
        from client.camera.pictures import FolderSource

        return FolderSource(Path(rest).expanduser(), repeat=repeat)
    if colon and kind == "demo":
        from client.camera.demo import DemoSource

        return DemoSource(rest)
    raise SourceNotUnderstood(f"{spec!r} does not name a camera. Write {KINDS}.")


def shown_name(spec: str) -> str:
    """The source's name for the screen and the log: without a password."""
    if "://" in spec:
        from client.camera.opencv import without_password

        return without_password(spec)
    return spec
