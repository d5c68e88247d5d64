"""Pictures of windows are of the window, of every state, and small where documents show them."""

import tkinter
from pathlib import Path

import pytest
from PIL import Image

from client.ui.showcase import STATES as CLIENT_STATES
from demo import screenshots
from demo.errors import DemoFailed
from server.ui.showcase import STATES as SERVER_STATES


def test_a_picture_is_of_the_window_alone(screen: str, tk_errors: list[BaseException]) -> None:
    """Its size and its colour, wherever it stands on the screen."""
    root = tkinter.Tk()
    root.configure(background="#204080")
    root.geometry("300x200+50+60")
    screenshots.settle(root)
    picture = screenshots.picture_of(root)
    root.destroy()
    assert picture.size == (300, 200)
    assert picture.convert("RGB").getcolors() == [(60_000, (0x20, 0x40, 0x80))]


def test_each_state_has_its_picture_and_a_broken_one_is_told(
    screen: str,
    tk_errors: list[BaseException],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The states after a broken one are shown all the same; old pictures are gone."""
    root = tkinter.Tk()

    def broken() -> None:
        raise LookupError("no such page")

    states = {"one": root.update, "two": broken, "three": root.update}
    monkeypatch.setattr(screenshots, "_server", lambda theme: (root, states))
    (tmp_path / "dark").mkdir()
    (tmp_path / "dark" / "old.png").touch()
    assert screenshots.take("server", "dark", tmp_path / "dark") == 1
    assert {p.name for p in (tmp_path / "dark").iterdir()} == {"one.png", "three.png"}
    assert "server dark two: LookupError: no such page" in capsys.readouterr().err


def test_an_error_in_a_callback_is_told_though_every_picture_is_there(
    screen: str,
    tk_errors: list[BaseException],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Also one that comes with the end of the window."""
    root = tkinter.Tk()

    def broken(event: "tkinter.Event[tkinter.Misc]") -> None:
        if event.widget is root:
            raise LookupError("bad window path name")

    root.bind("<Destroy>", broken)
    monkeypatch.setattr(screenshots, "_server", lambda theme: (root, {"one": root.update}))
    assert screenshots.take("server", "dark", tmp_path / "dark") == 1
    assert (tmp_path / "dark" / "one.png").is_file()
    assert "LookupError: bad window path name" in capsys.readouterr().err


@pytest.mark.parametrize("side", screenshots.SIDES)
def test_the_real_windows_offer_all_their_states(
    side: str, screen: str, tk_errors: list[BaseException]
) -> None:
    """One is shown here; the showcases' own tests show them all."""
    root, states = screenshots._client("dark") if side == "client" else screenshots._server("dark")
    assert set(states) == set(CLIENT_STATES if side == "client" else SERVER_STATES)
    next(iter(states.values()))()
    screenshots.settle(root)
    assert screenshots.picture_of(root).size == screenshots.SIZE
    root.destroy()


def test_what_the_readme_shows_is_a_state() -> None:
    """A state that is renamed must be renamed there."""
    for source in screenshots.README.values():
        side, theme, name = source.split("/")
        states = CLIENT_STATES if side == "client" else SERVER_STATES
        assert theme in screenshots.THEMES
        assert Path(name).stem in states


def test_the_readmes_pictures_are_there_and_small() -> None:
    """Refreshed by `run.py screenshots --readme`; a clone stays light."""
    for name in screenshots.README:
        path = screenshots.README_FOLDER / name
        assert path.stat().st_size < 200_000
        with Image.open(path) as picture:
            assert picture.width == screenshots.README_WIDTH


def test_refreshing_makes_small_copies(tmp_path: Path) -> None:
    """Narrower, of few colours; a missing picture is a sentence."""
    for source in screenshots.README.values():
        (tmp_path / source).parent.mkdir(parents=True, exist_ok=True)
        Image.effect_noise(screenshots.SIZE, 60).convert("RGB").save(tmp_path / source)
    screenshots.refresh_readme(tmp_path, tmp_path / "out")
    assert {p.name for p in (tmp_path / "out").iterdir()} == set(screenshots.README)
    with pytest.raises(DemoFailed, match="another name"):
        screenshots.refresh_readme(tmp_path / "out", tmp_path / "out")


def test_without_xvfb_there_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It names the command that says what to install."""
    monkeypatch.setattr(screenshots.shutil, "which", lambda _name: None)
    assert screenshots.main(["--folder", str(tmp_path)]) == 1
    assert "run.py screenshots" in capsys.readouterr().err


def test_a_screen_of_its_own_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a name while it lasts; a screen that does not start is a sentence."""
    with screenshots.virtual_screen() as display:
        assert display.startswith(":")
        assert display[1:].isdigit()
    monkeypatch.setattr(screenshots.shutil, "which", lambda _name: "/bin/false")
    with pytest.raises(DemoFailed, match="Xvfb does not start"), screenshots.virtual_screen():
        pass
