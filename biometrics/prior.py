"""What many people taught about one encoder's distances, and the numbers chosen by it.

The only place with such numbers. The tables (`prior.json`) hold whole populations, nobody's
encoding: `python3 run.py bench openset --prior` learns them again from cached encodings of
lfw-dev and writes the file (`biometrics/learn.py`). Closeness is as `leave_one_out` has it.
"""

import functools
import json
import math
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from biometrics.faces import Encoding
from biometrics.policy import Cohort

_USUAL = 0.90
OWN_COHORT = Cohort(nearest=3, weight=0.5, usual=_USUAL)
"""Other people enrolled; on lfw-dev ten neighbours do worse: no longer like the probe."""
STRANGERS_COHORT = Cohort(nearest=10, weight=0.4, usual=_USUAL, mutual=1.0)
"""People enrolled and strangers kept, who are put in by `calibrate.cohort_of`."""
FEWEST_STRANGERS = 200
"""Below that a site's strangers are too few to be a cohort of their own."""
MARGIN = 0.03
"""The next person is this much farther away, or nobody can be told from the two."""
LARGEST_THRESHOLD = 0.36
"""However few are enrolled: beyond it two pictures of one person are rare (lfw-dev, 3 samples)."""
LARGEST_WITH_STRANGERS = 0.45
"""The same where strangers are kept: there the term takes more off, from both sides, and no search
allows more than `LARGEST_THRESHOLD` all the same."""
SMALLEST_THRESHOLD = 0.10
OFF_MIDDLE = 0.25
"""Nearer to the middle of all faces is no face but the mean of many, which lies near everybody: of
200 strangers' it was named in 16 % of galleries of two people where 0.3 % was asked for. Of the
5,298 pictures of lfw-dev the nearest is at 0.272, of the 2,417 people at 0.269."""
SAME_PERSON = 0.31
"""A kept stranger this near to somebody enrolled may be that person, and is left out."""
TAIL_SHARE = 0.05
"""The tail of a search begins where this share of strangers lies beyond."""
FAR_SHARE = 0.003
"""Its scale is taken from there up to where this share lies beyond."""
KEPT_STRANGERS = 800
"""How many strangers the tables of galleries with strangers were learnt with."""
PAIR_SHARES = (0.1, 0.01, 0.001, 0.0001)
"""Shares of single comparisons for which the tables hold the closeness beyond."""
PLACES = (0.88, 0.90, 0.92, 0.93, 0.94, 0.95, 0.96, 0.98)
"""Closeness for which the tables hold what share of enrolled people's visits lies below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """One kind of cohort; a row for each size of gallery.

    Args:
        sizes: People enrolled.
        starts: Closeness of strangers beyond which `TAIL_SHARE` lies.
        scales: Mean excess over the start.
        missed: Visits below each of `PLACES`, with one, two, three samples enrolled.
        pairs: Closeness of a stranger to one named person, at each of `PAIR_SHARES`.
        refused: As `missed`, for a comparison with the own templates alone.
    """

    sizes: tuple[int, ...]
    starts: tuple[float, ...]
    scales: tuple[float, ...]
    missed: tuple[tuple[tuple[float, ...], ...], ...]
    pairs: tuple[tuple[float, ...], ...]
    refused: tuple[tuple[tuple[float, ...], ...], ...]

    def start(self, people: int) -> float:
        """Where the tail of strangers begins."""
        return float(np.interp(_log(people), np.log(self.sizes), self.starts))

    def scale(self, people: int) -> float:
        """Mean excess over the start."""
        return float(np.interp(_log(people), np.log(self.sizes), self.scales))

    def missed_below(self, people: int, closeness: float) -> Encoding:
        """The share of visits missed at that limit with one, two, three samples; `(3,)`."""
        return self._below(self.missed, people, closeness)

    def refused_below(self, people: int, closeness: float) -> Encoding:
        """The share refused in comparisons with oneself, by samples; `(3,)`."""
        return self._below(self.refused, people, closeness)

    def pair(self, people: int, share: float) -> float:
        """The closeness of a stranger to one named person beyond which that share lies.

        Straight in the logarithm of the share, and carried on beyond the ends.
        """
        values = [
            np.interp(_log(people), np.log(self.sizes), column)
            for column in zip(*self.pairs, strict=True)
        ]
        shares = np.log(PAIR_SHARES)
        wanted = math.log(share)
        place = int(np.clip(np.searchsorted(-shares, -wanted) - 1, 0, len(shares) - 2))
        part = (wanted - shares[place]) / (shares[place + 1] - shares[place])
        return float(values[place] + part * (values[place + 1] - values[place]))

    def _below(
        self, table: tuple[tuple[tuple[float, ...], ...], ...], people: int, closeness: float
    ) -> Encoding:
        at = np.array([[np.interp(closeness, PLACES, row) for row in rows] for rows in table])
        size, sizes = _log(people), np.log(self.sizes)
        shares: Encoding = np.array([np.interp(size, sizes, column) for column in at.T])
        return shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What was learnt, and from what.

    Args:
        encoder: Its fingerprint.
        source: What it was learnt from, in words.
        middle: The mean of all those people, a unit row.
        own: The cohort is the other people enrolled.
        strangers: The cohort has `KEPT_STRANGERS` strangers too.
    """

    encoder: str
    source: str
    middle: tuple[float, ...]
    own: Tables
    strangers: Tables

    def tables(self, cohort: Cohort) -> Tables:
        """Those of a cohort with strangers, or without."""
        return self.own if cohort.strangers is None else self.strangers

    def to_json(self) -> str:
        """The text of `prior.json`."""
        parts = {"encoder": self.encoder, "source": self.source, "middle": self.middle}
        tables = {"own": asdict(self.own), "strangers": asdict(self.strangers)}
        return json.dumps({**parts, **tables}, indent=None, separators=(", ", ": ")) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Prior":
        """The prior of such a text.

        Raises:
            ValueError: It is none, or the sizes of its tables do not fit each other.
        """
        try:
            found = json.loads(text)
            own, strangers = (_tables(found[key]) for key in ("own", "strangers"))
            return cls(
                encoder=str(found["encoder"]),
                source=str(found["source"]),
                middle=_unit(found["middle"]),
                own=own,
                strangers=strangers,
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not the tables of a prior: {error!r}") from error


@functools.cache
def standard() -> Prior:
    """Of dlib's network, from lfw-dev."""
    return Prior.from_json(
        resources.files("biometrics").joinpath("prior.json").read_text(encoding="utf-8")
    )


def _log(people: int) -> float:
    return math.log(max(1, people))


def _unit(plain: Any) -> tuple[float, ...]:
    row = tuple(float(number) for number in plain)
    if not abs(math.hypot(*row) - 1) < 0.01:
        raise ValueError("not the tables of a prior: its middle is no unit row")
    return row


def _tables(plain: Any) -> Tables:
    tables = Tables(**{name: _tuples(value) for name, value in plain.items()})
    for name, shape in (
        ("sizes", ()),
        ("starts", ()),
        ("scales", ()),
        ("missed", (3, len(PLACES))),
        ("pairs", (len(PAIR_SHARES),)),
        ("refused", (3, len(PLACES))),
    ):
        values: NDArray[np.float64] = np.array(getattr(tables, name), dtype=np.float64)
        if values.shape != (len(tables.sizes), *shape) or not np.isfinite(values).all():
            raise ValueError(f"not the tables of a prior: {name} has the shape {values.shape}")
    return tables


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
