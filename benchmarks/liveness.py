"""Which made-up attacks pass the liveness checks, how many people do not, at what cost a look?

Photographs are held before a camera by geometry (`benchmarks/_presentations.py`): as a print that
does what it can when it is asked to turn, flat and bent round a bottle; as a telephone with its
pixels and edges. The peer of the active check is the blink that many programs take for proof.

    python -m benchmarks.liveness [--pictures 12] [--json]

Photographs: the two that packages ship, and people of lfw-dev where those are. Rates of different
kinds are never averaged. No blinking print is tried: that takes holes for eyes, and hands.
"""

import argparse
import itertools
import json
import math
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks._presentations import Screen, card, telephone
from benchmarks._side_by_side import data_folder, shipped_pictures
from biometrics.active_liveness import ActiveCheck, CheckStatus
from biometrics.align import Aligner
from biometrics.blink import BlinkWatch, eyes_open
from biometrics.challenge import Action
from biometrics.detect import HogDetector
from biometrics.encode import Encoder, open_encoder, stack
from biometrics.evaluation.intervals import interval
from biometrics.evaluation.pad_trials import CHALLENGES
from biometrics.faces import Encoding, Face, Image
from biometrics.geometry import Box
from biometrics.moire import moire_peak
from biometrics.passive_liveness import ImageCues
from biometrics.pictures import read_picture
from biometrics.screen_border import border_cover

BENDS = {"flat print": math.inf, "print bent round 100 mm": 100.0, "print bent round 60 mm": 60.0}
TURNS_DEG = range(-55, 56, 5)
LOOKS_A_SECOND = 15
SCREENS = {
    "telephone, near": Screen(face_px=150),
    "telephone, far": Screen(face_px=110),
    "telephone, soft focus": Screen(face_px=150, blur=1.2),
    **{
        f"edges out of view, pitch {pitch}": Screen(pitch=pitch, face_px=260, wide=5.0)
        for pitch in (0.3, 0.45, 0.6, 0.8, 1.0, 1.3)
    },
}
"""Where the edges are out of view the pixels alone can tell; `pitch` is how many of the camera's
show one of the screen's, and decides whether a pattern arises."""


@dataclass(frozen=True, slots=True)
class Pose:
    """A print as the camera sees it at one angle."""

    face: Face
    encoding: Encoding


class Bench:
    """Finds, aligns and encodes. For one thread."""

    def __init__(self, encoder: Encoder) -> None:
        self._detector = HogDetector()
        self._aligner = Aligner()
        self._encoder = encoder

    def face(self, image: Image) -> Face | None:
        """The largest face of a frame."""
        found = self._detector.detect(image)
        if not found:
            return None
        landmarks = self._aligner.landmarks(image, found[0].box)
        return Face(found[0].box, landmarks, found[0].strength)

    def poses(self, picture: Image, box: Box, bend_mm: float) -> dict[int, Pose]:
        """A print at every angle at which its face is found."""
        poses = {}
        for angle in TURNS_DEG:
            image = card(picture, box, yaw_deg=angle, bend_mm=bend_mm)
            if (face := self.face(image)) is not None:
                chip = self._aligner.chip(image, face.landmarks)
                poses[angle] = Pose(face, self._encoder.encode(stack([chip]))[0])
        return poses


