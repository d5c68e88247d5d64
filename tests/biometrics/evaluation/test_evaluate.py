"""A whole evaluation of small folders with stand-ins, and a short one with real pictures."""

import io
from pathlib import Path
from typing import Any

import pytest

from biometrics.encode import open_encoder
from biometrics.evaluation import evaluate as evaluating
from biometrics.evaluation.acquire import STEPS
from biometrics.evaluation.evaluate import Protocol, Wanted, default_cache, evaluate
from biometrics.evaluation.pairs import PairsUnusable
from tests.biometrics.evaluation.sets import COLOURS, ColourEncoder, looker, paint, small_set


def run(folder: Path, cache: Path, **wanted: Any) -> dict[str, Any]:
    """Evaluates with a detector and an encoder of colours."""
    return evaluate(
        Wanted(folder=folder, cache=cache, **wanted),
        ColourEncoder(),
        io.StringIO(),
        looker_factory=looker,
    )


def test_a_small_set(tmp_path: Path) -> None:
    """Colours are told apart; made pairs in two folds."""
    result = run(small_set(tmp_path / "p"), tmp_path / "c")
    assert "Four pictures" in result["openset"]["skipped"]
    verification = result["verification"]
    assert verification["accuracy"]["mean"] == 1.0
    assert verification["folds"] == 2
    assert verification["changed"]["pairs"] == 12
    assert verification["every_pair"]["impostor"] == 12 * 11 // 2 - 12
    assert result["speed"]["looked_at"] == 12
    assert list(result["speed"]["ms_per_picture"]) == list(STEPS)
    assert all(ms > 0 for ms in result["speed"]["ms_per_picture"].values())
    assert run(tmp_path / "p", tmp_path / "c")["speed"]["kept_from_before"] == 12


@pytest.mark.parametrize("other", ["encoder", "way"])
def test_looks_of_another_encoder_or_way_are_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    """One cache for all: numbers that are not comparable never meet in it."""
    folder = small_set(tmp_path / "p")
    assert run(folder, tmp_path / "c", protocol="openset")["speed"]["looked_at"] == 12
    if other == "way":
        monkeypatch.setattr(evaluating, "WAY", "other views")
    else:
        monkeypatch.setattr(ColourEncoder, "fingerprint", "another/1")
    again = run(folder, tmp_path / "c", protocol="openset")
    assert (again["speed"]["looked_at"], again["speed"]["kept_from_before"]) == (12, 0)


def test_a_list_beside_the_pictures_is_used(tmp_path: Path) -> None:
    """`pairs.txt` of LFW's layout."""
    folder = small_set(tmp_path / "p")
    (folder / "pairs.txt").write_text("1\nAnn 1 2\nAnn 1 Bob 1\nAnn 1 9\n")
    verification = run(folder, tmp_path / "c")["verification"]
    assert (verification["genuine"], verification["impostor"]) == (1, 1)
    assert verification["problems"]["count"] == 1
    with pytest.raises(PairsUnusable):
        run(folder, tmp_path / "c", pairs=tmp_path / "none.txt")


def test_a_limit_keeps_whole_pairs(tmp_path: Path) -> None:
    """Four pictures make pairs of both kinds."""
    result = run(small_set(tmp_path / "p"), tmp_path / "c", limit=4)
    assert result["data"]["pictures"] == 4
    assert result["verification"]["genuine"] >= 1
    assert result["verification"]["left_out_by_limit"] > 0


def test_one_picture_a_person(tmp_path: Path) -> None:
    """The data are reported, and why nothing else is."""
    for name, colour in COLOURS.items():
        paint(tmp_path / "p" / f"{name}.png", colour)
    result = run(tmp_path / "p", tmp_path / "c")
    assert result["data"]["people"] == 4
    assert "Nobody has two pictures" in result["verification"]["skipped"]


def test_a_list_that_is_of_no_use(tmp_path: Path) -> None:
    """Found beside the pictures it is no reason to stop; pairs of one kind are not enough."""
    folder = small_set(tmp_path / "p")
    (folder / "pairs.txt").write_text("hello\n")
    assert "pairs.txt" in run(folder, tmp_path / "c")["verification"]["skipped"]
    (folder / "pairs.txt").write_text("1\nAnn 1 2\n")
    assert "both kinds" in run(folder, tmp_path / "c")["verification"]["skipped"]


@pytest.mark.parametrize("protocol", ["verification", "openset", "calibration"])
def test_only_what_was_asked_for(tmp_path: Path, protocol: Protocol) -> None:
    """One protocol at a time."""
    result = run(small_set(tmp_path / "p"), tmp_path / "c", protocol=protocol)
    assert {*result} & {"verification", "openset", "calibration"} == {protocol}


def test_real_pictures(data_dir: Path, tmp_path: Path) -> None:
    """32 pictures of lfw-dev: most faces are found, and people are told apart."""
    encoder = open_encoder(background=False)
    wanted = Wanted(folder=data_dir / "lfw-dev", cache=tmp_path, limit=32, changed=1)
    result = evaluate(wanted, encoder, io.StringIO())
    encoder.close()
    assert result["data"]["failures_to_acquire"] <= 2
    assert result["verification"]["folds"] == 4
    assert result["verification"]["accuracy"]["mean"] > 0.85
    assert result["encoder"] == encoder.fingerprint
    changed = {row["change"]: row for row in result["verification"]["changed"]["rows"]}
    assert changed["twice the light"]["median_distance"] < 0.45


def test_the_cache_is_the_users() -> None:
    """Never in the project."""
    assert default_cache().name == "evaluation"
    assert Path.cwd() not in default_cache().parents


def test_identification_of_a_small_set(tmp_path: Path) -> None:
    """Two of four people enrolled, the others strangers."""
    result = run(small_set(tmp_path / "p", pictures=4), tmp_path / "c", protocol="openset")
    assert (result["openset"]["enrolled"], result["openset"]["strangers"]) == (2, 2)
