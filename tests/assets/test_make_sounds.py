"""The committed sounds are the ones their script makes, short and free of clicks."""

import runpy
import struct
import wave
from pathlib import Path

import pytest

ASSETS = Path(__file__).resolve().parents[2] / "assets"
NAMES = ("identified", "not-enrolled", "attention", "sample-taken")


@pytest.mark.parametrize("name", NAMES)
def test_committed_sound_is_what_the_script_makes(name: str, tmp_path: Path) -> None:
    """Nobody edited a WAV by hand or forgot to run the script."""
    script = runpy.run_path(str(ASSETS / "make_sounds.py"))
    made = {path.stem: path for path in script["write"](tmp_path)}
    ours = (ASSETS / "sounds" / f"{name}.wav").read_bytes()
    theirs = made[name].read_bytes()
    assert len(ours) == len(theirs)
    # Another libm may round a sample the other way: one step of 65,536 is inaudible.
    for mine, other in zip(_samples(ours), _samples(theirs), strict=True):
        assert abs(mine - other) <= 1


@pytest.mark.parametrize("name", NAMES)
def test_sound_is_short_and_starts_and_ends_silent(name: str) -> None:
    """Under half a second, no click at either end, below half of full scale."""
    with wave.open(str(ASSETS / "sounds" / f"{name}.wav")) as sound:
        seconds = sound.getnframes() / sound.getframerate()
        samples = struct.unpack(f"<{sound.getnframes()}h", sound.readframes(sound.getnframes()))
    assert 0.05 < seconds < 0.5
    assert abs(samples[0]) < 200
    assert abs(samples[-1]) < 200
    assert 8_000 < max(abs(s) for s in samples) < 16_384


def _samples(data: bytes) -> tuple[int, ...]:
    body = data[44:]
    return struct.unpack(f"<{len(body) // 2}h", body)