def main(argv: Sequence[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=12)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(argv)
    encoder = open_encoder(background=False, threads=1)
    bench = Bench(encoder)
    photographs = list(_photographs(bench, chosen.pictures))
    result = {
        "photographs": len(photographs),
        "active": {name: _active(bench, photographs, bend) for name, bend in BENDS.items()},
        "passive": _passive(bench, photographs),
        "cost_ms": _costs(bench, photographs[0]),
    }
    encoder.close()
    _print(result)
    if chosen.json:
        print(json.dumps(result))
    return 0


def _photographs(bench: Bench, count: int) -> Iterator[tuple[Image, Box]]:
    """Photographs with a face that is found again when it is held before the camera."""
    folder = data_folder()
    paths = sorted((folder / "lfw-dev").rglob("*.jpg")) if folder else []
    random.Random(11).shuffle(paths)  # noqa: S311 - a choice of pictures, no secret
    found = 0
    for picture in itertools.chain(shipped_pictures(), map(read_picture, paths)):
        face = None if _framed(picture) else bench.face(picture)
        if found == count:
            return
        if face is not None and bench.face(card(picture, face.box, yaw_deg=0)) is not None:
            found += 1
            yield picture, face.box


def _framed(picture: Image) -> bool:
    """Aligned pictures of lfw-dev have black wedges at their sides: edges that are not ours."""
    return float((picture.max(axis=2)[:, [0, -1]] < 6).mean()) > 0.02


def _active(bench: Bench, photographs: list[tuple[Image, Box]], bend_mm: float) -> dict[str, Any]:
    """Each print tries every challenge with turns alone, turned as far as its face is found."""
    turns = [challenge for challenge in CHALLENGES if Action.BLINK not in challenge.actions]
    passed = tries = blinked = 0
    reasons: dict[str, int] = {}
    for picture, box in photographs:
        poses = bench.poses(picture, box, bend_mm)
        ends = [_answer(poses, farthest, turn) for turn in turns for farthest in (30, 40, 55)]
        tries += 1
        passed += any(end == "passed" for end in ends)
        for end in ends:
            reasons[end] = reasons.get(end, 0) + 1
        blinked += _blinks(poses)
    return {
        "apcer": passed / tries,
        "passed": passed,
        "of": tries,
        "interval": interval(passed, tries),
        "ends": reasons,
        "blinks_by_turning": blinked,
    }


def _answer(poses: dict[int, Pose], farthest: int, challenge: Any) -> str:
    """Turns the print out and back whenever a turn is asked, 1.2 s in all."""
    check = ActiveCheck(challenge, 0.0)
    began_s, sign = -9.0, 1
    for number in range(1, round(challenge.time_limit_s * LOOKS_A_SECOND) + 2):
        time_s = number / LOOKS_A_SECOND
        asked = check.state.asked
        if asked is not None and time_s - began_s > 2:
            began_s, sign = time_s + 0.4, 1 if asked is Action.TURN_LEFT else -1
        along = (time_s - began_s) / 1.2
        angle = sign * farthest * math.sin(math.pi * along) if 0 <= along <= 1 else 0.0
        pose = poses.get(5 * round(angle / 5))
        if pose is None:
            check.see(None, None, time_s)
        else:
            wanted = pose.encoding if check.wants_encoding else None
            check.see(pose.face.landmarks, 1, time_s, wanted)
        if check.state.status is not CheckStatus.WAITING:
            break
    return check.state.reason.value or check.state.status.value


def _blinks(poses: dict[int, Pose]) -> bool:
    """Whether waving the print about for 20 s looks like a blink."""
    watch = BlinkWatch()
    for number in range(20 * LOOKS_A_SECOND):
        pose = poses.get(5 * round(50 * math.sin(number / 9) / 5))
        if pose and watch.see(eyes_open(pose.face.landmarks), number / LOOKS_A_SECOND):
            return True
    return False


def _passive(bench: Bench, photographs: list[tuple[Image, Box]]) -> dict[str, Any]:
    """Single frames: a print held straight and turned, telephones."""
    check = ImageCues()
    kinds: dict[str, list[bool]] = {}
    for picture, box in photographs:
        shown = {f"print turned {a} degrees": card(picture, box, yaw_deg=a) for a in (0, 25)}
        shown |= {name: telephone(picture, box, screen) for name, screen in SCREENS.items()}
        for name, image in shown.items():
            face = bench.face(image)
            if face is not None:
                kinds.setdefault(name, []).append(check.judge(image, face).live)
    return {
        name: {
            "apcer": statistics.mean(passed),
            "passed": sum(passed),
            "of": len(passed),
            "interval": interval(sum(passed), len(passed)),
        }
        for name, passed in kinds.items()
    }


def _costs(bench: Bench, photograph: tuple[Image, Box]) -> dict[str, float]:
    """What a look at a 640x480 frame costs, median of 200."""
    image = card(*photograph, yaw_deg=0)
    face = bench.face(image)
    assert face is not None
    cues, watch = ImageCues(), BlinkWatch()
    check = ActiveCheck(CHALLENGES[0], 0.0)
    encoding = bench.poses(*photograph, math.inf)[0].encoding
    clock = iter(range(1, 10**6))
    steps: dict[str, Callable[[], object]] = {
        "passive, both cues": lambda: cues.judge(image, face),
        "moire": lambda: moire_peak(image, face.box),
        "border": lambda: border_cover(image, face.box),
        "blink": lambda: watch.see(eyes_open(face.landmarks), next(clock) / 15),
        "active check, a look": lambda: check.see(face.landmarks, 1, next(clock) / 1e6, encoding),
    }
    costs = {}
    for name, step in steps.items():
        taken = []
        for _ in range(200):
            started_s = time.perf_counter()
            step()
            taken.append((time.perf_counter() - started_s) * 1000)
        costs[name] = round(statistics.median(taken), 3)
    return costs


def _print(result: dict[str, Any]) -> None:
    print(f"{result['photographs']} photographs\n\nAPCER of the active check (turns asked)")
    for name, row in result["active"].items():
        print(f"  {_line(name, row)}  {row['ends']}; blinks seen: {row['blinks_by_turning']}")
    print("\nAPCER of the passive cues (single frames)")
    for name, row in result["passive"].items():
        print(f"  {_line(name, row)}")
    print("\na look at 640x480, ms")
    for name, cost in result["cost_ms"].items():
        print(f"  {name:32} {cost:.2f}")


def _line(name: str, row: dict[str, Any]) -> str:
    low, high = row["interval"]
    count = f"{row['passed']} of {row['of']}"
    return (
        f"{name:32} {100 * row['apcer']:5.1f} %  {count:9} ({100 * low:.0f} to {100 * high:.0f} %)"
    )


if __name__ == "__main__":
    sys.exit(main())
