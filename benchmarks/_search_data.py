"""Made-up people for the search measurements, spread as the faces of lfw-dev are.

Where `python -m biometrics evaluate` has kept the encodings of lfw-dev, somebody is a person of
it drawn at random, moved by a draw from the covariance between its people (a smoothed bootstrap:
it keeps what is not Gaussian, groups of people who look alike). Elsewhere, a draw from a Gaussian
whose spread in each direction is that of lfw-dev. A picture of them adds a draw from the
covariance within a person. With 4,000 people drawn, cosines of pairs have mean 0.845 and deviation
0.035 (lfw-dev: 0.843, 0.036), one in 100,000 reaches 0.955 (0.962), and a picture lies 0.24 from
the template of three (lfw-dev: 0.24).
"""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from biometrics.encode import open_encoder
from biometrics.evaluation.evaluate import default_cache
from biometrics.evaluation.looking import WAY
from biometrics.evaluation.store import SeenStore
from biometrics.gallery import unit_length

DIMENSIONS = 128
SAMPLES = 3
"""Pictures in a template."""
_FRAMES = 2
"""Pictures in a probe: straight and mirrored, fused over a visit."""
_SMOOTHING = 0.6
_FEWEST_PEOPLE = 500

_CENTRE = 0.916
_PLACES = (0, 1, 2, 3, 5, 8, 12, 20, 30, 45, 60, 80)
_BETWEEN = (0.014, 0.011, 0.0078, 0.0069, 0.0052, 0.0032, 0.0024, 0.0016, 9.7e-4, 5.5e-4, 2.5e-4, 0)
_WITHIN = (0.0013, 0.0013, 0.0012, 0.0012, 0.0011, 0.001, 9.1e-4, 7.8e-4, 6.4e-4, 4.4e-4, 2.9e-4, 0)
"""Variances of lfw-dev along its main directions, at these places in the order of their size, and
the length of its mean: statistics of 2,417 people, nobody's own numbers."""

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """How faces are spread.

    Args:
        source: Where that is known from, for the report.
        centre: `float64 (128,)`.
        people: Real people's differences from it, `(n, 128)`; empty for a Gaussian.
        between: A root of the covariance between people, `(128, 128)`.
        within: The same within a person.
    """

    source: str
    centre: Rows
    people: Rows
    between: Rows
    within: Rows

    def someone(self, count: int, chance: np.random.Generator) -> Rows:
        """Where so many people's pictures lie round."""
        drawn = chance.standard_normal((count, DIMENSIONS)) @ self.between.T
        if not len(self.people):
            return self.centre + drawn
        real = self.people[chance.integers(0, len(self.people), count)]
        mixed: Rows = self.centre + np.sqrt(1 - _SMOOTHING**2) * real + _SMOOTHING * drawn
        return mixed

    def templates(self, people: Rows, chance: np.random.Generator) -> NDArray[np.float32]:
        """A fused unit template of each."""
        return self._seen(people, SAMPLES, chance)

    def probes(self, people: Rows, chance: np.random.Generator) -> NDArray[np.float32]:
        """A probe of each, of unit length."""
        return self._seen(people, _FRAMES, chance)

    def _seen(
        self, people: Rows, pictures: int, chance: np.random.Generator
    ) -> NDArray[np.float32]:
        noise = chance.standard_normal(people.shape) @ self.within.T / np.sqrt(pictures)
        rows = people + noise
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        seen: NDArray[np.float32] = rows.astype(np.float32)
        return seen


def faces(data: Path | None) -> Faces:
    """From lfw-dev where its encodings are at hand, else from its statistics."""
    known = _kept(data) if data is not None else {}
    return _measured(known) if len(known) >= _FEWEST_PEOPLE else _gaussian()


def _kept(data: Path) -> dict[str, list[Rows]]:
    """Unit templates of lfw-dev's pictures by person, as far as an evaluation has kept them."""
    encoder = open_encoder(background=True)
    key, dimensions = f"{encoder.fingerprint}/{WAY}", encoder.dimensions
    encoder.close()
    store = SeenStore(default_cache(), key, dimensions)
    found: dict[str, list[Rows]] = defaultdict(list)
    if not len(store):
        return found
    for path in sorted((data / "lfw-dev" / "images").glob("*/*.jpg")):
        seen = store.get(hashlib.sha256(path.read_bytes()).digest())
        if seen is not None and seen.fused is not None:
            found[path.parent.name].append(unit_length(seen.fused))
    return found


def _measured(known: dict[str, list[Rows]]) -> Faces:
    centre = np.concatenate(list(known.values())).mean(axis=0)
    means = np.array([np.mean(rows, axis=0) for rows in known.values()])
    apart = np.concatenate(
        [rows - np.mean(rows, axis=0) for rows in known.values() if len(rows) > 1]
    )
    several = [len(rows) - 1 for rows in known.values() if len(rows) > 1]
    within = apart.T @ apart / sum(several)
    between = np.cov(np.array([rows[0] for rows in known.values()]).T) - within
    people = means - centre
    # The means of few pictures are spread wider than people are.
    people *= np.sqrt(np.trace(between) / np.trace(np.cov(people.T)))
    source = f"spread as {len(known):,} people of lfw-dev"
    return Faces(source, centre, people, _root(between), _root(within))


def _gaussian() -> Faces:
    places = np.arange(DIMENSIONS)
    between, within = (
        np.diag(np.sqrt(np.interp(places, _PLACES, values))) for values in (_BETWEEN, _WITHIN)
    )
    # Directions of no meaning to the coordinates, as those of a network are.
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((DIMENSIONS, DIMENSIONS)))[0]
    return Faces(
        "spread as lfw-dev's statistics say (no encodings of it are kept here)",
        _CENTRE * turn[-1],
        np.empty((0, DIMENSIONS)),
        turn.T @ between,
        turn.T @ within,
    )


def _root(covariance: Rows) -> Rows:
    values, directions = np.linalg.eigh(covariance)
    root: Rows = directions * np.sqrt(values.clip(0))
    return root
