"""Classic pickles: arrays come out as plain numbers, and nothing of numpy is ever called."""

import os
import pickle
import pickletools
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from server.foreign_pickle import Array, load_foreign
from server.safe_pickle import PickleRefused
from tests.server import hostile_pickles

MUTATIONS = int(os.environ.get("FACENETGRID_MUTATIONS", "20000")) // 2
NOWHERE = Path("/nowhere/sentinel")
ENCODING = np.random.default_rng(3).normal(size=128)


def numbers_of(value: object) -> np.ndarray[Any, Any]:
    assert isinstance(value, Array)
    return np.array(list(value.rows())).reshape(value.shape)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("kind", ["<f4", ">f4", "<f8", ">f8"])
@pytest.mark.parametrize("form", ["one", "rows", "columns first", "strided", "read-only", "empty"])
def test_every_array_comes_back(protocol: int, kind: str, form: str) -> None:
    """Both precisions and byte orders, every memory layout, protocols 0 to 5."""
    rows = np.stack([ENCODING, ENCODING * 2, ENCODING * 3])
    made = {
        "one": ENCODING,
        "rows": rows,
        "columns first": np.asfortranarray(rows),
        "strided": rows[::2, ::-1],
        "read-only": rows,
        "empty": np.zeros((0, 128)),
    }[form].astype(kind, order="K")
    made.flags.writeable = form != "read-only"
    value = load_foreign(pickle.dumps({"encodings": [made, made], "n": 1}, protocol=protocol))
    assert isinstance(value, dict)
    for found in value["encodings"]:
        assert np.array_equal(numbers_of(found), made.astype("f8"))


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_and_single_numbers_of_numpy(protocol: int) -> None:
    """Lists, tuples, texts, bytes, and numpy's scalars."""
    value = [(1, 2.5, "José", None, True), b"\xff\x00", [], {}, np.float32(0.5), np.float64(0.1)]
    assert load_foreign(pickle.dumps(value, protocol=protocol)) == value


def test_a_file_of_python_2_is_read() -> None:
    """Where arrays keep their bytes in a text, and the module has its old name."""
    raw = ENCODING.astype("<f8").tobytes()
    data = (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85"
        b"U\x01bq\x03\x87Rq\x04(K\x01K\x80\x85cnumpy\ndtype\nq\x05U\x02f8K\x00K\x01\x87Rq\x06"
        b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T"
        + len(raw).to_bytes(4, "little")
        + raw
        + b"tb."
    )
    assert np.array_equal(numbers_of(load_foreign(data)), ENCODING)


@pytest.mark.parametrize(
    "value",
    [
        np.array([object()]),
        np.array(["Grace Hopper"]),
        np.arange(128),
        np.zeros(128, dtype=complex),
        np.zeros(2, dtype=[("a", "f8")]),
        np.zeros((2, 2, 128)),
        np.float16(1),
    ],
    ids=["objects", "texts", "integers", "complex", "fields", "three dimensions", "half"],
)
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_other_arrays_are_refused_with_a_sentence(value: object, protocol: int) -> None:
    """Encodings are never any of these."""
    with pytest.raises(PickleRefused) as refused:
        load_foreign(pickle.dumps(value, protocol=protocol))
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("name", hostile_pickles.code_runners(NOWHERE))
def test_p1_nothing_is_looked_up_or_called(name: str, tmp_path: Path) -> None:
    """Refused with a sentence; the sentinel file does not appear."""
    sentinel = tmp_path / "sentinel"
    with pytest.raises(PickleRefused) as refused:
        load_foreign(hostile_pickles.code_runners(sentinel)[name])
    assert str(refused.value).endswith(".")
    assert not sentinel.exists()


