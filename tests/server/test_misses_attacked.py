"""R6: the real attacks on a template, against the real service, with its back-off and without.

A made-up population as near to each other as dlib's people, and a policy fitted on it. The attacker
holds a paired checkpoint and the encoding of a look-alike, and learns from the answers alone. Each
attack is also run where it works, so that its failing here says something.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.gallery import Gallery, unit_length
from protocol.errors import Code
from server.decision import Decision
from server.misses import Misses
from server.recognition import Caller, RecognitionService
from server.refusals import Refused
from server.replays import Replays
from server.suspicion import Suspicion
from tests.biometrics.support import ENCODER, Population, made_person
from tests.server.test_recognition import Journal, answered
from tests.server.wire import identify

KEY = b"k" * 32
GATE = Caller("gate-1", "Gate 1", ENCODER)
VICTIM = "victim"
OFF = 0.61
"""How far the look-alike is from the template: farther than what must not be recovered."""

KNOWN = 5
"""Directions in which the attacker knows the faces to differ, by some other way."""

Vector = NDArray[np.float64]


@dataclass(slots=True)
class Told:
    """What came of one query: whether it was the victim, or no answer."""

    hit: bool
    refused: bool


class Target:
    """The service with somebody's template in it, and what an attacker holds."""

    def __init__(self, *, guarded: bool, openings: int = 0) -> None:
        self.openings = openings
        population = Population(8)
        people = population.people([population.person() for _ in range(60)])
        mean = population.person()
        victim = made_person(VICTIM, *[population.picture(mean) for _ in range(3)])
        gallery = Gallery.of([*people, victim], ENCODER)
        self.template = unit_length(victim.fused())
        self.now_s = 1_760_000_000.0
        self.misses = 0
        self.misses_before_refusal: int | None = None
        self.journal = Journal()
        self._service = RecognitionService(lambda: gallery, self.journal)
        self._service.use(Decision(lambda: 10).fitted)
        misses = Misses(KEY, 128, now_s=lambda: self.now_s)
        self._guard = Suspicion(Replays(KEY), misses)
        if guarded:
            self._service.watch(self._guard)
        chance = np.random.default_rng(31)
        basis = np.linalg.qr(np.column_stack([self.template, chance.normal(size=(128, KNOWN))]))[
            0
        ].T[1:]
        aside = unit_length(chance.normal(size=KNOWN) @ basis)
        angle = 2 * np.arcsin(OFF / 2)
        self.look_alike = np.cos(angle) * self.template + np.sin(angle) * aside
        self.known = np.vstack([aside, basis[: KNOWN - 1]])
        # Turned, so that no direction of the attacker's is the right one.
        self.known = np.linalg.qr(self.known.T)[0].T
        self.known = np.linalg.qr(chance.normal(size=(KNOWN, KNOWN)))[0] @ self.known

    def ask(self, probe: Vector) -> Told:
        """One event at the attacker's checkpoint; ten seconds pass."""
        self.now_s += 0.05
        try:
            answer = answered(self._service, identify(probe * 1.4), GATE)
        except Refused as refused:
            if refused.code is not Code.TOO_MANY_TRIES:
                raise
            if self.misses_before_refusal is None:
                self.misses_before_refusal = self.misses
            if self.openings:
                self.openings -= 1
                self._guard.let_try_again(GATE.checkpoint_id)
            return Told(hit=False, refused=True)
        hit = answer.subject_id == VICTIM
        self.misses += not hit
        return Told(hit=hit, refused=False)

    def error(self, recovered: Vector) -> float:
        """How far what was recovered is from the template."""
        return float(np.linalg.norm(unit_length(recovered) - self.template))


def trilaterate(start: Vector, distance: Callable[[Vector], float], *, step: float) -> Vector:
    """129 queries round a start: from |t - p|^2 the products t.p, from those the template."""
    probes = [start, *(unit_length(start + step * axis) for axis in np.eye(128))]
    products = [1 - distance(probe) ** 2 / 2 for probe in probes]
    solved: Vector = np.linalg.lstsq(np.array(probes), np.array(products), rcond=None)[0]
    return solved


