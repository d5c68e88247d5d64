"""Makes the short sounds of the checkpoint: `python assets/make_sounds.py` (standard library)."""

import math
import struct
import sys
import wave
from pathlib import Path

RATE_HZ = 22_050
PEAK = 0.42  # of full scale: clear in a lobby, never startling
ATTACK_S = 0.006  # shorter attacks click

# A note is (start in s, pitch in Hz, length in s). Rising says yes, falling says no, one level
# pair asks for attention: the direction alone tells them apart, also for a person who is colour
# blind or looks elsewhere.
SOUNDS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "identified": ((0.00, 659.26, 0.16), (0.11, 987.77, 0.30)),
    "not-enrolled": ((0.00, 392.00, 0.18), (0.15, 293.66, 0.34)),
    "attention": ((0.00, 523.25, 0.13), (0.17, 523.25, 0.20)),
    "sample-taken": ((0.00, 1174.66, 0.09),),
    "action": ((0.00, 783.99, 0.10), (0.10, 880.00, 0.16)),
}


def tone(pitch_hz: float, length_s: float) -> list[float]:
    """One bell-like note as samples of -1 to 1: three partials under an exponential decay."""
    samples = []
    for index in range(int(length_s * RATE_HZ)):
        time_s = index / RATE_HZ
        attack = min(1.0, time_s / ATTACK_S)
        decay = math.exp(-4.2 * time_s / length_s)
        release = min(1.0, (length_s - time_s) / 0.012)
        angle = 2 * math.pi * pitch_hz * time_s
        body = math.sin(angle) + 0.28 * math.sin(2 * angle) + 0.09 * math.sin(3 * angle)
        samples.append(attack * decay * release * body / 1.37)
    return samples


def render(notes: tuple[tuple[float, float, float], ...]) -> bytes:
    """The notes mixed into 16-bit mono samples."""
    length = max(int((start + seconds) * RATE_HZ) for start, _pitch, seconds in notes)
    mixed = [0.0] * (length + 1)
    for start, pitch, seconds in notes:
        first = int(start * RATE_HZ)
        for offset, value in enumerate(tone(pitch, seconds)):
            mixed[first + offset] += value
    loudest = max(abs(value) for value in mixed)
    return b"".join(struct.pack("<h", round(v / loudest * PEAK * 32_767)) for v in mixed)


def write(folder: Path) -> list[Path]:
    """Writes every sound into the folder and returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, notes in SOUNDS.items():
        path = folder / f"{name}.wav"
        with wave.open(str(path), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(RATE_HZ)
            sound.writeframes(render(notes))
        files.append(path)
    return files


if __name__ == "__main__":
    for made in write(Path(__file__).resolve().parent / "sounds"):
        sys.stdout.write(f"{made.name}: {made.stat().st_size} bytes\n")