def test_p1_numpy_takes_no_part() -> None:
    """A process that reads an array has not even imported numpy."""
    data = pickle.dumps([ENCODING], protocol=4)
    program = (
        "import sys; from server.foreign_pickle import load_foreign;"
        f"value = load_foreign({data!r}); print(len(next(value[0].rows())), 'numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["128", "False"]


@pytest.mark.parametrize("name", hostile_pickles.bombs())
def test_p2_a_small_file_gets_no_memory(name: str) -> None:
    """Refused in 50 ms with less than 5 MB."""
    data = hostile_pickles.bombs()[name]
    began = time.process_time()
    with pytest.raises(PickleRefused):
        load_foreign(data)
    assert time.process_time() - began < 0.05
    tracemalloc.start()
    with pytest.raises(PickleRefused):
        load_foreign(data)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 5_000_000


def test_p2_one_text_is_not_made_into_many_arrays() -> None:
    """20 KB of bytes that are repeated 10,000 times would be 200 MB."""
    kind = pickletools.optimize(pickle.dumps(np.dtype("f8"), protocol=2))[2:-1]
    raw = bytes(8 * 2_560)
    start = b"\x80\x03]B" + len(raw).to_bytes(4, "little") + raw + b"q\x01a"
    one = b"cnumpy.core.numeric\n_frombuffer\n(h\x01" + kind + b"M\x00\x0a\x85U\x01CtRa"
    value = load_foreign(start + one + b".")
    assert isinstance(value, list)
    assert numbers_of(value[1]).shape == (2_560,)
    with pytest.raises(PickleRefused, match="more of its numbers than it holds"):
        load_foreign(start + one * 10_000 + b".")


def test_p2_one_text_is_not_made_into_many_byte_strings() -> None:
    """The same through the way in which protocol 2 writes bytes."""
    text = "a" * 20_000
    start = b"\x80\x02]" + b"X" + len(text).to_bytes(4, "little") + text.encode() + b"q\x01a"
    one = b"c_codecs\nencode\nh\x01X\x06\x00\x00\x00latin1\x86Ra"
    assert load_foreign(start + one + b".") == [text, text.encode()]
    with pytest.raises(PickleRefused, match="more of its texts than it holds"):
        load_foreign(start + one * 10_000 + b".")


@pytest.mark.parametrize(
    "name", [name for name in hostile_pickles.monsters() if "itself" not in name]
)
def test_p3_deep_and_enormous_values_are_refused(name: str) -> None:
    """By the limits."""
    with pytest.raises(PickleRefused):
        load_foreign(hostile_pickles.monsters()[name])


def test_p3_tuples_of_references_are_no_key() -> None:
    """Hashing one goes through all that it stands for: 900 bytes would take for ever."""
    for levels in (1, 2, 8):
        with pytest.raises(PickleRefused, match="key"):
            load_foreign(hostile_pickles.tuples_as_key(levels))


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x02}K\x01\x85K\x01s.",
        b"\x80\x02](K\x01\x85q\x00}h\x00K\x01se.",
        b"\x80\x02}(X\x01\x00\x00\x00aK\x01)K\x01u.",
        b"(I1\nI2\n)I2\nd.",
        b"\x80\x02}cnumpy\nndarray\nK\x01s.",
        b"\x80\x03}C\x01aK\x01s.",
    ],
    ids=["SETITEM", "SETITEM, memo", "SETITEMS", "DICT", "a stub", "bytes"],
)
def test_p3_only_texts_and_small_numbers_are_keys(data: bytes) -> None:
    """By whichever instruction; a dict with such keys is read."""
    assert load_foreign(pickle.dumps({"a": 1, 2: "b"}, protocol=0)) == {"a": 1, 2: "b"}
    with pytest.raises(PickleRefused, match="key"):
        load_foreign(data)


def test_p3_an_array_without_bytes_has_no_rows() -> None:
    """It could say that it has two thousand million of them."""
    whole = pickle.dumps(np.zeros((3, 0)), protocol=2)
    assert whole.count(b"K\x03K\x00\x86") == 1
    with pytest.raises(PickleRefused, match="rows without numbers"):
        load_foreign(whole.replace(b"K\x03K\x00\x86", b"J\xff\xff\xff\x7fK\x00\x86"))


@pytest.mark.parametrize(
    "arguments",
    [
        b"X\x02\x00\x00\x00f8" + b"N" * 1_000,
        b"X" + (1_002).to_bytes(4, "little") + b"<" * 1_000 + b"f8",
    ],
    ids=["1,000 arguments", "a long type"],
)
def test_p3_what_is_long_is_not_copied_at_each_use(arguments: bytes) -> None:
    """Five bytes use it once more: refused the first time, before it is copied."""
    with pytest.raises(PickleRefused):
        load_foreign(b"\x80\x02cnumpy\ndtype\n(" + arguments + b"tR.")


def test_p3_a_chain_through_the_memo_does_no_harm() -> None:
    """A list that holds itself, and 100,000 lists each in the one before: read and let go."""
    value = load_foreign(hostile_pickles.monsters()["holds itself"])
    assert isinstance(value, list)
    assert value[0] is value
    links = b"".join(
        b"j" + n.to_bytes(4, "little") + b"]r" + (n + 1).to_bytes(4, "little") + b"aa"
        for n in range(100_000)
    )
    value = load_foreign(b"\x80\x02]]r\x00\x00\x00\x00a" + links + b".")
    assert isinstance(value, list)
    link = value[0]
    for _ in range(100_000):
        (link,) = link
    assert link == []
    del value


@pytest.mark.parametrize(
    "name", hostile_pickles.broken(pickle.dumps({"encodings": [ENCODING]}, protocol=4))
)
def test_p4_broken_files_are_refused(name: str) -> None:
    """With the one exception that callers expect."""
    whole = pickle.dumps({"encodings": [ENCODING]}, protocol=4)
    with pytest.raises(PickleRefused):
        load_foreign(hostile_pickles.broken(whole)[name])


def test_p5_mutations_never_crash_or_surprise() -> None:
    """FACENETGRID_MUTATIONS damaged files (half of them here): read, or refused as expected."""
    small = ENCODING[:3]
    classic = {"encodings": [small, small.astype("f4")], "names": ["Grace", "Eileen"]}
    values: list[object] = [classic, np.stack([small, small]), [small, np.float64(1)]]
    seeds = [pickle.dumps(value, protocol=p) for value in values for p in range(6)] * 4
    seeds += hostile_pickles.code_runners(NOWHERE).values()
    read = 0
    for data in hostile_pickles.mutations(seeds, MUTATIONS, seed=6):
        try:
            load_foreign(data)
            read += 1
        except PickleRefused:
            pass
    assert 0 < read < MUTATIONS
    assert not NOWHERE.exists()
