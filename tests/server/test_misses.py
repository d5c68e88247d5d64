"""Misses: many at one place close it, strangers and the unlucky are served, a restart forgets none.

Who tries to feel the way to a template does so in `test_misses_attacked.py`.
"""

import json

import numpy as np
import pytest

from server.held_up import MORE_TRIES, HeldUp
from server.miss_flow import MOST, MOST_TOLD_LATE
from server.misses import (
    FORGOTTEN_IN_S,
    FREE,
    OPENINGS_KEPT_S,
    OVER_ALL,
    PER_CHECKPOINT,
    PLACES,
    Misses,
)
from tests.biometrics.support import MadeUpPeople, Population
from tests.server.wire import face, sketch

KEY = b"k" * 32


class Clock:
    """Seconds since the epoch that go where they are told to."""

    def __init__(self) -> None:
        self.now_s = 1_760_000_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now_s


def make(clock: Clock | None = None, **options: int) -> tuple[Misses, Clock]:
    """An empty count and its clock."""
    clock = clock or Clock()
    return Misses(KEY, 128, now_s=clock, **options), clock


def miss(misses: Misses, times: int, *, at: str = "gate", seed: int = 1) -> list[bool]:
    """Misses near one face, each another capture; which of them closed the place."""
    probes = [face(seed, noise=0.1, noise_seed=number) for number in range(times)]
    return [misses.missed(sketch(misses, probe), at) for probe in probes]


def test_a_place_is_closed_at_the_limit_and_told_once() -> None:
    """Not one miss sooner; for everybody who comes near it, and nobody else."""
    misses, _ = make()
    assert not any(miss(misses, PER_CHECKPOINT - 1))
    assert not misses.closed(sketch(misses, face(1)), "gate")
    assert miss(misses, 3) == [True, False, False]
    assert misses.closed(sketch(misses, face(1)), "gate")
    assert not misses.closed(sketch(misses, face(2)), "gate")
    assert not misses.closed(sketch(misses, face(1, noise=0.6)), "gate")


def test_another_checkpoint_is_not_closed() -> None:
    """Whoever had no part in it: the person whose face it is can go elsewhere."""
    misses, _ = make()
    miss(misses, PER_CHECKPOINT)
    assert not misses.closed(sketch(misses, face(1)), "gate-2")


