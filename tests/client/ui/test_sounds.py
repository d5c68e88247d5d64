"""Sounds are started and never waited for; without a player the settings say so."""

import shutil
import sys

import pytest

from client.ui import sounds
from client.ui.sounds import FOLDER, SoundPlayer
from client.view_model import Sound

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows plays by winsound")


class FakePlayer:
    """A player process with a fate."""

    def __init__(self, code: int | None) -> None:
        self.code = code
        self.killed = False

    def poll(self) -> int | None:
        return self.code

    def kill(self) -> None:
        self.killed = True
        self.code = -9

    def wait(self, timeout: float | None = None) -> int:
        return self.code or 0


def _player(code: int | None) -> tuple[SoundPlayer, list[list[str]], list[FakePlayer]]:
    commands: list[list[str]] = []
    players: list[FakePlayer] = []

    def start(command: list[str]) -> FakePlayer:
        commands.append(command)
        players.append(FakePlayer(code))
        return players[-1]

    return SoundPlayer(enabled=True, command=["play-it"], start=start), commands, players


@pytest.mark.parametrize("sound", list(Sound))
def test_each_sound_has_its_file(sound: Sound) -> None:
    """What the presenter can ask for is in assets/sounds."""
    assert (FOLDER / f"{sound.value}.wav").is_file()


def test_plays_the_file_of_the_sound() -> None:
    """The player's command gets the file as its last word."""
    player, commands, _players = _player(0)
    player.play(Sound.IDENTIFIED)
    assert commands == [["play-it", str(FOLDER / "identified.wav")]]
    assert player.sentence == "Sounds are played by play-it."


def test_is_silent_when_switched_off() -> None:
    """The setting is obeyed."""
    player, commands, _players = _player(0)
    player.enabled = False
    player.play(Sound.IDENTIFIED)
    assert commands == []


def test_without_a_player_it_is_silent_and_says_so() -> None:
    """A missing player is no error; the settings dialog tells."""
    player = SoundPlayer(enabled=True, command=[])
    player.play(Sound.ATTENTION)
    assert "no sound player" in player.sentence


def test_a_failing_player_is_noticed() -> None:
    """No sound card: the player ends with an error, and the settings say so."""
    player, _commands, _players = _player(1)
    player.play(Sound.ATTENTION)
    player.play(Sound.ATTENTION)
    assert "no sound device" in player.sentence


def test_a_hanging_player_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dead sound server must not gather processes."""
    monkeypatch.setattr(sounds, "HUNG_AFTER_S", -1.0)
    player, _commands, players = _player(None)
    player.play(Sound.ATTENTION)
    player.play(Sound.ATTENTION)
    assert players[0].killed
    assert "no answer" in player.sentence


def test_at_most_two_at_once() -> None:
    """A crowd makes no noise."""
    player, commands, _players = _player(None)
    for _turn in range(5):
        player.play(Sound.ATTENTION)
    assert len(commands) == 2


def test_a_player_that_cannot_be_started_is_named() -> None:
    """The program was removed while we run."""

    def start(_command: list[str]) -> FakePlayer:
        raise OSError(2, "No such file or directory")

    player = SoundPlayer(enabled=True, command=["play-it"], start=start)
    player.play(Sound.ATTENTION)
    assert "play-it could not be started" in player.sentence


def test_closing_ends_what_plays() -> None:
    """No player outlives the window."""
    player, _commands, players = _player(None)
    player.play(Sound.ATTENTION)
    player.close()
    assert players[0].killed


def test_a_real_process_is_started_and_reaped() -> None:
    """With a harmless command in a player's place."""
    command = shutil.which("true")
    assert command is not None
    player = SoundPlayer(enabled=True, command=[command])
    player.play(Sound.SAMPLE_TAKEN)
    player.close()
