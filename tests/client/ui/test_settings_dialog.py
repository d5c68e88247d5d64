"""The settings dialog: validated while typing, tested without waiting, saved whole."""

from pathlib import Path

import numpy as np
import pytest
import ttkbootstrap

from client.settings import ClientSettings
from client.ui.camera_test import TestResult
from client.ui.settings_dialog import SettingsDialog, _look_at_network
from client.ui.settings_form import BY_KEY
from client.ui.sounds import SoundPlayer
from client.view_model import Sound
from desktop.ui.theme import px
from tests.client.ui.fakes import FakeEngine
from tests.support import wait_until

SETTINGS = ClientSettings(checkpoint_name="Lobby gate", source="demo:")


class FakeTest:
    """A camera's test that answers when it is told to."""

    answer: TestResult | None = None
    sources: list[str] = []  # noqa: RUF012 - one test at a time, reset by the fixture

    def __init__(self, source: str) -> None:
        self.sources.append(source)

    def result(self) -> TestResult | None:
        return FakeTest.answer


@pytest.fixture
def saved() -> list[ClientSettings]:
    """What the dialog gave back."""
    return []


@pytest.fixture
def dialog(root: ttkbootstrap.App, saved: list[ClientSettings]) -> SettingsDialog:
    """The open dialog."""
    FakeTest.answer = None
    FakeTest.sources = []
    made = SettingsDialog(
        root,
        SETTINGS,
        sounds=SoundPlayer(enabled=True, command=[]),
        on_save=saved.append,
        test=FakeTest,  # type: ignore[arg-type]
        check=_checked,
    )
    made.present(made.first_field(""))
    made.server_entry.focus_force()
    made.update()
    return made


def _hint(dialog: SettingsDialog, field: str) -> str:
    return str(dialog._hints[field].cget("text")).strip()  # type: ignore[index]


def _choose(dialog: SettingsDialog, key: str) -> None:
    dialog.camera.kind.set(BY_KEY[key].label)
    dialog.camera.kind_box.event_generate("<<ComboboxSelected>>")
    dialog.update()


def test_shows_the_settings_now(dialog: SettingsDialog) -> None:
    """Every field holds what is in use, and nothing is wrong."""
    assert dialog.server.get() == "127.0.0.1:5050"
    assert dialog.name.get() == "Lobby gate"
    assert dialog.camera.kind.get() == BY_KEY["demo"].label
    assert all(_hint(dialog, field) == "" for field in ("server", "name", "source"))


def test_a_wrong_address_is_said_while_it_is_typed(
    dialog: SettingsDialog, saved: list[ClientSettings]
) -> None:
    """Below the field, and Save goes there instead of saving."""
    dialog.server.set("lobby server:99999")
    dialog.update()
    assert "is not a server address" in _hint(dialog, "server")
    dialog.event_generate("<Control-Return>")
    dialog.update()
    assert saved == []
    assert dialog.winfo_exists()
    dialog.server.set("lobby-server:5051")
    dialog.update()
    assert _hint(dialog, "server") == ""


@pytest.mark.parametrize("key", ["<Control-Return>", "<Return>"])
def test_save_gives_the_whole_settings_once(
    dialog: SettingsDialog, saved: list[ClientSettings], key: str
) -> None:
    """By keyboard, from within a field; the id of the checkpoint is never touched."""
    dialog.server.set("lobby-server:5051")
    dialog.name.set("  Back   door ")
    dialog.theme.set("dark")
    dialog.sound.set(False)
    dialog.automatic.set(False)
    dialog.mirror.set(False)
    dialog.event_generate(key)
    assert saved == [
        ClientSettings(
            server_host="lobby-server",
            server_port=5051,
            source="demo:",
            checkpoint_id=SETTINGS.checkpoint_id,
            checkpoint_name="Back door",
            theme="dark",
            sound=False,
            automatic=False,
            mirror_preview=False,
        )
    ]


def test_nothing_changed_saves_nothing(dialog: SettingsDialog, saved: list[ClientSettings]) -> None:
    """The file is not written, the server not asked anew."""
    dialog.save()
    assert saved == []


def test_escape_changes_nothing(dialog: SettingsDialog, saved: list[ClientSettings]) -> None:
    """What was typed is forgotten."""
    dialog.server.set("other:1")
    dialog.event_generate("<Escape>")
    assert not dialog.winfo_exists()
    assert saved == []


@pytest.mark.parametrize("key", list(BY_KEY))
def test_each_kind_has_its_field_and_help(dialog: SettingsDialog, key: str) -> None:
    """A kind without a value shows no field; files and folders are chosen."""
    _choose(dialog, key)
    kind = BY_KEY[key]
    assert dialog.camera.help.cget("text") == kind.help
    assert dialog.camera.value_entry.winfo_ismapped() == bool(kind.caption)
    assert dialog.camera.browse_button.winfo_ismapped() == (key in ("file", "folder"))
    assert _hint(dialog, "source") == ""


def test_a_camera_that_cannot_be_is_said(
    dialog: SettingsDialog, saved: list[ClientSettings]
) -> None:
    """An RTSP address without a scheme."""
    _choose(dialog, "rtsp")
    dialog.camera.value.set("10.0.0.7/live")
    dialog.update()
    assert "rtsp://" in _hint(dialog, "source")
    dialog.save()
    assert saved == []


