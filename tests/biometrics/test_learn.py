"""Learning the tables again, from a population that is known."""

import numpy as np
import pytest

from biometrics.gallery import unit_length
from biometrics.learn import draw, learn
from biometrics.prior import PLACES, Prior
from tests.biometrics.support import Population


@pytest.fixture(scope="module")
def people() -> dict[str, list[np.ndarray]]:
    """160 people, most with four pictures."""
    population = Population(5)
    made = {}
    for number in range(160):
        mean = population.person()
        pictures = 1 if number % 4 == 0 else 4
        made[f"p{number}"] = [unit_length(population.picture(mean)) for _ in range(pictures)]
    return made


def test_tables_of_a_known_population(people: dict[str, list[np.ndarray]]) -> None:
    """They are whole, the same again, and say what is so."""
    told: list[tuple[int, int]] = []
    found = learn(
        people,
        encoder="e",
        source="made up",
        sizes=(5, 40),
        draws=6,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert Prior.from_json(found.to_json()) == found
    everybody = [np.mean(rows, axis=0) for rows in people.values()]
    assert found.middle == pytest.approx(unit_length(np.mean(everybody, axis=0)), abs=0.01)
    assert found.own.starts[0] < found.own.starts[1]
    assert all(0 < scale < 0.05 for scale in found.own.scales)
    for table in (found.own.missed, found.own.refused, found.strangers.missed):
        rows = np.array(table)
        assert rows.shape == (2, 3, len(PLACES))
        assert (np.diff(rows, axis=2) >= 0).all()
        assert (rows[:, 0, -1] >= rows[:, 2, -1]).all()
    pairs = np.array(found.own.pairs)
    assert (np.diff(pairs, axis=1) > 0).all()


def test_a_draw_parts_the_people(people: dict[str, list[np.ndarray]]) -> None:
    """Nobody is enrolled and a stranger; the picture left is none of those enrolled."""
    chance = np.random.default_rng(1)
    gallery, left, others = draw(people, 130, chance)
    assert len(gallery) == 130
    names = {person.subject_id for person in gallery.people}
    assert names | set(others) == set(people)
    assert not names & set(others)
    assert sum(len(person.templates) == 1 for person in gallery.people) == 10
    assert len(left) == 120
    for row, encoding in left:
        assert len(gallery.people[row].templates) == 3
        assert max(float(t.encoding @ encoding) for t in gallery.people[row].templates) < 0.999999


def test_too_few_people(people: dict[str, list[np.ndarray]]) -> None:
    """Half of them must be left to be strangers."""
    with pytest.raises(ValueError, match="too few"):
        learn(people, encoder="e", source="s", sizes=(100,))