def test_over_all_checkpoints_together() -> None:
    """Trying a little at each of many is closed at all of them, and at no other."""
    misses, _ = make()
    doors = [f"gate-{number}" for number in range(8)]
    for door in doors:
        miss(misses, int(FREE) + OVER_ALL // 8 + 1, at=door)
    assert all(misses.closed(sketch(misses, face(1)), door) for door in doors)
    assert not misses.closed(sketch(misses, face(1)), "gate-9")


def test_it_opens_again() -> None:
    """Ten minutes a miss: after the last one at most 70 minutes, however long it was tried."""
    misses, clock = make()
    miss(misses, PER_CHECKPOINT)
    clock.now_s += FORGOTTEN_IN_S + 1
    assert not misses.closed(sketch(misses, face(1)), "gate")
    miss(misses, 500)
    clock.now_s += 3_600
    assert misses.closed(sketch(misses, face(1)), "gate")
    clock.now_s += 600
    assert not misses.closed(sketch(misses, face(1)), "gate")


def test_what_is_held_up_is_told_and_opened_for_ten_tries() -> None:
    """By hand: at once, for a few tries, no other checkpoint's, and it is remembered."""
    misses, _ = make()
    miss(misses, PER_CHECKPOINT + 2)
    assert misses.held_up("gate") == HeldUp(1, 3 * FORGOTTEN_IN_S, 0)
    assert misses.held_up("gate-2") == HeldUp()
    assert misses.open("gate-2") == HeldUp()
    assert misses.closed(sketch(misses, face(1)), "gate")
    assert misses.open("gate") == HeldUp(1, 3 * FORGOTTEN_IN_S, 1)
    assert misses.held_up("gate") == HeldUp()
    assert miss(misses, MORE_TRIES) == [False] * (MORE_TRIES - 1) + [True]
    assert misses.closed(sketch(misses, face(1)), "gate")
    assert misses.held_up("gate").opened == 1
    assert misses.open("gate").opened == 2
    assert not misses.closed(sketch(misses, face(1)), "gate")


def test_openings_are_remembered_for_a_day_over_a_restart() -> None:
    """Also when every miss is forgotten: whoever is let try daily is not counted together."""
    misses, clock = make()
    miss(misses, PER_CHECKPOINT)
    misses.open("gate")
    clock.now_s += OPENINGS_KEPT_S - 3600
    data = misses.to_bytes()
    assert data is not None
    again, _ = make(clock)
    assert again.from_bytes(data) == 1
    miss(again, PER_CHECKPOINT)
    assert again.held_up("gate").opened == 1
    again.open("gate")
    clock.now_s += OPENINGS_KEPT_S + 1
    miss(again, PER_CHECKPOINT)
    assert again.held_up("gate").opened == 0


def test_what_an_earlier_version_kept_has_no_openings() -> None:
    """Its places count as before."""
    misses, clock = make()
    miss(misses, PER_CHECKPOINT)
    document = json.loads(misses.to_bytes() or b"")
    for key in ("opened", "opened_at_s"):
        del document["places"][0][key]
    again, _ = make(clock)
    assert again.from_bytes(json.dumps(document).encode()) == 1
    assert again.held_up("gate") == HeldUp(1, FORGOTTEN_IN_S, 0)


@pytest.mark.parametrize("doors", [2, 3, 8, 40])
def test_a_place_closed_over_all_is_opened_over_all(doors: int) -> None:
    """For a visitor the checkpoint matters, not the sum: and few tries are added to the sum."""
    misses, _ = make()
    names = [f"gate-{number}" for number in range(doors)]
    for door in names:
        miss(misses, int(FREE) + -(-OVER_ALL // doors), at=door)
    assert misses.held_up(names[0]).wait_s > 0
    assert misses.open(names[0]).places == 1
    assert not any(misses.closed(sketch(misses, face(1)), door) for door in names)
    more = 0
    while not misses.closed(sketch(misses, face(1)), names[0]):
        misses.missed(sketch(misses, face(1)), names[more % doors])
        more += 1
        assert more <= 14, "ten, four more at most where two share it"


def test_a_clock_that_jumps_back_keeps_it_closed() -> None:
    """F11: an hour back is no way round, and nothing breaks."""
    misses, clock = make()
    miss(misses, PER_CHECKPOINT)
    clock.now_s -= 3_600
    assert misses.closed(sketch(misses, face(1)), "gate")
    miss(misses, 1)
    clock.now_s += 3_601
    assert not misses.closed(sketch(misses, face(1)), "gate")


def test_a_thousand_strangers_an_hour_are_all_served() -> None:
    """As near to each other as dlib's people are: a place is a face, no crowd."""
    misses, clock = make()
    people = MadeUpPeople(3)
    closed = 0
    for _ in range(1_000):
        probe = people.picture(people.person())
        closed += misses.closed(sketch(misses, probe), "gate")
        misses.missed(sketch(misses, probe), "gate")
        clock.now_s += 3.6
    assert closed == 0


def test_twenty_doors_with_a_thousand_strangers_an_hour_each() -> None:
    """Over all checkpoints together too; 4,000 of them."""
    misses, clock = make()
    people = Population(12)
    closed = 0
    for number in range(4_000):
        probe, door = people.picture(people.person()), f"gate-{number % 20}"
        closed += misses.closed(sketch(misses, probe), door)
        misses.missed(sketch(misses, probe), door)
        clock.now_s += 0.18
    assert closed == 0


def test_a_crowd_of_look_alikes_is_served() -> None:
    """24 directions alone carry who they are: neighbours are as common as in a site's gallery."""
    misses, clock = make()
    people = Population(5)
    closed = 0
    for number in range(1_000):
        probe = people.picture(people.person())
        closed += misses.closed(sketch(misses, probe), f"gate-{number % 3}")
        misses.missed(sketch(misses, probe), f"gate-{number % 3}")
        clock.now_s += 3.6
    assert closed == 0


def test_who_is_missed_five_times_is_served() -> None:
    """Somebody enrolled, unlucky with the light: the sixth try is looked at like the first."""
    misses, clock = make()
    people = MadeUpPeople(4)
    person = people.person()
    for _ in range(5):
        assert not misses.closed(sketch(misses, people.picture(person)), "gate")
        misses.missed(sketch(misses, people.picture(person)), "gate")
        clock.now_s += 4
    assert not misses.closed(sketch(misses, people.picture(person)), "gate")


def test_pictures_of_one_person_are_one_place() -> None:
    """Somebody who is not enrolled and tries all day is told so, not 500 times "unknown"."""
    misses, clock = make()
    people = MadeUpPeople(6)
    person = people.person()
    served = 0
    for _ in range(60):
        probe = people.picture(person)
        served += not misses.closed(sketch(misses, probe), "gate")
        misses.missed(sketch(misses, probe), "gate")
        clock.now_s += 4
    # Pictures lie about as far from each other as a place is wide: a second place may be begun.
    assert PER_CHECKPOINT <= served <= 2 * PER_CHECKPOINT + 5


def test_strangers_do_not_push_a_place_out() -> None:
    """A flood of other faces makes room among those with one miss."""
    misses, clock = make(places=64)
    miss(misses, PER_CHECKPOINT)
    for seed in range(1_000):
        clock.now_s += 0.01
        misses.missed(sketch(misses, face(1_000 + seed)), "gate")
    assert misses.closed(sketch(misses, face(1)), "gate")
    assert len(misses._places) == 64


def test_r6_whoever_fills_the_table_to_have_a_place_forgotten_is_closed_altogether(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """R6: no flood of closed places buys new tries at an old one; other checkpoints go on."""
    monkeypatch.setattr("server.misses.FLOODED", 8)
    misses, clock = make(places=16)
    miss(misses, PER_CHECKPOINT)
    answered = 0
    for seed in range(100, 150):
        for number in range(PER_CHECKPOINT + 3):
            clock.now_s += 0.01
            probe = face(seed, noise=0.1, noise_seed=number)
            answered += not misses.closed(sketch(misses, probe), "gate")
            misses.missed(sketch(misses, probe), "gate")
    assert answered == 7 * PER_CHECKPOINT
    assert misses.held_up("gate").places == 8
    assert misses.closed(sketch(misses, face(1)), "gate")
    assert misses.closed(sketch(misses, face(99_999)), "gate"), "nobody at all is named there"
    assert not misses.closed(sketch(misses, face(99_999)), "gate-2")
    clock.now_s += 2 * FORGOTTEN_IN_S
    assert not misses.closed(sketch(misses, face(99_999)), "gate")


def test_r6_places_that_stay_open_buy_no_forgotten_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """R6: all places taken by two misses each, a try is the first to be forgotten by the next one.

    So a checkpoint misses no more often than leaves places of others: then nobody is named there.
    """
    places, most = 64, 15
    monkeypatch.setattr("server.misses.MOST", most)
    misses, clock = make(places=places)
    told = answered = others = 0
    for number in range(3_000):
        clock.now_s += 0.1
        at_victim = number > 2 * places and number % 2
        seed = 1 if at_victim else 1_000 + number // 2 % (4 * places)
        probe = sketch(misses, face(seed, noise=0.1, noise_seed=number))
        if not (misses.closed(probe, "gate") or misses.spent("gate")):
            answered += bool(at_victim)
            others += not at_victim
        told += misses.missed(probe, "gate")
    assert answered < PER_CHECKPOINT
    assert answered + others <= most * (1 + 300 / FORGOTTEN_IN_S)
    assert told == 1, "an alarm, and not one for each"
    assert not misses.spent("gate-2")
    assert 2 * 2 * (MOST + MOST_TOLD_LATE) < PLACES, "two checkpoints together"


def test_memory_is_bounded() -> None:
    """Names of checkpoints and places without end."""
    misses, _ = make(places=16)
    for number in range(300):
        misses.missed(sketch(misses, face(1)), f"gate-{number}")
        misses.missed(sketch(misses, face(number)), "gate")
    assert len(misses._places) == 16
    assert max(len(p.by_checkpoint) for p in misses._places if p is not None) <= 64
    big = Misses(KEY, 128)
    held = big._sketches.nbytes + big._ranks.nbytes
    assert held < 600_000
    assert len(big._places) == PLACES


def test_a_restart_forgets_none() -> None:
    """What was closed is closed; time went on meanwhile."""
    misses, clock = make()
    assert misses.to_bytes() is None
    miss(misses, PER_CHECKPOINT + 3)
    misses.missed(sketch(misses, face(2)), "gate")
    data = misses.to_bytes()
    assert data is not None
    assert misses.to_bytes() is None
    assert len(json.loads(data)["places"]) == 1, "single misses are not worth a file"
    again, _ = make(clock)
    assert again.from_bytes(data) == 1
    assert again.closed(sketch(again, face(1)), "gate")
    clock.now_s += 4 * FORGOTTEN_IN_S + 1
    late, _ = make(clock)
    late.from_bytes(data)
    assert not late.closed(sketch(late, face(1)), "gate")


def test_another_key_or_face_model_says_nothing_here() -> None:
    """Sketches of other directions are left out, not taken for places."""
    misses, clock = make()
    miss(misses, PER_CHECKPOINT)
    data = misses.to_bytes()
    assert data is not None
    assert Misses(b"o" * 32, 128, now_s=clock).from_bytes(data) == 0
    assert Misses(KEY, 512, now_s=clock).from_bytes(data) == 0


@pytest.mark.parametrize(
    "broken",
    [
        {"sketch": "zz"},
        {"sketch": "00"},
        {"at_s": -1},
        {"at_s": "long ago"},
        {"by_checkpoint": {"gate": float("inf")}},
        {"by_checkpoint": [1]},
        {"opened": -1},
        {"opened": 0.5},
        {"opened_at_s": "never"},
    ],
)
def test_a_file_that_is_none_is_refused(broken: dict[str, object]) -> None:
    """Nothing of it is taken."""
    misses, _ = make()
    miss(misses, PER_CHECKPOINT)
    document = json.loads(misses.to_bytes() or b"")
    document["places"][0] |= broken
    fresh, _ = make()
    with pytest.raises(ValueError, match=r"."):
        fresh.from_bytes(json.dumps(document).encode())
    assert not fresh.closed(sketch(fresh, face(1)), "gate")


def test_a_sketch_is_no_face() -> None:
    """512 signs: without the key's directions they lead nowhere near the face."""
    misses, _ = make()
    misses.missed(sketch(misses, face(1)), "gate")
    signs = np.unpackbits(misses._sketches[:, 0].copy().view(np.uint8)).astype(np.float64) * 2 - 1
    others = np.random.default_rng(7).normal(size=(512, 128))
    guess = signs @ others
    guess /= np.linalg.norm(guess)
    assert float(np.linalg.norm(guess - face(1) / np.linalg.norm(face(1)))) > 1.0
