"""What an evaluation teaches about a network: learnt, kept beside it, another's refused."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biometrics.calibration import (
    FEWEST_PEOPLE,
    SHARES,
    Calibration,
    CalibrationUnusable,
    beside,
    calibrate_network,
)
from biometrics.faces import Encoding

WIDTH = 128


def crowd(count: int, *, pictures: int = 3, seed: int = 0) -> dict[str, list[Encoding]]:
    """People far apart; the encodings of one at a cosine of about 0.6."""
    chance = np.random.default_rng(seed)
    people: dict[str, list[Encoding]] = {}
    for number in range(count):
        who = np.zeros(WIDTH)
        who[:60] = chance.normal(size=60) / np.sqrt(60)
        noise = chance.normal(size=(pictures, WIDTH)) * 0.8 / np.sqrt(WIDTH)
        people[f"p{number}"] = list(who + noise)
    return people


@pytest.fixture(scope="module")
def made() -> Calibration:
    """Of 300 people."""
    return calibrate_network(crowd(300, pictures=4), encoder="own/1", source="a crowd")


def test_it_says_what_others_measure(made: Calibration) -> None:
    """Distances of strangers, the tail by size of gallery, distances of people to themselves."""
    others = crowd(400, pictures=4, seed=1)
    rows = np.array([encodings[0] for encodings in others.values()])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    distances = np.sqrt(2 - 2 * (rows @ rows.T)[np.triu_indices(400, 1)])
    for share, near in zip(SHARES[:3], made.near[:3], strict=True):
        assert (distances <= near).mean() == pytest.approx(share, rel=0.5)
    assert list(made.near) == sorted(made.near, reverse=True)
    assert made.sizes == (1, 2, 3, 5, 10, 20, 50, 100)
    assert list(made.starts) == sorted(made.starts), "the more people, the nearer the nearest"
    nearest = (rows[100:] @ rows[:100].T).max(axis=1)
    assert (nearest >= made.start(100)).mean() == pytest.approx(0.05, abs=0.05)
    assert made.start(70) < made.start(100) == made.start(100_000)
    one, two, three = made.missed(0.9)
    assert one > two > three
    assert made.missed(0.0).tolist() == [1, 1, 1]
    assert made.missed(2.0).tolist() == [0, 0, 0]
    assert 1.0 < made.off_centre < 1.5


def test_it_comes_back_as_it_was_kept(made: Calibration, tmp_path: Path) -> None:
    """Beside the network's file; no file is no calibration."""
    path = beside(tmp_path / "own.onnx")
    assert path == tmp_path / "own.onnx.calibration.json"
    assert Calibration.read(path, "own/1") is None
    made.write(path)
    assert Calibration.read(path, "own/1") == made
    assert "p1" not in path.read_text(encoding="utf-8"), "nobody's name or encoding is in it"


def test_another_networks_is_refused(made: Calibration, tmp_path: Path) -> None:
    """Its distances mean something else."""
    made.write(tmp_path / "c.json")
    with pytest.raises(CalibrationUnusable, match=r"c\.json belongs to another face model"):
        Calibration.read(tmp_path / "c.json", "own/2")


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another format": lambda plain: plain.update(format=2),
    "something missing": lambda plain: plain.pop("starts"),
    "a list too short": lambda plain: plain["near"].pop(),
    "sizes that do not fit": lambda plain: plain["sizes"].append(5_000),
    "sizes in no order": lambda plain: plain["sizes"].reverse(),
    "no size": lambda plain: plain.update(sizes=[], starts=[], scales=[]),
    "a size of zero": lambda plain: plain["sizes"].__setitem__(0, 0),
    "a scale of zero": lambda plain: plain["scales"].__setitem__(0, 0.0),
    "a distance beyond all": lambda plain: plain["near"].__setitem__(0, 2.5),
    "no number": lambda plain: plain["near"].__setitem__(0, "near"),
    "not a number": lambda plain: plain["starts"].__setitem__(0, float("nan")),
    "infinite": lambda plain: plain.update(off_centre=float("inf")),
    "own distances in no order": lambda plain: plain["own"][0].reverse(),
    "too few samples": lambda plain: plain["own"].pop(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_damaged_one_is_refused(made: Calibration, tmp_path: Path, change: str) -> None:
    """A threshold from it could name anybody: the sentence says what to do."""
    plain = json.loads(json.dumps({"format": 1, **asdict(made)}))
    CHANGES[change](plain)
    (tmp_path / "c.json").write_text(json.dumps(plain))
    with pytest.raises(CalibrationUnusable, match="calibrate again, or remove the file"):
        Calibration.read(tmp_path / "c.json", "own/1")


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[]", b"null", b"{", b"[" * 100_000, b" " * (1 << 21)]
)
def test_what_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    """Texts of every kind, and what is far too large."""
    (tmp_path / "c.json").write_bytes(content)
    with pytest.raises(CalibrationUnusable, match=r"c\.json"):
        Calibration.read(tmp_path / "c.json", "own/1")


def test_too_few_people_teach_nothing() -> None:
    """The sentence says how many there are and how many are needed."""
    with pytest.raises(CalibrationUnusable, match=r"99 people .* 99 of them .* 100 and 20"):
        calibrate_network(crowd(FEWEST_PEOPLE - 1), encoder="e", source="s")
    with pytest.raises(CalibrationUnusable, match="0 of them"):
        calibrate_network(crowd(FEWEST_PEOPLE, pictures=1), encoder="e", source="s")
    some = {**crowd(FEWEST_PEOPLE, pictures=1), **{f"q{k}": v for k, v in crowd(20).items()}}
    found = calibrate_network(some, encoder="e", source="s")
    assert found.own[0] != found.own[1] == found.own[2], "nobody has four pictures"