def test_a_camera_is_tried_without_waiting(dialog: SettingsDialog) -> None:
    """The dialog goes on; then the picture is in it."""
    _choose(dialog, "camera")
    dialog.camera.test()
    assert FakeTest.sources == ["camera:0"]
    assert "Opening" in str(dialog.camera.test_word.cget("text"))
    assert dialog.camera.test_button.instate(["disabled"])
    FakeTest.answer = TestResult("A picture came.", np.zeros((48, 64, 3), np.uint8))
    wait_until(lambda: dialog.camera.picture.frames == 1, window=dialog)
    assert "It works" in str(dialog.camera.test_word.cget("text"))
    assert dialog.camera.test_button.instate(["!disabled"])


def test_a_camera_that_is_not_there_says_why(dialog: SettingsDialog) -> None:
    """The source's own sentence."""
    _choose(dialog, "camera")
    dialog.camera.test()
    FakeTest.answer = TestResult("There is no camera 0.")
    wait_until(
        lambda: "There is no camera 0." in str(dialog.camera.test_sentence.cget("text")),
        window=dialog,
    )
    assert "No picture" in str(dialog.camera.test_word.cget("text"))


def test_closing_during_a_test_leaves_nothing_behind(dialog: SettingsDialog) -> None:
    """No callback comes back to a dialog that is gone."""
    _choose(dialog, "camera")
    dialog.camera.test()
    dialog.event_generate("<Escape>")
    root = dialog.master
    FakeTest.answer = TestResult("late")
    done: list[int] = []
    root.after(120, lambda: done.append(1))
    wait_until(lambda: bool(done), window=root)


def test_silence_is_said(dialog: SettingsDialog) -> None:
    """No player on this computer: the dialog tells, Listen does no harm."""
    assert "no sound player" in str(dialog.sound_hint.cget("text"))
    dialog.listen_button.invoke()


def test_listen_plays_although_sounds_are_off(
    root: ttkbootstrap.App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To hear it before it is switched on."""
    played: list[tuple[Sound, bool]] = []
    sounds = SoundPlayer(enabled=False, command=[])
    monkeypatch.setattr(sounds, "play", lambda sound: played.append((sound, sounds.enabled)))
    dialog = SettingsDialog(root, SETTINGS, sounds=sounds, on_save=lambda _settings: None)
    dialog.listen_button.invoke()
    assert played == [(Sound.IDENTIFIED, True)]
    assert not sounds.enabled
    dialog.destroy()


def test_a_liveness_network_that_is_none_is_not_saved(
    dialog: SettingsDialog, saved: list[ClientSettings], tmp_path: Path
) -> None:
    """Missing: said while it is typed. Something else: tried on saving, and said."""
    dialog.pad_model.set(str(tmp_path / "missing.onnx"))
    assert "no such file" in _hint(dialog, "pad_model")
    path = tmp_path / "letter.onnx"
    path.write_text("Dear network")
    dialog.pad_model.set(str(path))
    assert _hint(dialog, "pad_model") == ""
    dialog.save()
    assert "letter.onnx" in _hint(dialog, "pad_model")
    assert not saved
    dialog.pad_model.set("")
    dialog.save()
    assert not saved, "nothing was changed"
    assert not dialog.winfo_exists()


def test_a_liveness_network_is_saved_with_its_whole_path(
    dialog: SettingsDialog,
    saved: list[ClientSettings],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The program may be started from another folder next time."""
    monkeypatch.setattr("client.ui.settings_dialog.pad_model_problem", lambda _path: "")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.onnx").write_bytes(b"a network")
    dialog.pad_model.set("own.onnx")
    dialog.save()
    (settings,) = saved
    assert settings.pad_model == str(tmp_path / "own.onnx")


def test_a_face_model_is_looked_at_before_it_is_kept(
    dialog: SettingsDialog, saved: list[ClientSettings]
) -> None:
    """A file that is none is said below the field, and nothing is saved; a good one is kept."""
    dialog.network.text.set("/models/bad.onnx")
    dialog.save()
    assert saved == []
    wait_until(lambda: dialog.network.sentence == "bad.onnx is none.", window=dialog)
    dialog.save()
    assert saved == []
    assert dialog.winfo_exists()
    dialog.network.text.set("/models/good.onnx")
    wait_until(lambda: dialog.network.sentence == "good.onnx is one.", window=dialog)
    dialog.save()
    assert [settings.network for settings in saved] == ["/models/good.onnx"]


def test_the_models_file_is_really_looked_at(tmp_path: Path) -> None:
    """What the dialog asks in a thread when no test stands in."""
    (tmp_path / "text.onnx").write_text("nothing")
    assert _look_at_network(str(tmp_path / "text.onnx")) == (False, "text.onnx is no ONNX file.")


def _checked(path: str) -> tuple[bool, str]:
    name = path.rpartition("/")[2]
    return (False, f"{name} is none.") if "bad" in name else (True, f"{name} is one.")


def test_it_fits_a_screen_of_720_pixels(dialog: SettingsDialog) -> None:
    """With room for a desktop's bars, also while every hint says what is wrong."""
    dialog.name.set("")
    dialog.server.set("lobby server:99999")
    dialog.pad_model.set("/nowhere/at all.onnx")
    dialog.save()
    dialog.update()
    assert dialog.winfo_reqheight() <= px(dialog, 560)
    assert dialog.winfo_reqwidth() <= px(dialog, 960)


def test_it_says_where_the_key_of_what_waits_is(root: ttkbootstrap.App) -> None:
    """In words, as the engine knows it."""
    sounds = SoundPlayer(enabled=True, command=[])
    made = SettingsDialog(
        root, SETTINGS, sounds=sounds, on_save=lambda _settings: None, engine=FakeEngine()
    )
    said = made.kept_text.cget("text")
    assert said.endswith("are sealed; their key is in a file for its owner alone.")
    made.destroy()
