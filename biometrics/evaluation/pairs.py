"""Pairs of pictures to compare: read from LFW's pairs.txt, or made from a folder."""

import itertools
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from biometrics.evaluation.samples import Dataset, printable

MADE_FOLDS = 10
MADE_PAIRS = 300
"""Genuine pairs a made fold holds at most, and as many impostor pairs: as in View 2 of LFW."""


class PairsUnusable(Exception):  # noqa: N818 - named for what happened
    """Raised when a list of pairs cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures, by their place in `Dataset.samples`, and whether they show one person."""

    left: int
    right: int
    same: bool


@dataclass(frozen=True, slots=True)
class PairList:
    """Pairs in folds.

    Args:
        folds: No person is in two folds.
        origin: Where they come from, for the report.
        problems: A sentence about each pair that cannot be compared.
        left_out: Pairs left out since their pictures are not looked at.
    """

    folds: tuple[tuple[Pair, ...], ...]
    origin: str
    problems: tuple[str, ...] = ()
    left_out: int = 0

    @property
    def pictures(self) -> list[int]:
        """Places of the pictures in need, those of all folds and kinds mixed, each once."""
        lists = [
            [pair for pair in fold if pair.same is same]
            for fold in self.folds
            for same in (True, False)
        ]
        mixed = itertools.chain.from_iterable(itertools.zip_longest(*lists))
        places = ((pair.left, pair.right) for pair in mixed if pair is not None)
        return list(dict.fromkeys(itertools.chain.from_iterable(places)))


def read_pairs(path: Path, dataset: Dataset) -> PairList:
    """Pairs of a file in LFW's format: `NAME 1 2` and `NAME 1 OTHER 2`, separated by tabs.

    The first line holds the number of folds and of pairs of a kind in each, or that of pairs
    alone. Lines that cannot be used are named and left out.

    Raises:
        PairsUnusable: Not such a file, or not a pair of it can be compared.
    """
    called = printable(path.name)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise PairsUnusable(f"{called} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise PairsUnusable(f"{called} cannot be read: it is not text.") from error
    head = lines[0].split() if lines else []
    if len(head) not in (1, 2) or not all(word.isdigit() and int(word) > 0 for word in head):
        raise PairsUnusable(f"{called} does not begin with LFW's numbers of folds and pairs.")
    size = int(head[-1])
    places = _places(dataset)
    problems: list[str] = []
    folds: dict[int, list[Pair]] = defaultdict(list)
    for number, line in enumerate((line for line in lines[1:] if line.strip()), start=0):
        try:
            pair = _pair(line, places)
            folds[number // (2 * size)].append(pair)
        except PairsUnusable as error:
            problems.append(f"{called}, line {number + 2}: {error}")
    if not folds:
        first = f" {problems[0]}" if problems else ""
        raise PairsUnusable(f"Not a pair of {called} can be compared.{first}")
    listed = tuple(tuple(folds[key]) for key in sorted(folds))
    return PairList(listed, f"{called}: {len(listed)} folds", tuple(problems))


def make_pairs(dataset: Dataset, *, seed: int = 0) -> PairList:
    """Pairs of a folder without a list, in folds that share no person; the same every time.

    Raises:
        PairsUnusable: Nobody has two pictures, or there is one person only.
    """
    chance = random.Random(seed)  # noqa: S311 - picks pairs, keeps no secrets
    people: dict[str, list[int]] = defaultdict(list)
    for place, sample in enumerate(dataset.samples):
        people[sample.person].append(place)
    if len(people) < 2:
        raise PairsUnusable("Two people are needed to compare different people.")
    if all(len(places) < 2 for places in people.values()):
        raise PairsUnusable("Nobody has two pictures: the same person cannot be compared.")
    # Those with several pictures are dealt first, so that every fold has genuine pairs.
    many = [name for name in people if len(people[name]) > 1]
    few = [name for name in people if len(people[name]) == 1]
    chance.shuffle(many)
    chance.shuffle(few)
    count = max(1, min(MADE_FOLDS, len(many), len(people) // 2))
    dealt = [(many + few)[first::count] for first in range(count)]
    folds = tuple(_made_fold([people[name] for name in names], chance) for names in dealt)
    return PairList(folds, f"made from the folder: {len(folds)} folds that share no person")


def _made_fold(people: Sequence[Sequence[int]], chance: random.Random) -> tuple[Pair, ...]:
    genuine = [pair for places in people for pair in itertools.combinations(places, 2)]
    genuine = chance.sample(genuine, min(MADE_PAIRS, len(genuine)))
    impostor: set[tuple[int, int]] = set()
    for _ in range(20 * len(genuine)):  # small folds run out of different pairs
        first, second = chance.sample(range(len(people)), 2)
        impostor.add(
            (chance.choice(people[min(first, second)]), chance.choice(people[max(first, second)]))
        )
        if len(impostor) >= len(genuine):
            break
    return tuple(
        [Pair(left, right, same=True) for left, right in genuine]
        + [Pair(left, right, same=False) for left, right in sorted(impostor)]
    )


def _places(dataset: Dataset) -> dict[str, int]:
    """Where the picture NAME_0001 is, whatever its folder and ending."""
    return {sample.path.stem: place for place, sample in enumerate(dataset.samples)}


def _pair(line: str, places: dict[str, int]) -> Pair:
    words = line.split("\t") if "\t" in line else line.split()
    if len(words) == 3:
        names = [(words[0], words[1]), (words[0], words[2])]
    elif len(words) == 4:
        names = [(words[0], words[1]), (words[2], words[3])]
    else:
        raise PairsUnusable("is not NAME 1 2 or NAME 1 OTHER 2.")
    if not all(number.strip().isdigit() for _, number in names):
        raise PairsUnusable("a picture's number is not a number.")
    stems = [f"{name.strip()}_{int(number):04d}" for name, number in names]
    missing = [stem for stem in stems if stem not in places]
    if missing:
        raise PairsUnusable(f"there is no picture {printable(missing[0])}.")
    return Pair(places[stems[0]], places[stems[1]], same=len(words) == 3)


def covered(pairs: PairList, wanted: Iterable[int]) -> PairList:
    """The pairs whose pictures are both among `wanted`, and how many are left out."""
    there = set(wanted)
    folds = tuple(
        tuple(pair for pair in fold if pair.left in there and pair.right in there)
        for fold in pairs.folds
    )
    left_out = sum(map(len, pairs.folds)) - sum(map(len, folds))
    return PairList(tuple(fold for fold in folds if fold), pairs.origin, pairs.problems, left_out)
