"""Our own pickles: primitives come back, everything else is refused before it is made."""

import io
import os
import pickle
import re
import struct
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import safe_pickle
from server.safe_pickle import OWN_LIMITS, Limits, PickleRefused, dump_primitives, load_primitives
from tests.server import hostile_pickles

MUTATIONS = int(os.environ.get("FACENETGRID_MUTATIONS", "20000")) // 2
VALUE = {
    "format": "facenetgrid-person",
    "version": 1,
    "name": "José 李",
    "time": 1_790_000_000_000,
    "none": None,
    "flags": [True, False],
    "negative": -(2**40),
    "templates": [{"encoding": [0.1 * n for n in range(128)], "quality": {"yaw": -0.5}}] * 1,
}
NOWHERE = Path("/nowhere/sentinel")


@pytest.mark.parametrize("protocol", range(2, 6))
def test_primitives_come_back_from_every_protocol(protocol: int) -> None:
    """What we write, and what another version of Python would write of it."""
    assert load_primitives(pickle.dumps(VALUE, protocol=protocol)) == VALUE
    assert load_primitives(dump_primitives(VALUE)) == VALUE


@pytest.mark.parametrize("protocol", range(2, 6))
def test_floats_of_any_bytes_come_back(protocol: int) -> None:
    """Also such whose eight bytes look like instructions, alone, in runs, and between others."""
    odd = [struct.unpack(">d", text)[0] for text in (b"G" * 8, b"\n" * 8, b"........", b"G.G.G.G.")]
    value = [*odd, 1, *odd * 40, "G", odd[0], None, odd, [odd[1]]]
    assert load_primitives(pickle.dumps(value, protocol=protocol)) == value


@pytest.mark.parametrize(
    ("ending", "limits", "reason"),
    [
        (b"e.", replace(OWN_LIMITS, operations=500), "more than 500 items"),
        (b"e.", replace(OWN_LIMITS, waiting=500), "begins more lists"),
        (b"e.", replace(OWN_LIMITS, operations=505), "more than 505 items"),
        (b"e.", replace(OWN_LIMITS, operations=506, waiting=501), ""),
        (b"GGGGGGG", OWN_LIMITS, "not a whole one"),
        (b"e.G", OWN_LIMITS, "goes on after its end"),
    ],
)
def test_a_run_of_floats_counts_as_many(ending: bytes, limits: Limits, reason: str) -> None:
    """Stepped over together or not, each is an item and waits for the end of its list."""
    data = b"\x80\x02](" + 501 * (b"G" + b"G" * 8) + ending
    if not reason:
        assert load_primitives(data, limits=limits) == 501 * [struct.unpack(">d", b"G" * 8)[0]]
        return
    with pytest.raises(PickleRefused, match=reason):
        load_primitives(data, limits=limits)


_LEAVES = st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats() | st.text()
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(_VALUES, st.integers(2, 5))
def test_any_primitives_come_back(value: object, protocol: int) -> None:
    """Whatever dicts, lists, texts and numbers: the same, or refused for depth or sharing."""
    data = pickle.dumps(value, protocol=protocol)
    reason = ""
    try:
        assert repr(load_primitives(data)) == repr(value)
    except PickleRefused as refused:
        reason = str(refused)
    assert not reason or re.search("deep|twice", reason)


@pytest.mark.parametrize("value", [{1, 2}, (1, 2), b"bytes", object(), 1j, 2**70, "x" * 4_001])
def test_what_could_not_be_read_again_is_not_written(value: object) -> None:
    """The writer finds out, not the next start."""
    with pytest.raises(PickleRefused):
        dump_primitives(value)


@pytest.mark.parametrize("name", hostile_pickles.code_runners(NOWHERE))
def test_p1_nothing_is_looked_up_or_called(name: str, tmp_path: Path) -> None:
    """Refused by the walk with a sentence; the sentinel file does not appear."""
    sentinel = tmp_path / "sentinel"
    with pytest.raises(PickleRefused) as refused:
        load_primitives(hostile_pickles.code_runners(sentinel)[name])
    assert str(refused.value).endswith(".")
    assert not sentinel.exists()


@pytest.mark.parametrize("name", hostile_pickles.code_runners(NOWHERE))
def test_p1_the_unpickler_alone_runs_nothing_either(name: str, tmp_path: Path) -> None:
    """The second wall stands without the first."""
    sentinel = tmp_path / "sentinel"
    data = hostile_pickles.code_runners(sentinel)[name]
    with pytest.raises((PickleRefused, *safe_pickle.BROKEN)):
        safe_pickle._Primitives(io.BytesIO(data)).load()
    assert not sentinel.exists()


def test_p1_the_sentinel_would_appear_with_plain_pickle(tmp_path: Path) -> None:
    """The attacks of these tests are real."""
    sentinel = tmp_path / "sentinel"
    pickle.loads(hostile_pickles.code_runners(sentinel)["os.system, protocol 4"])
    assert sentinel.exists()


