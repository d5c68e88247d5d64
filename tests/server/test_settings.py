"""The server's settings: ranges with sentences, kept and read again."""

from pathlib import Path

import pytest

from biometrics import calibrate
from desktop.settings import SettingsError, load, save
from server import settings
from server.settings import ServerSettings


def test_kept_and_read_again(tmp_path: Path) -> None:
    """What is saved is loaded; without a file the defaults hold."""
    path = tmp_path / "settings.json"
    assert load(ServerSettings, path) == ServerSettings()
    wanted = ServerSettings(
        name="Lobby", port=6000, theme="dark", keep_pictures=True, strangers_named_per_1000=1
    )
    save(wanted, path)
    assert load(ServerSettings, path) == wanted


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("port", -1),
        ("port", 65_536),
        ("heartbeat_s", 0.0),
        ("max_checkpoints", 0),
        ("max_strangers", 5_000),
        ("strangers_named_per_1000", 5),
        ("daily_backups", -1),
        ("set_aside_days", 4_000),
    ],
)
def test_out_of_range_is_named(tmp_path: Path, field: str, value: object) -> None:
    """A value outside its range is refused by its name, also from a file."""
    with pytest.raises(ValueError, match=field):
        ServerSettings(**{field: value})  # type: ignore[arg-type]
    path = tmp_path / "settings.json"
    path.write_text(f'{{"{field}": {value if not isinstance(value, str) else chr(34) * 2}}}')
    with pytest.raises(SettingsError, match=field):
        load(ServerSettings, path)


@pytest.mark.parametrize("told", ["usb", "/mnt/\0"])
def test_the_folder_of_backups_is_a_whole_path(told: str) -> None:
    """The server may be started anywhere."""
    with pytest.raises(ValueError, match="backup_folder"):
        ServerSettings(backup_folder=told)


def test_b16_a_name_that_may_not_be_sent_is_refused() -> None:
    """The name goes out with every welcome: an invisible character would let nobody in."""
    with pytest.raises(ValueError, match=r"name: .*U\+202E"):
        ServerSettings(name="Desk\u202e")
    assert ServerSettings(name="  Front   desk ").name == "Front desk"


def test_only_this_computer_by_default() -> None:
    """The default host is 127.0.0.1, and pictures are not kept unless allowed."""
    assert ServerSettings().host == "127.0.0.1"
    assert not ServerSettings().keep_pictures


def test_targets_are_those_that_can_be_fitted() -> None:
    """The two lists are one; the default is 3 in 1000."""
    assert settings.STRANGERS_PER_1000 == calibrate.STRANGERS_PER_1000
    assert ServerSettings().strangers_named_per_1000 == 3


@pytest.mark.parametrize("path", ["x" * 5_000, "a\0b"])
def test_what_is_no_path_of_a_face_model_is_named(path: str) -> None:
    """Whether there is a file is found out when it is opened."""
    with pytest.raises(ValueError, match="network is the path"):
        ServerSettings(network=path)
