"""What an evaluation taught about a user's own network, as a small file beside it.

`python -m biometrics evaluate DIR --network FILE --calibrate` writes `FILE.calibration.json`. It
holds shares and distances of whole populations, nobody's encoding, and the fingerprint of the
network it belongs to: with another one it is refused.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Encoding
from biometrics.gallery import unit_length

FORMAT = 1
ENDING = ".calibration.json"
MOST_BYTES = 1 << 20
FEWEST_PEOPLE = 100
"""With fewer, the distance of one stranger in a hundred is a guess."""
FEWEST_SEVERAL = 20
"""So many people with two pictures or more, for what people of one face are apart."""
SIZES = (1, 2, 3, 5, 10, 20, 50, 100, 200, 420, 1000)
SHARES = (0.006, 0.003, 0.001, 0.0001)
"""Of strangers: of `same_face`, `samples_agree`, `same_person` and `same_visit`, as with dlib's."""
TAIL_SHARE, FAR_SHARE = 0.05, 0.003
SAMPLES = 3
_SEARCHES = 40_000
"""Strangers' searches for each size of gallery, about."""
_LEAST_DRAWS, _MOST_DRAWS = 8, 400
_PAIRINGS = 3
_OWN_AT = 21
"""Points at which the distances of people to themselves are kept: every 5 %."""


class CalibrationUnusable(Exception):  # noqa: N818 - named for what happened
    """Raised when a calibration cannot be made or read; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """One network's.

    Args:
        encoder: Fingerprint of the network.
        source: What it was learnt from, in words.
        near: Distances of single pictures within which the `SHARES` of strangers lie.
        sizes: People enrolled, for each of the two below.
        starts: Closeness (cosine to the nearest) beyond which `TAIL_SHARE` of strangers lie.
        scales: Mean excess over the start.
        own: Distances of people to their own fused template, a row for one, two and three
            samples: the least, and those within which 5, 10, ... 100 % lie.
        off_centre: Least distance that one in a thousand keeps from the middle of the others.
    """

    encoder: str
    source: str
    near: tuple[float, ...]
    sizes: tuple[int, ...]
    starts: tuple[float, ...]
    scales: tuple[float, ...]
    own: tuple[tuple[float, ...], ...]
    off_centre: float

    def start(self, people: int) -> float:
        """Where the tail of strangers begins with so many enrolled."""
        return float(np.interp(math.log(max(1, people)), np.log(self.sizes), self.starts))

    def scale(self, people: int) -> float:
        """Mean excess over the start."""
        return float(np.interp(math.log(max(1, people)), np.log(self.sizes), self.scales))

    def missed(self, threshold: float) -> Encoding:
        """The share of visits farther from one's own template, by samples; `(3,)`."""
        shares: Encoding = np.array(
            [1 - np.interp(threshold, row, np.linspace(0, 1, len(row))) for row in self.own]
        )
        return shares

    def write(self, path: Path) -> None:
        """Writes the file.

        Raises:
            OSError: The folder cannot be written.
        """
        content = {"format": FORMAT, **asdict(self)}
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path, encoder: str) -> "Calibration | None":
        """The calibration of that file, None where there is no such file.

        Args:
            path: As `beside` gives it.
            encoder: Fingerprint of the network it has to belong to.

        Raises:
            CalibrationUnusable: It cannot be read, is none, or belongs to another network.
        """
        try:
            if not path.is_file():
                return None
            if path.stat().st_size > MOST_BYTES:
                raise CalibrationUnusable(f"{path.name} is too large: {_CURE}")
            plain = json.loads(path.read_text(encoding="utf-8"))
            found = cls._of(plain)
        except OSError as error:
            raise CalibrationUnusable(
                f"{path.name} cannot be read: {error.strerror or error}."
            ) from error
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise CalibrationUnusable(f"{path.name} is no calibration: {_CURE}") from error
        if found.encoder != encoder:
            raise CalibrationUnusable(f"{path.name} belongs to another face model: {_CURE}")
        return found

    @classmethod
    def _of(cls, plain: Any) -> "Calibration":
        if plain["format"] != FORMAT:
            raise ValueError("another format")
        made = cls(
            encoder=str(plain["encoder"]),
            source=str(plain["source"]),
            near=tuple(float(number) for number in plain["near"]),
            sizes=tuple(int(number) for number in plain["sizes"]),
            starts=tuple(float(number) for number in plain["starts"]),
            scales=tuple(float(number) for number in plain["scales"]),
            own=tuple(tuple(float(number) for number in row) for row in plain["own"]),
            off_centre=float(plain["off_centre"]),
        )
        made._check()
        return made

    def _check(self) -> None:
        """Raises ValueError for numbers that cannot be one's."""
        rows = [self.near, self.starts, self.scales, (self.off_centre,), *self.own]
        distances = [self.near, (self.off_centre,), *self.own]
        good = (
            len(self.near) == len(SHARES)
            and len(self.sizes) == len(self.starts) == len(self.scales) > 0
            and list(self.sizes) == sorted(set(self.sizes))
            and self.sizes[0] >= 1
            and len(self.own) == SAMPLES
            and all(len(row) == _OWN_AT for row in self.own)
            and all(math.isfinite(number) for row in rows for number in row)
            and all(0 <= number <= 2 for row in distances for number in row)
            and all(list(row) == sorted(row) for row in self.own)
            and all(-1 <= start <= 1 for start in self.starts)
            and all(0 < scale <= 1 for scale in self.scales)
        )
        if not good:
            raise ValueError("not the numbers of a calibration")