@pytest.mark.parametrize("name", hostile_pickles.bombs())
def test_p2_a_small_file_gets_no_memory(name: str) -> None:
    """Refused in 50 ms with less than 5 MB."""
    data = hostile_pickles.bombs()[name]
    began = time.process_time()
    with pytest.raises(PickleRefused):
        load_primitives(data)
    assert time.process_time() - began < 0.05
    tracemalloc.start()
    with pytest.raises(PickleRefused):
        load_primitives(data)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 5_000_000


def test_p3_deep_endless_and_enormous_values_are_refused() -> None:
    """By the limits, with room for such a file's size too."""
    generous = safe_pickle.Limits(
        bytes=10**9, operations=10**7, depth=8, text=4_000, integer_bits=64, waiting=2_100
    )
    for name, data in hostile_pickles.monsters().items():
        for limits in (OWN_LIMITS, generous):
            with pytest.raises(PickleRefused):
                load_primitives(data, limits=limits)
            assert name


def test_p3_more_items_than_allowed_are_refused() -> None:
    """Memory is bounded by the number of things, not by the size of the file alone."""
    with pytest.raises(PickleRefused, match="300000 items"):
        load_primitives(pickle.dumps([None] * 400_000, protocol=4))


@pytest.mark.parametrize("name", hostile_pickles.monsters())
def test_p3_a_monster_is_refused_before_it_is_walked_through(name: str) -> None:
    """In 50 ms: whatever lies in the folder, the server's start does not wait for it."""
    data = hostile_pickles.monsters()[name]
    began = time.process_time()
    with pytest.raises(PickleRefused):
        load_primitives(data)
    assert time.process_time() - began < 0.05


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x02" + b"]" * 40 + b"a" * 39 + b".",
        b"\x80\x02](" + b"]" * 2_200 + b"e.",
        b"\x80\x02](K\x01e" + b"]" * 40 + b"a" * 40 + b".",
    ],
    ids=["no mark", "above a mark", "after a mark"],
)
def test_p3_lists_that_only_begin_are_refused_where_they_pile_up(data: bytes) -> None:
    """Not when the first of them is put into another: that may be 300,000 instructions later."""
    with pytest.raises(PickleRefused, match="begins more lists"):
        load_primitives(data)


@pytest.mark.parametrize("count", [999, 1_000, 1_001, 2_500])
def test_p3_long_lists_and_dicts_are_no_pile(count: int) -> None:
    """Python's own writer puts 1,000 entries at a time above a mark."""
    value = [[n] for n in range(count)], {str(n): {} for n in range(count)}
    assert load_primitives(pickle.dumps(list(value), protocol=4)) == list(value)


@pytest.mark.parametrize("key", [None, 0.5, 2**20, -(2**20)])
def test_p3_a_dicts_key_is_a_text_or_a_small_number(key: object) -> None:
    """Numbers can be chosen so that a dict finds none of them quickly."""
    assert load_primitives(pickle.dumps({-1: 1, 65_535: 2, "a": 3})) == {-1: 1, 65_535: 2, "a": 3}
    for more in ({}, {"a": 1}):
        with pytest.raises(PickleRefused, match="key"):
            load_primitives(pickle.dumps({**more, key: 1}))


def test_a_text_twice_is_fine_and_a_list_twice_is_not() -> None:
    """Repeated keys are remembered by pickle; a shared list could be a list in itself."""
    shared = [1]
    assert load_primitives(pickle.dumps([{"key": 1}, {"key": 2}], protocol=4))
    with pytest.raises(PickleRefused, match="twice"):
        load_primitives(pickle.dumps([shared, shared], protocol=4))


@pytest.mark.parametrize("name", hostile_pickles.broken(dump_primitives(VALUE)))
def test_p4_broken_files_are_refused(name: str) -> None:
    """With the one exception that callers expect."""
    data = hostile_pickles.broken(dump_primitives(VALUE))[name]
    with pytest.raises(PickleRefused):
        load_primitives(data)
    with pytest.raises(PickleRefused):
        load_primitives(b"")


def test_p5_mutations_never_crash_or_surprise() -> None:
    """FACENETGRID_MUTATIONS damaged files (half of them here): read, or refused as expected."""
    seeds = [dump_primitives(VALUE), *(pickle.dumps(VALUE, protocol=p) for p in (2, 3, 5))] * 20
    seeds += hostile_pickles.code_runners(NOWHERE).values()
    read = 0
    for data in hostile_pickles.mutations(seeds, MUTATIONS, seed=5):
        try:
            load_primitives(data)
            read += 1
        except PickleRefused:
            pass
    assert 0 < read < MUTATIONS
    assert not NOWHERE.exists()
