"""What the settings dialog accepts: rules, kinds of camera and their help, without a window."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from client.settings import ClientSettings, changed
from desktop.files import whole_path
from protocol.address import split_address


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind of camera in the list.

    Attributes:
        key: Its name in a source (`camera:0` has the key `camera`).
        label: In the list.
        caption: Of the field beside it; "" when it needs none.
        example: A value that fits.
        help: One sentence.
    """

    key: str
    label: str
    caption: str
    example: str
    help: str


KINDS: tuple[SourceKind, ...] = (
    SourceKind(
        "camera",
        "Camera of this computer",
        "Number",
        "0",
        "0 is the first camera, built in or on USB; 1 the next one.",
    ),
    SourceKind(
        "rtsp",
        "Network camera (RTSP)",
        "Address",
        "rtsp://192.168.1.64:554/stream1",
        "The stream's address is in the camera's manual. A name and password may stand in it.",
    ),
    SourceKind(
        "http",
        "Network camera (HTTP, MJPEG)",
        "Address",
        "http://192.168.1.64:8080/video",
        "An address that gives motion JPEG, as phones and simple cameras do.",
    ),
    SourceKind(
        "file",
        "Video file",
        "File",
        "clip.mp4",
        "A recording, played again from its start when it ends.",
    ),
    SourceKind(
        "folder",
        "Folder of pictures",
        "Folder",
        "pictures",
        "Each picture is shown for a moment, in the order of their names.",
    ),
    SourceKind(
        "demo",
        "Demo visitors (no camera needed)",
        "",
        "",
        "Two portraits walk up to a camera that is not there. To see how everything works.",
    ),
)

BY_KEY = {kind.key: kind for kind in KINDS}
BY_LABEL = {kind.label: kind for kind in KINDS}

Field = Literal["server", "source", "name", "pad_model"]


def split_source(source: str) -> tuple[SourceKind, str]:
    """The kind of a source and the value beside it; an unknown one counts as a camera's number."""
    prefix, _, rest = source.partition(":")
    match prefix:
        case "rtsp" | "rtsps":
            return BY_KEY["rtsp"], source
        case "http" | "https":
            return BY_KEY["http"], source
        case "camera" | "file" | "folder" | "demo":
            return BY_KEY[prefix], rest
        case _:
            return BY_KEY["camera"], source


def join_source(kind: SourceKind, value: str) -> str:
    """The source as settings keep it."""
    value = value.strip()
    return value if kind.key in ("rtsp", "http") else f"{kind.key}:{value}"


@dataclass(frozen=True, slots=True)
class SettingsForm:
    """The dialog's content at one moment, as typed."""

    server: str
    kind: SourceKind
    value: str
    name: str
    theme: Literal["light", "dark"]
    sound: bool
    automatic: bool
    mirror: bool
    pad_model: str = ""
    network: str = ""

    @classmethod
    def of(cls, settings: ClientSettings) -> "SettingsForm":
        """The content for the settings now."""
        kind, value = split_source(settings.source)
        return cls(
            server=settings.address,
            kind=kind,
            value=value,
            name=settings.checkpoint_name,
            theme=settings.theme,
            sound=settings.sound,
            automatic=settings.automatic,
            mirror=settings.mirror_preview,
            pad_model=settings.pad_model,
            network=settings.network,
        )

    @property
    def source(self) -> str:
        """The source as settings keep it."""
        return join_source(self.kind, self.value)

    @property
    def problems(self) -> dict[Field, str]:
        """A sentence for each field that cannot be used; empty when all can."""
        found: dict[Field, str] = {}
        if problem := server_problem(self.server):
            found["server"] = problem
        if problem := source_problem(self.kind, self.value):
            found["source"] = problem
        if problem := name_problem(self.name):
            found["name"] = problem
        if self.pad_model.strip() and not Path(whole_path(self.pad_model)).is_file():
            found["pad_model"] = "There is no such file. Choose one, or leave it empty."
        return found

    def apply(self, base: ClientSettings) -> ClientSettings:
        """The settings with this content.

        Raises:
            ValueError: A field cannot be used; see `problems`.
        """
        host, port = split_address(self.server)
        return changed(
            base,
            server_host=host,
            server_port=port,
            source=self.source,
            checkpoint_name=" ".join(self.name.split()),
            theme=self.theme,
            sound=self.sound,
            automatic=self.automatic,
            mirror_preview=self.mirror,
            pad_model=whole_path(self.pad_model),
            network=whole_path(self.network),
        )


def pad_model_problem(path: str) -> str:
    """What is wrong with a liveness network, after it was tried; "" when nothing is."""
    from biometrics.pad_network import PadRefused
    from client.passive import open_judge

    try:
        open_judge(whole_path(path))
    except PadRefused as error:
        return str(error)
    return ""


def server_problem(text: str) -> str:
    """What is wrong with a server's address, as a sentence; "" when nothing is."""
    if not text.strip():
        return "Write the server's address, such as 192.168.1.20:5050."
    try:
        split_address(text)
    except ValueError as error:
        return str(error)
    return ""


def source_problem(kind: SourceKind, value: str) -> str:
    """What is wrong with a camera's value, as a sentence; "" when nothing is."""
    value = value.strip()
    match kind.key:
        case "camera":
            good = value.isascii() and value.isdecimal() and len(value) <= 3
            return "" if good else "The camera's number is 0 for the first one, 1 for the next."
        case "rtsp" | "http":
            good = value.startswith((f"{kind.key}://", f"{kind.key}s://")) and value[-1] != "/"
            begin = f"{kind.key}://"
            return "" if good else f"The address begins with {begin}, such as {kind.example}."
        case "file":
            found = bool(value) and Path(value).expanduser().is_file()
            return "" if found else "There is no such file. Choose one with the button."
        case "folder":
            found = bool(value) and Path(value).expanduser().is_dir()
            return "" if found else "There is no such folder. Choose one with the button."
        case _:
            return ""


def name_problem(text: str) -> str:
    """What is wrong with a checkpoint's name, as a sentence; "" when nothing is."""
    name = " ".join(text.split())
    if not name:
        return "Give the checkpoint a name, such as Lobby gate."
    if len(name) > 100:
        return f"The name has {len(name)} characters; 100 fit. Shorten it."
    if not name.isprintable():
        return "The name holds a character that cannot be shown. Type it again."
    return ""