_CURE = "calibrate again, or remove the file."


def beside(network: Path) -> Path:
    """Where the calibration of a network's file lies."""
    return network.with_name(network.name + ENDING)


def calibrate_network(
    people: Mapping[str, Sequence[Encoding]], *, encoder: str, source: str, seed: int = 0
) -> Calibration:
    """What these people teach about a network.

    Args:
        people: By name: fused encodings of their pictures, raw or unit.
        encoder: Fingerprint of the network that encoded them.
        source: Who they are, in words.
        seed: Of chance.

    Raises:
        CalibrationUnusable: Too few people, or too few with several pictures.
    """
    units = [
        np.array([unit_length(row) for row in rows]) for _, rows in sorted(people.items()) if rows
    ]
    several = [rows for rows in units if len(rows) > 1]
    if len(units) < FEWEST_PEOPLE or len(several) < FEWEST_SEVERAL:
        raise CalibrationUnusable(
            f"{len(units)} people with a face, {len(several)} of them with two pictures or more, "
            f"are too few: {FEWEST_PEOPLE} and {FEWEST_SEVERAL} are needed to calibrate."
        )
    chance = np.random.default_rng(seed)
    crowd = _Crowd.of(units, chance)
    sizes = tuple(size for size in SIZES if 2 * size <= len(units))
    tails = [_tail(crowd, size, chance) for size in sizes]
    return Calibration(
        encoder=encoder,
        source=source,
        near=_near(crowd, chance),
        sizes=sizes,
        starts=tuple(round(start, 5) for start, _ in tails),
        scales=tuple(round(max(scale, 1e-5), 5) for _, scale in tails),
        own=_own(several, chance),
        off_centre=_off_centre(crowd),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Crowd:
    """All pictures, a person's one after another, and one template a person."""

    rows: NDArray[np.float64]
    first: NDArray[np.int64]
    count: NDArray[np.int64]
    fused: NDArray[np.float64]

    @classmethod
    def of(cls, units: Sequence[NDArray[np.float64]], chance: np.random.Generator) -> "_Crowd":
        count = np.array([len(rows) for rows in units])
        fused = [unit_length(chance.permutation(rows)[:SAMPLES].mean(axis=0)) for rows in units]
        first = np.cumsum(count) - count
        return cls(np.concatenate(units), first, count, np.array(fused))

    def pictures(
        self, people: NDArray[np.int64], chance: np.random.Generator
    ) -> NDArray[np.float64]:
        """One picture of each, at random."""
        chosen: NDArray[np.float64] = self.rows[
            self.first[people] + chance.integers(self.count[people])
        ]
        return chosen


def _near(crowd: _Crowd, chance: np.random.Generator) -> tuple[float, ...]:
    """Distances of one picture of each person to one of everybody else's."""
    everybody = np.arange(len(crowd.count))
    upper = np.triu_indices(len(everybody), 1)
    closest = []
    for _ in range(_PAIRINGS):
        rows = crowd.pictures(everybody, chance).astype(np.float32)
        closest.append((rows @ rows.T)[upper])
    cosines = np.quantile(np.concatenate(closest), [1 - share for share in SHARES])
    return tuple(round(float(distance), 4) for distance in _distance(cosines))


def _tail(crowd: _Crowd, size: int, chance: np.random.Generator) -> tuple[float, float]:
    """Strangers who search galleries of that size, drawn at random: start and scale."""
    people = len(crowd.count)
    found = []
    for _ in range(max(_LEAST_DRAWS, min(_MOST_DRAWS, _SEARCHES // (people - size)))):
        order = chance.permutation(people)
        probes = crowd.pictures(order[size:], chance)
        found.append((probes @ crowd.fused[order[:size]].T).max(axis=1))
    start, far = np.quantile(np.concatenate(found), (1 - TAIL_SHARE, 1 - FAR_SHARE))
    return float(start), float((far - start) / math.log(TAIL_SHARE / FAR_SHARE))


def _own(
    several: Sequence[NDArray[np.float64]], chance: np.random.Generator
) -> tuple[tuple[float, ...], ...]:
    """Distances of one picture to the template of one, two, three others of the same person."""
    rows: list[tuple[float, ...]] = []
    for samples in range(1, SAMPLES + 1):
        distances = []
        for pictures in several:
            if len(pictures) > samples:
                rest = chance.permutation(pictures)
                template = unit_length(rest[:samples].mean(axis=0))
                distances.append(float(np.linalg.norm(template - rest[samples])))
        if len(distances) < FEWEST_SEVERAL:
            rows.append(rows[-1])  # no better than with one sample less, as far as is known
            continue
        places = np.quantile(distances, np.linspace(0, 1, _OWN_AT))
        rows.append(tuple(round(float(place), 4) for place in places))
    return tuple(rows)


def _off_centre(crowd: _Crowd) -> float:
    rows = crowd.rows[crowd.first]
    others = rows.sum(axis=0) - rows
    middles = others / np.maximum(np.linalg.norm(others, axis=1, keepdims=True), 1e-12)
    return round(float(np.quantile(np.linalg.norm(middles - rows, axis=1), 0.001)), 4)


def _distance(cosines: NDArray[np.floating]) -> Encoding:
    distance: Encoding = np.sqrt(np.maximum(0.0, 2 - 2 * cosines.astype(np.float64)))
    return distance
