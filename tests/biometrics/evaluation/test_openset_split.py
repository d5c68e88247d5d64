"""Who is enrolled, searched and a stranger."""

from dataclasses import replace
from pathlib import Path

from biometrics.evaluation.acquire import Acquired
from biometrics.evaluation.openset_split import divide
from biometrics.evaluation.samples import Sample
from tests.biometrics.evaluation.sets import at, item


def people(**pictures: int) -> list[Acquired]:
    """So many pictures of each."""
    return [item(name, n, at(10 * n)) for name, count in pictures.items() for n in range(count)]


def test_three_enrolled_one_searched_the_rest_strangers() -> None:
    """The gallery is filled up with people who have two, to half of the people."""
    division = divide(people(Ann=5, Bob=4, Cem=2, Dee=1, Eve=1, Fay=1), seed=0)
    assert sorted(len(pictures) for pictures in division.enrolled) == [2, 3, 3]
    assert len(division.searched) == 2
    assert {probe[0].sample.person for probe in division.strangers} == {"Dee", "Eve", "Fay"}
    for place, probe in division.searched:
        own = division.enrolled[place]
        assert {i.sample.person for i in own} == {probe[0].sample.person}
        assert not {i.sample.shown for i in own} & {i.sample.shown for i in probe}


def test_two_pictures_of_a_search() -> None:
    """Five are needed then, and strangers need two."""
    division = divide(people(Ann=5, Bob=4, Cem=2, Dee=1), seed=0, probes=2)
    assert [len(probe) for _, probe in division.searched] == [2]
    assert all(len(probe) == 2 for probe in division.strangers)


def test_the_seed_decides() -> None:
    """The same again, and another division with another seed."""
    everybody = people(**{f"P{n}": 4 for n in range(12)})

    def chosen(seed: int) -> list[str]:
        division = divide(everybody, seed=seed)
        return [pictures[0].sample.shown for pictures in division.enrolled]

    assert chosen(1) == chosen(1)
    assert chosen(1) != chosen(2)


def test_the_gallery_has_its_size() -> None:
    """No more than asked for; who is left over is a stranger."""
    division = divide(people(**{f"P{n}": 4 for n in range(10)}), seed=0, people=2)
    assert (len(division.enrolled), len(division.strangers)) == (2, 8)


def test_a_file_twice_counts_once() -> None:
    """Or the search would find the very picture that is enrolled."""
    items = people(Ann=4, Bob=1)
    again = [
        replace(one, sample=Sample(Path("x"), f"Ann/c{n}", "Ann"))
        for n, one in enumerate(items[:4])
    ]
    division = divide([*items, *again], seed=0)
    assert sum(map(len, division.enrolled)) + sum(len(p) for _, p in division.searched) == 4


def test_strangers_with_fewer_pictures() -> None:
    """Searched with what there is, where that is asked for."""
    everybody = people(Ann=5, Bob=4, Cem=2, Dee=1)
    division = divide(everybody, seed=0, probes=2, least=1)
    assert sorted(len(probe) for probe in division.strangers) == [1, 2]


def test_lone_pictures_fill_a_gallery_where_allowed() -> None:
    """After everybody who has more."""
    everybody = people(Ann=2, Bob=1, Cem=1, Dee=1)
    assert len(divide(everybody, seed=0).enrolled) == 1
    division = divide(everybody, seed=0, lone=True)
    assert [len(pictures) for pictures in division.enrolled] == [2, 1]
    assert len(division.strangers) == 2
