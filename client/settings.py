"""What a checkpoint remembers between two starts, and where."""

import contextlib
import dataclasses
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from desktop import settings as stored
from desktop.files import narrow
from protocol.address import DEFAULT_PORT, join_address
from protocol.errors import NameInvalid
from protocol.text import clean_name

CHECKPOINT_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """Everything the settings dialog changes.

    Attributes:
        server_host: Name or address of the server.
        server_port: Its port, 1 to 65535.
        source: Where pictures come from: `camera:0`, `rtsp://...`, `http://...`, `file:clip.mp4`,
            `folder:DIR`, `demo:`.
        checkpoint_id: Names this checkpoint to the server; stays the same for good.
        checkpoint_name: What people call it.
        theme: light or dark.
        sound: Whether a verdict is heard.
        automatic: Whether a face is asked about without Space.
        mirror_preview: Whether the preview is a mirror (only the preview ever is).
        pad_model: File of a liveness network of the user's own; "" for the built-in check.
        network: ONNX file of a face model of the user's own, "" for the one that comes along.

    Raises:
        ValueError: A value is outside its range; the text says which and what can be done.
    """

    server_host: str = "127.0.0.1"
    server_port: int = DEFAULT_PORT
    source: str = "camera:0"
    checkpoint_id: str = "checkpoint-01"
    checkpoint_name: str = "Checkpoint 1"
    theme: Literal["light", "dark"] = "light"
    sound: bool = True
    automatic: bool = True
    mirror_preview: bool = True
    pad_model: str = ""
    network: str = ""

    def __post_init__(self) -> None:
        if not self.server_host.strip() or len(self.server_host) > 253:
            raise ValueError("server_host is the server's name or address, such as 192.168.1.20")
        if not 1 <= self.server_port <= 65535:
            raise ValueError(f"server_port is a number from 1 to 65535, not {self.server_port}")
        if not self.source.strip() or len(self.source) > 2000:
            raise ValueError("source names a camera, such as camera:0 or demo:")
        if len(self.network) > 4096 or "\0" in self.network:
            raise ValueError("network is the path of an ONNX file, or empty")
        if not CHECKPOINT_ID.fullmatch(self.checkpoint_id):
            raise ValueError(
                "checkpoint_id is 1 to 40 small letters, digits and dashes, such as lobby-gate-1"
            )
        try:
            clean_name(self.checkpoint_name)
        except NameInvalid as error:
            raise ValueError(f"checkpoint_name cannot be used: {error.message}") from error

    @property
    def address(self) -> str:
        """`host:port` as it is shown and typed."""
        return join_address(self.server_host, self.server_port)


def default_path() -> Path:
    """Where settings are kept unless `--settings` says otherwise: the user's config folder."""
    import platformdirs

    return Path(platformdirs.user_config_dir("FaceNetGrid", appauthor=False)) / "checkpoint.json"


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings as they were found.

    Attributes:
        settings: Ready to use.
        path: The file they belong to.
        sentence: What happened to a bad file, or "".
    """

    settings: ClientSettings
    path: Path
    sentence: str = ""


def load(path: Path | None = None) -> LoadedSettings:
    """Reads the settings; a file that cannot be used is kept aside and defaults take its place."""
    path = path if path is not None else default_path()
    try:
        return LoadedSettings(stored.load(ClientSettings, path), path)
    except stored.SettingsError as error:
        sentence = f"{error} The defaults are used."
        kept = set_aside(path)
        if kept is not None:
            sentence += f" The old file is kept as {kept.name}."
        return LoadedSettings(ClientSettings(), path, sentence)


def narrow_kept(settings_file: Path) -> None:
    """Takes the rights of others from what older versions kept beside these settings.

    The folder itself is narrowed where it is the program's own, and not one that somebody named.
    """
    folder = settings_file.parent
    beside = (*folder.glob(f"{settings_file.stem}[.-]*"), folder / "identity")
    narrow((folder,) if settings_file == default_path() else beside)


def save(settings: ClientSettings, path: Path) -> None:
    """Writes the settings; after a crash the file is the old one or the new one.

    Raises:
        OSError: The folder cannot be written.
    """
    stored.save(settings, path)


def changed(settings: ClientSettings, **values: object) -> ClientSettings:
    """The settings with other values.

    Raises:
        ValueError: One of them is outside its range.
    """
    return dataclasses.replace(settings, **values)  # type: ignore[arg-type]  # checked on arrival


def set_aside(path: Path, *, sides: Sequence[str] = ()) -> Path | None:
    """Renames a bad file so that it can be looked at; None when even that is not possible.

    Args:
        path: The file.
        sides: Endings of files that belong to it and go along, where they exist.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    kept = path.with_name(f"{path.name}.unusable-{stamp}")
    number = 1
    while kept.exists():  # the second one within a second
        number += 1
        kept = path.with_name(f"{path.name}.unusable-{stamp}-{number}")
    try:
        path.rename(kept)
        for side in sides:
            with contextlib.suppress(FileNotFoundError):
                path.with_name(path.name + side).rename(kept.with_name(kept.name + side))
    except OSError:
        return None
    return kept
