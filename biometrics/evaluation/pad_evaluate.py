"""How many attacks pass and how many people do not, per kind: APCER and BPCER with intervals.

After ISO/IEC 30107-3. Rates of different kinds of attack are never averaged: an attacker chooses
the kind that works.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

from biometrics.active_liveness import CheckReason, CheckStatus
from biometrics.detect import Detector
from biometrics.encode import Encoder, stack
from biometrics.evaluation.intervals import interval
from biometrics.evaluation.pad_recordings import (
    LIVE,
    Recording,
    RecordingUnreadable,
    read_recordings,
)
from biometrics.evaluation.pad_trials import (
    CHALLENGES,
    Look,
    PadLooker,
    active_trial,
    passive_trial,
)
from biometrics.evaluation.progress import Progress
from biometrics.faces import Chip, Encoding
from biometrics.passive_liveness import PassiveCheck

FEW = 30
"""With fewer recordings of a kind, even none that passes leaves more than 10 % possible."""


def evaluate_pad(
    folder: Path,
    checks: Sequence[PassiveCheck],
    encoder: Encoder,
    err: TextIO,
    *,
    detector: Detector | None = None,
) -> dict[str, Any]:
    """Measures every check on `folder/live` and on each kind of attack beside it.

    Args:
        folder: The recordings.
        checks: The passive checks; the active one is always measured.
        encoder: For the active one.
        err: For progress.
        detector: As `PadLooker`.

    Returns:
        One object for JSON: `kinds`, `passive`, `active`, `unreadable`, `passed_over`.

    Raises:
        DatasetUnusable: There is nothing to measure.
        EncoderFailed: As the encoder.
        PadRefused: A network failed.
    """
    recordings, problems = read_recordings(folder)
    looker = PadLooker(checks, detector)

    def encode(chip: Chip) -> Encoding:
        row: Encoding = encoder.encode(stack([chip]))[0]
        return row

    tally = _Tally([check.name for check in checks])
    progress = Progress(err, "recordings")
    for number, recording in enumerate(recordings, start=1):
        try:
            tally.add(recording, looker.looks(recording), encode)
        except RecordingUnreadable as error:
            tally.unreadable.append({"file": recording.shown, "why": str(error)})
        progress.show(number, len(recordings))
    progress.end()
    result = tally.result()
    return {"folder": folder.name, **result, "passed_over": problems}


class _Tally:
    """What came out, kind by kind."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._kinds: dict[str, Counter[str]] = defaultdict(Counter)
        self._passive: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        self._active: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
        self.unreadable: list[dict[str, str]] = []
        self._faceless: list[str] = []

    def add(
        self, recording: Recording, looks: list[Look], encode: Callable[[Chip], Encoding]
    ) -> None:
        """Counts one recording; the active check alone where somebody could have cheated it."""
        kind = recording.kind
        self._kinds[kind]["recordings"] += 1
        if not any(look.face is not None for look in looks):
            self._faceless.append(recording.shown)
            self._kinds[kind]["without_a_face"] += 1
            return
        for name in self._names:
            judged = passive_trial(looks, name, still=recording.still)
            said = "undecided" if judged is None else judged.reason.value or LIVE
            self._passive[name, kind].append((recording.shown, said))
        if kind != LIVE:
            ends = [
                active_trial(looks, challenge, encode, still=recording.still)
                for challenge in CHALLENGES
            ]
            self._active[kind].append(
                (
                    recording.shown,
                    [
                        "passed" if end.status is CheckStatus.PASSED else end.reason.value
                        for end in ends
                    ],
                )
            )

    def result(self) -> dict[str, Any]:
        """Everything but the folder."""
        kinds = {
            kind: {"recordings": count["recordings"], "without_a_face": count["without_a_face"]}
            for kind, count in self._kinds.items()
        }
        return {
            "kinds": kinds,
            "passive": {
                name: {kind: self._of_passive(name, kind) for kind in kinds} for name in self._names
            },
            "active": {kind: _of_active(self._active[kind]) for kind in kinds if kind != LIVE},
            "unreadable": self.unreadable,
            "without_a_face": self._faceless,
        }

    def _of_passive(self, name: str, kind: str) -> dict[str, Any]:
        said = self._passive[name, kind]
        decided = [(shown, word) for shown, word in said if word != "undecided"]
        wrong = [shown for shown, word in decided if (word == LIVE) != (kind == LIVE)]
        return {
            "rate": "BPCER" if kind == LIVE else "APCER",
            **_rate(len(wrong), len(decided)),
            "undecided": len(said) - len(decided),
            "wrong_files": wrong,
            "reasons": dict(Counter(word for _, word in decided if word != LIVE)),
        }


def _of_active(trials: list[tuple[str, list[str]]]) -> dict[str, Any]:
    """The recording is the trial: of its six challenges, those it passes by chance are named."""
    passing = {shown: ends.count("passed") for shown, ends in trials if "passed" in ends}
    every = Counter(end for _, ends in trials for end in ends)
    return {
        "rate": "APCER",
        **_rate(len(passing), len(trials)),
        "challenges": every.total(),
        "challenges_passed": every.pop("passed", 0),
        "wrong_files": [f"{shown}: {count} of 6" for shown, count in passing.items()],
        "reasons": {CheckReason(word).value: count for word, count in every.items()},
    }


def _rate(wrong: int, judged: int) -> dict[str, Any]:
    return {
        "wrong": wrong,
        "judged": judged,
        "share": wrong / judged if judged else None,
        "interval": list(interval(wrong, judged)),
    }