def walk(target: Target, *, queries: int) -> Vector:
    """Searches for a probe that gets the victim's name, then walks along the boundary.

    Each step of the walk finds where the name ends on a line both ways: its middle is nearer.
    """
    chance = np.random.default_rng(5)
    left = queries
    at = target.look_alike
    found = target.ask(at).hit
    while left > 0 and not found:
        left -= 1
        trial = unit_length(at + 0.30 * unit_length(chance.normal(size=KNOWN) @ target.known))
        if target.ask(trial).hit:
            at, found = trial, True
    while found and left >= 24:
        line = unit_length(chance.normal(size=KNOWN) @ target.known)
        ends = []
        for side in (1.0, -1.0):
            inside, outside = 0.0, 1.0
            for _ in range(6):
                left -= 1
                middle = (inside + outside) / 2
                probe = unit_length(at + side * middle * line)
                if target.ask(probe).hit:
                    inside = middle
                else:
                    outside = middle
            ends.append(side * inside)
        at = unit_length(at + sum(ends) / 2 * line)
    return at


def test_r6_trilateration_works_where_distances_are_told() -> None:
    """The attack itself: 129 full-precision distances are the template."""
    target = Target(guarded=True)
    recovered = trilaterate(
        target.look_alike,
        lambda probe: float(np.linalg.norm(probe - target.template)),
        step=0.2,
    )
    assert target.error(recovered) < 1e-6


@pytest.mark.parametrize("step", [0.05, 0.2, 0.28])
def test_r6_trilateration_is_throttled_and_recovers_nothing(step: float) -> None:
    """R6: refused before 50 failures; what can be made of yes and no is no nearer than before."""
    target = Target(guarded=True)

    def guess(probe: Vector) -> float:
        return 0.35 if target.ask(probe).hit else 0.65

    recovered = trilaterate(target.look_alike, guess, step=step)
    assert target.misses_before_refusal is not None
    assert target.misses_before_refusal < 50
    assert target.error(recovered) > 0.6


def test_r6_trilateration_from_afar_recovers_nothing() -> None:
    """R6: probes so far apart are strangers to the back-off; their answers are worth nothing."""
    target = Target(guarded=True)
    recovered = trilaterate(
        target.look_alike, lambda probe: 0.35 if target.ask(probe).hit else 0.65, step=50.0
    )
    assert target.error(recovered) > 0.6


def test_r6_a_boundary_walk_works_without_the_back_off() -> None:
    """The attack itself: 2,000 answers of yes and no lead near the template."""
    target = Target(guarded=False)
    assert target.error(target.look_alike) > 0.6
    assert target.error(walk(target, queries=2_000)) < 0.3


def test_r6_a_boundary_walk_is_throttled_and_recovers_nothing() -> None:
    """R6: refused before 50 failures; after 2,000 queries the attacker is where he began."""
    target = Target(guarded=True)
    recovered = walk(target, queries=2_000)
    assert target.misses_before_refusal is not None
    assert target.misses_before_refusal < 50
    assert target.misses < 100
    assert target.error(recovered) > 0.6
    rows = list(target.journal.rows.values())
    assert sum(row.outcome == "spoof_suspected" for row in rows) > 1_900
    assert "Too many tries" in rows[-1].reason


def test_r6_a_walk_with_two_openings_recovers_nothing() -> None:
    """R6: somebody with a role was talked into letting the attacker try again, and once more."""
    target = Target(guarded=True, openings=2)
    recovered = walk(target, queries=2_000)
    assert target.openings == 0
    assert target.misses < 100
    assert target.error(recovered) > 0.6


def test_r6_the_victim_is_served_elsewhere_meanwhile() -> None:
    """R6: at another checkpoint, as near as pictures of one person are."""
    target = Target(guarded=True)
    walk(target, queries=200)
    chance = np.random.default_rng(3)
    honest = Caller("gate-2", "Gate 2", ENCODER)
    for _ in range(20):
        noise = chance.normal(size=128) * 0.15 / np.sqrt(128)
        probe = unit_length(target.template + noise) * 1.4
        answer = answered(target._service, identify(probe), honest)
        assert answer.subject_id == VICTIM
