"""Tests of the settings, the addresses, and a file that cannot be used."""

import sys
from pathlib import Path

import pytest

from client.settings import (
    ClientSettings,
    changed,
    default_path,
    load,
    narrow_kept,
    save,
    set_aside,
)


def test_settings_come_back_as_they_were_saved(tmp_path: Path) -> None:
    """Every field survives, with umlauts."""
    path = tmp_path / "deep" / "checkpoint.json"
    settings = ClientSettings(
        server_host="lobby-server",
        server_port=5151,
        source="rtsp://10.0.0.5/live",
        checkpoint_id="lobby-gate-1",
        checkpoint_name="Tür im Hof",
        theme="dark",
        sound=False,
        automatic=False,
        mirror_preview=False,
        network="/models/own.onnx",
    )
    save(settings, path)
    assert load(path).settings == settings
    assert load(path).sentence == ""


def test_no_file_gives_the_defaults(tmp_path: Path) -> None:
    """The first start needs no file and makes none."""
    loaded = load(tmp_path / "none.json")
    assert loaded.settings == ClientSettings()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        '{"server_port": "5050"}',
        '{"server_port": 0}',
        '{"theme": "pink"}',
        '{"checkpoint_id": "UPPER case"}',
        '{"checkpoint_name": "   "}',
        '{"automatic": 1}',
        "\ufeff{}",
    ],
)
def test_a_bad_file_is_kept_aside_and_named(tmp_path: Path, text: str) -> None:
    """Defaults are used, the old file is still there, and a sentence says so."""
    path = tmp_path / "checkpoint.json"
    path.write_text(text, encoding="utf-8")
    loaded = load(path)
    assert loaded.settings == ClientSettings()
    assert "defaults are used" in loaded.sentence
    assert not path.exists()
    (kept,) = tmp_path.iterdir()
    assert kept.name in loaded.sentence
    assert kept.read_text(encoding="utf-8") == text


def test_a_file_that_cannot_even_be_renamed_is_no_reason_to_stop(tmp_path: Path) -> None:
    """`set_aside` says None when there is nothing to rename."""
    assert set_aside(tmp_path / "gone.json") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("server_host", " "),
        ("server_host", "x" * 300),
        ("server_port", 70000),
        ("source", ""),
        ("checkpoint_id", "-x"),
        ("checkpoint_id", "x" * 41),
        ("checkpoint_name", "x" * 101),
        ("checkpoint_name", "a\nb"),
        ("network", "x" * 5_000),
        ("network", "a\0b"),
        ("checkpoint_name", "a\u202eb"),
    ],
)
def test_values_outside_their_range_are_refused_by_name(name: str, value: object) -> None:
    """The text names the field."""
    with pytest.raises(ValueError, match=name):
        changed(ClientSettings(), **{name: value})


def test_default_path_is_in_the_users_config_folder() -> None:
    """Not in the project, not in the working folder."""
    assert default_path().name == "checkpoint.json"
    assert "FaceNetGrid" in default_path().parts


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are of POSIX")
def test_what_older_versions_left_open_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept beside the settings; the whole folder only where it is the program's own."""
    names = ("gate.json", "gate-outbox.db.lock", "identity/gate-1/key.pem", "letter.txt")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o644)
    tmp_path.chmod(0o755)
    narrow_kept(tmp_path / "gate.json")
    open_still = [path.name for path in tmp_path.rglob("*") if path.stat().st_mode & 0o077]
    assert (open_still, tmp_path.stat().st_mode & 0o077) == (["letter.txt"], 0o055)
    monkeypatch.setattr("client.settings.default_path", lambda: tmp_path / "gate.json")
    narrow_kept(tmp_path / "gate.json")
    assert tmp_path.stat().st_mode & 0o077 == 0
