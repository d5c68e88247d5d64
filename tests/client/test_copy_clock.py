"""Tests of the age of the copy, and of clocks that are set back."""

import math
from pathlib import Path

import pytest

from client.copy_clock import CopyClock

HOUR = 3600.0


class Clocks:
    """The computer's clock and the seconds it runs, set by hand."""

    def __init__(self) -> None:
        self.wall_s = 1_764_000_000.0
        self.running_s = 50.0

    def go_on(self, seconds: float) -> None:
        """Time passes."""
        self.wall_s += seconds
        self.running_s += seconds

    def open(self, path: Path) -> CopyClock:
        """A clock of a program that starts now."""
        return CopyClock(
            path, bytes(32), wall_s=lambda: self.wall_s, running_s=lambda: self.running_s
        )


@pytest.fixture
def clocks() -> Clocks:
    """Both clocks."""
    return Clocks()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the time is kept."""
    return tmp_path / "gallery.clock"


def test_never_heard_of_is_infinitely_old(clocks: Clocks, path: Path) -> None:
    """Nothing is decided by a copy of unknown age."""
    assert clocks.open(path).age_s == math.inf


def test_age_goes_on_over_a_restart_and_while_the_program_is_off(
    clocks: Clocks, path: Path
) -> None:
    """By the computer's clock."""
    clock = clocks.open(path)
    clock.contact()
    clocks.go_on(HOUR)
    assert clock.age_s == pytest.approx(HOUR)
    again = clocks.open(path)
    clocks.go_on(2 * HOUR)
    assert again.age_s == pytest.approx(3 * HOUR)
    again.contact()
    assert again.age_s == 0.0


def test_a_clock_that_was_set_back_is_not_believed(clocks: Clocks, path: Path) -> None:
    """Neither while the program runs nor between two starts."""
    clock = clocks.open(path)
    clock.contact()
    clocks.go_on(2 * HOUR)
    assert clock.age_s < math.inf
    clocks.wall_s -= HOUR
    assert clock.age_s == math.inf
    assert clocks.open(path).age_s == math.inf
    clock.contact()
    assert clock.age_s == 0.0


def test_a_clock_that_stands_still_gains_nothing(clocks: Clocks, path: Path) -> None:
    """The seconds that programs ran are added up, over restarts, too."""
    clock = clocks.open(path)
    clock.contact()
    for _start in range(3):
        clock = clocks.open(path)
        clocks.running_s += HOUR
        assert clock.age_s > 0
    assert clock.age_s == pytest.approx(3 * HOUR)


def test_a_clock_that_is_set_right_by_a_minute_is_believed(clocks: Clocks, path: Path) -> None:
    """As time servers do."""
    clock = clocks.open(path)
    clock.contact()
    clocks.wall_s -= 60
    assert clock.age_s == 0.0


@pytest.mark.parametrize("content", [b"", b"garbage" * 20])
def test_a_file_that_was_made_up_says_nothing(clocks: Clocks, path: Path, content: bytes) -> None:
    """Sealed: nobody can write a younger age."""
    clocks.open(path).contact()
    path.write_bytes(content)
    assert clocks.open(path).age_s == math.inf


def test_a_disk_that_refuses_makes_it_older_not_younger(
    clocks: Clocks, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the program runs it still counts; the next one has heard of nothing."""
    clock = clocks.open(path)
    clock.contact()
    clocks.go_on(HOUR)

    def refuse(*_arguments: object) -> None:
        raise OSError

    monkeypatch.setattr("client.copy_clock.write_atomically", refuse)
    assert clock.age_s == pytest.approx(HOUR)
    assert clocks.open(path).age_s == math.inf


def test_forgetting_deletes_the_file(clocks: Clocks, path: Path) -> None:
    """With the copy goes its age."""
    clock = clocks.open(path)
    clock.contact()
    assert path.exists()
    clock.forget()
    assert not path.exists()
    assert clock.age_s == math.inf
