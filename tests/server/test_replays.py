"""Replays: a capture counts once, across checkpoints and restarts; nothing of it is kept."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics.gallery import unit_length
from protocol.messages import Identify
from server.replays import RECORD, REMEMBERED_S, Replays, rekeyed
from tests.server.wire import assert_healthy, enrol, face, identify, new_id, served

KEY = b"k" * 32


class Clock:
    """Seconds since the epoch that go where they are told to."""

    def __init__(self) -> None:
        self.now_s = 1_760_000_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now_s


def seen(replays: Replays, seed: int, event_id: str) -> bool:
    """Whether this face was there before under another id."""
    return again(replays, face(seed), event_id)


def again(replays: Replays, probe: NDArray[np.float64], event_id: str) -> bool:
    """Whether this probe was there before under another id."""
    return replays.again([replays.digest(probe)], [event_id])[0]


def test_r3_the_same_numbers_count_once() -> None:
    """R3: another id is a replay, the same id is an answer that got lost, other numbers are new."""
    replays = Replays(KEY)
    assert not seen(replays, 1, "a" * 32)
    assert not seen(replays, 1, "a" * 32)
    assert seen(replays, 1, "b" * 32)
    assert seen(replays, 1, "b" * 32), "asked again it is one still"
    assert not seen(replays, 1, "a" * 32), "and the first event keeps its right"
    assert not seen(replays, 2, "b" * 32)


def test_r3_scaled_or_with_the_last_bits_changed() -> None:
    """R3: the direction counts, to four digits; a new look at the same face is another one."""
    replays = Replays(KEY)
    probe = face(1)
    assert not again(replays, probe, "a" * 32)
    for other in (probe * 1.1, np.nextafter(probe, 9.0), probe + 1e-12):
        assert again(replays, other, new_id())
    assert not again(replays, face(1, noise=0.05), new_id())
    zeros = np.zeros(128)
    zeros[0] = 1.0
    negative = zeros.copy()
    negative[1:] = -0.0
    assert replays.digest(zeros) == replays.digest(negative)


def test_r3_digests_of_several_are_those_of_each() -> None:
    """R3: whoever asked beside it, a probe that comes again is known."""
    replays = Replays(KEY)
    probes = np.array([face(seed) * (1 + seed / 50) for seed in range(40)])
    assert replays.digests(probes) == [replays.digest(probe) for probe in probes]


def test_r3_of_several_each_is_noted_before_the_next() -> None:
    """R3: the same capture twice at once is a replay, also where many share a row of the table."""
    for sets in (1, 2, 1 << 16):
        clock = Clock()
        together, alone = (Replays(KEY, now_s=clock, sets=sets) for _ in range(2))
        chance = np.random.default_rng(3)
        for _turn in range(8):
            clock.now_s += REMEMBERED_S / 5
            seeds = chance.integers(30, size=20).tolist()
            digests = [together.digest(face(seed)) for seed in seeds]
            events = [f"{number % 17:032x}" for number in range(20)]
            found = together.again(digests, events)
            assert found == [seen(alone, *one) for one in zip(seeds, events, strict=True)]
            assert any(found)
        assert together.take_unkept() == alone.take_unkept()
        for mine, other in ((together._probes, alone._probes), (together._times, alone._times)):
            assert (mine == other).all()


def test_r3_what_no_disk_takes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """R3: the newest wait for it."""
    monkeypatch.setattr("server.replays._MOST_UNKEPT", 3)
    replays = Replays(KEY)
    for number in range(5):
        seen(replays, number, "a" * 32)
    kept = [record[:2] for record in RECORD.iter_unpack(replays.take_unkept())]
    digests = [replays.digest(face(number)) for number in (2, 3, 4)]
    assert kept == [(digest[:8], digest[8:]) for digest in digests]


def test_r3_no_other_id_passes_for_the_first() -> None:
    """R3: neither one that begins alike nor one that ends alike."""
    replays = Replays(KEY)
    assert not seen(replays, 1, "ab" * 16)
    for event_id in ("ab" * 15 + "00", "00" + "ab" * 15):
        assert seen(replays, 1, event_id)


def test_r3_a_day_and_no_longer() -> None:
    """R3: the time that is stated."""
    clock = Clock()
    replays = Replays(KEY, now_s=clock)
    assert not seen(replays, 1, "a" * 32)
    clock.now_s += REMEMBERED_S - 1
    assert seen(replays, 1, "b" * 32)
    clock.now_s += 2
    assert not seen(replays, 1, "b" * 32)


def test_r3_bounded_memory_keeps_the_newest() -> None:
    """R3: a table that is full forgets the oldest, and takes no more room than at the start."""
    clock = Clock()
    replays = Replays(KEY, now_s=clock, sets=8)
    size = replays._probes.nbytes + replays._events.nbytes + replays._times.nbytes
    for seed in range(300):
        clock.now_s += 1
        assert not seen(replays, seed, f"{seed:032x}")
    assert size == replays._probes.nbytes + replays._events.nbytes + replays._times.nbytes
    assert seen(replays, 299, "f" * 32)
    assert not seen(replays, 0, "f" * 32)


def test_r3_records_lead_from_one_run_to_the_next() -> None:
    """R3: with the same key; a cut-off record and one of tomorrow are left out."""
    clock = Clock()
    first = Replays(KEY, now_s=clock)
    seen(first, 1, "a" * 32)
    clock.now_s += 10
    seen(first, 2, "b" * 32)
    records = first.take_unkept()
    assert len(records) == 2 * RECORD.size
    assert first.take_unkept() == b""
    second = Replays(KEY, now_s=clock)
    assert second.remember(records + b"cut off") == 2
    assert seen(second, 1, "c" * 32)
    assert not seen(second, 2, "b" * 32)
    assert second.take_unkept() == b"", "what is kept already is not kept again"
    other = Replays(b"o" * 32, now_s=clock)
    other.remember(records)
    assert not seen(other, 1, "c" * 32)
    clock.now_s -= 3_600
    assert Replays(KEY, now_s=clock).remember(records) == 0


def test_r3_a_table_that_was_kept_is_the_same_again() -> None:
    """Also where it was too small, and with what had to be noted anew; what is too old is gone."""
    chance = np.random.default_rng(8)
    clock = Clock()
    known = [chance.bytes(16) for _ in range(120)]
    before, after = (Replays(KEY, now_s=clock, sets=8) for _ in range(2))
    for number in range(600):
        clock.now_s += REMEMBERED_S / 400
        before.again([known[chance.integers(120)]], [f"{number:032x}"])
    records = before.take_unkept()
    tomorrow = RECORD.pack(b"t" * 8, b"t" * 8, b"t" * 8, clock.now_s + 60)
    half = 150 * RECORD.size
    assert 0 < after.remember(records[:half]) < 150, "some are older than a day"
    after.remember(records[half:] + tomorrow + b"cut off")
    young = [clock.now_s - each._times <= REMEMBERED_S for each in (before, after)]
    found = [
        {
            (int(p), int(e), float(t))
            for p, e, t in zip(
                each._probes[there], each._events[there], each._times[there], strict=True
            )
        }
        for each, there in zip((before, after), young, strict=True)
    ]
    assert found[0] == found[1]
    assert len(found[0]) > 40


def test_no_encoding_is_kept() -> None:
    """A record has none of the numbers, and is the same for nobody without the key."""
    replays = Replays(KEY)
    seen(replays, 1, "a" * 32)
    record = replays.take_unkept()
    for numbers in (face(1), unit_length(face(1)), face(1).astype(np.float32)):
        assert numbers.tobytes()[:8] not in record
    assert Replays(b"o" * 32).digest(face(1)) != replays.digest(face(1))


@pytest.mark.parametrize("known", [True, False])
def test_r3_through_the_socket(tmp_path: Path, *, known: bool) -> None:
    """R3: `replay_suspected` at any checkpoint and after a restart; stored, and nobody named."""
    first, other = new_id(), new_id()
    capture = identify(face(1), event_id=first)
    again = replace(capture, id=new_id(), event_id=other)
    with served(tmp_path) as running, running.checkpoint() as gate:
        if known:
            gate.ask(enrol("Ann", face(1)))
        told = gate.ask(capture)
        assert told.outcome == ("identified" if known else "not_enrolled")
        answer = gate.ask(again)
        assert (answer.kind, answer.code, answer.retryable) == ("error", "replay_suspected", False)
        assert answer.event_id == other
        (row,) = [row for row in running.grid.history.query().rows if row.event_id == other]
        assert (row.outcome, row.subject_id, row.display_name) == ("spoof_suspected", None, None)
        assert "sent before" in row.reason
        # The first event's answer is as it was, and so is the second's, whoever got lost.
        same = gate.ask(replace(capture, id=new_id()))
        assert (same.outcome, same.subject_id) == (told.outcome, told.subject_id)
        assert gate.ask(replace(again, id=new_id())).code == answer.code
        assert running.grid.history.count() == 2
        with running.checkpoint("gate-2") as elsewhere:
            scaled = tuple(x * 1.05 for x in capture.encoding)
            once_more = replace(_anew(capture), encoding=scaled)
            assert elsewhere.ask(once_more).code == answer.code
    with served(tmp_path) as running, running.checkpoint("gate-3") as gate:
        assert gate.ask(_anew(capture)).code == answer.code
        assert gate.ask(identify(face(1, noise=0.05))).kind == "verdict"
        assert_healthy(running)


def _anew(capture: Identify) -> Identify:
    """The same capture as another event."""
    return replace(capture, id=new_id(), event_id=new_id())


def test_a_renewed_key_knows_the_probes_of_before(tmp_path: Path) -> None:
    """The keys of before alone know them no more; a cut-off record is left out."""
    first, new, newest = KEY, b"n" * 32, b"m" * 32
    before = Replays(first)
    seen(before, 1, "a" * 32)
    records = before.take_unkept()
    once = rekeyed(records + b"cut off", new)
    twice = rekeyed(once, newest)
    assert len(once) == len(twice) == len(records)
    for keys, kept, known in (
        ((first, new), once, True),
        ((first, new, newest), twice, True),
        ((first,), once, False),
        ((new,), once, False),
    ):
        after = Replays(*keys)
        assert after.remember(kept) == 1
        assert seen(after, 1, "b" * 32) is known, "under another event"
        once_more = Replays(*keys)
        once_more.remember(kept)
        assert not seen(once_more, 1, "a" * 32), "the same event again"
