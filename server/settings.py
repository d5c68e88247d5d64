"""The server's settings: plain values with their ranges, kept as JSON in the data folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from protocol.errors import NameInvalid
from protocol.text import clean_name

STRANGERS_PER_1000 = (10, 3, 1)
"""The choices, as `biometrics.calibrate` has them; written again, for numpy is not loaded here."""

ACCEPTED_PER_10000 = (100, 10, 1)
"""False match rates of verification, in 10,000: those of `biometrics.verify`."""

KEPT_DAYS = (
    ("event_days", 1, 3650),
    ("stranger_days", 1, 365),
    ("picture_days", 1, 3650),
    ("refused_photo_days", 1, 3650),
    # An older backup may be put back: by the receipt it is erased from again.
    ("receipt_days", 365, 3650),
    ("set_aside_days", 1, 3650),
)
"""For how many days each kind of data can be kept, least and most; 0 is for ever, but for
strangers, who never agreed to anything."""

QualityMode = Literal["off", "standard", "strict"]
"""The words of `biometrics.quality_modes`."""

LivenessMode = Literal["off", "passive", "active"]
"""The words of `protocol.liveness.MODES`."""

_RANGES: dict[str, tuple[float, float, str]] = {
    "port": (0, 65535, ""),
    "heartbeat_s": (0.2, 60, " seconds"),
    "max_checkpoints": (1, 4096, ""),
    "max_strangers": (1, 1024, ""),
    "requests_per_second": (10, 10_000, ""),
    "offline_hours": (0, 72, " hours"),
    "idle_lock_minutes": (0, 240, " minutes"),
    "daily_backups": (0, 365, ""),
}
"""Of the settings that are numbers: least, most, unit."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What an administrator can set.

    `port` 0 takes any free one. `heartbeat_s` is how often a checkpoint says that it is there;
    after three silent ones it counts as gone. `requests_per_second` is how many identifications one
    checkpoint may ask for; whoever is faster is told to come back. `keep_pictures` allows one small
    picture a person to be kept for the people list. `strangers_named_per_1000` is how many
    strangers in a thousand may be given somebody's name; thresholds follow from it.
    `keep_strangers` allows encodings of people who are not enrolled to be kept, which sharpens
    verdicts. `accepted_per_10000` is how many of 10,000 strangers may be taken for the person they
    name, when one picture is compared with one person. `enrolment_quality` is how good a sample has
    to be. `liveness` is what is demanded before somebody is named or enrolled at a checkpoint:
    nothing, that the picture looks like a living face, or besides that a challenge. `offline_hours`
    is how long a checkpoint that lost the server may go on identifying by a copy of the gallery, 0
    for not at all. `network` is the ONNX file of a face model of the user's own, empty for the one
    that comes along; it counts from the next start.
    `event_days`, `stranger_days`, `picture_days`, `refused_photo_days`, `receipt_days` (of
    erasures) and `set_aside_days` (what was there before a backup was restored, and damaged
    histories) are for how long each is kept; then it is deleted by itself. 0 is for ever.
    `backup_folder` is where backups go, empty for a folder of the data; `daily_backups` is how many
    are kept of those that the server makes by itself once a day, 0 for making none.
    `idle_lock_minutes` is after how many minutes without mouse and key the window locks, 0 never.
    """

    name: str = "FaceNetGrid"
    host: str = "127.0.0.1"
    port: int = 5050
    theme: Literal["light", "dark"] = "light"
    keep_pictures: bool = False
    heartbeat_s: float = 2.0
    max_checkpoints: int = 128
    max_strangers: int = 64
    requests_per_second: int = 100
    strangers_named_per_1000: int = 3
    keep_strangers: bool = False
    accepted_per_10000: int = 10
    enrolment_quality: QualityMode = "standard"
    liveness: LivenessMode = "off"
    offline_hours: int = 0
    network: str = ""
    event_days: int = 0
    stranger_days: int = 90
    picture_days: int = 0
    refused_photo_days: int = 0
    receipt_days: int = 0
    set_aside_days: int = 30
    backup_folder: str = ""
    daily_backups: int = 7
    idle_lock_minutes: int = 5

    def __post_init__(self) -> None:
        """Raises ValueError, with a sentence, for a value outside its range."""
        try:
            # Every welcome carries the name: one that may not be sent would let nobody in.
            object.__setattr__(self, "name", clean_name(self.name))
        except NameInvalid as error:
            raise ValueError(f"name: {error}") from error
        for name, (least, most, unit) in _RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(
                    f"{name} is {getattr(self, name)}; it can be {least} to {most}{unit}"
                )
        if self.strangers_named_per_1000 not in STRANGERS_PER_1000:
            raise ValueError(
                f"strangers_named_per_1000 is {self.strangers_named_per_1000}; it can be "
                f"{', '.join(str(choice) for choice in STRANGERS_PER_1000)}"
            )
        if self.accepted_per_10000 not in ACCEPTED_PER_10000:
            raise ValueError(
                f"accepted_per_10000 is {self.accepted_per_10000}; it can be "
                f"{', '.join(str(choice) for choice in ACCEPTED_PER_10000)}"
            )
        _check_days(self)
        if len(self.network) > 4096 or "\0" in self.network:
            raise ValueError("network is the path of an ONNX file, or empty")
        _check_backup_folder(self.backup_folder)


def _check_backup_folder(text: str) -> None:
    if text and (len(text) > 4096 or "\0" in text or not Path(text).is_absolute()):
        raise ValueError("backup_folder is the whole path of a folder, or empty")


def _check_days(settings: ServerSettings) -> None:
    for name, least, most in KEPT_DAYS:
        days = getattr(settings, name)
        for_ever = days == 0 and name != "stranger_days"
        if not for_ever and not least <= days <= most:
            ever = "" if name == "stranger_days" else "0 (for ever) or "
            raise ValueError(f"{name} is {days}; it can be {ever}{least} to {most} days")
