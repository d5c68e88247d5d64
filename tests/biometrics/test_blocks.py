"""Blocks: what they show never changes, memory is shared where it can be, codes are kept along."""

import numpy as np
import pytest
from numpy.typing import NDArray

from biometrics import blocks
from biometrics.blocks import Block
from biometrics.templates import Person
from tests.biometrics.support import MadeUpPeople, made_person


def vector(person: Person) -> NDArray[np.float32]:
    return person.fused().astype(np.float32)


def everybody(count: int) -> list[Person]:
    made = MadeUpPeople(2)
    return [made_person(f"p{number}", made.picture(made.person())) for number in range(count)]


def block_of(people: list[Person]) -> Block:
    return Block.of(people, np.array([vector(person) for person in people]))


def test_who_is_added_is_written_behind_the_others() -> None:
    """In memory that the block before shares, without seeing them."""
    first, second, third = everybody(3)
    block = block_of([first])
    more = block.with_last(second, vector(second)).with_last(third, vector(third))
    assert more.people == (first, second, third)
    assert np.shares_memory(block.vectors, more.vectors)
    assert (len(block), len(block.vectors), len(more.vectors)) == (1, 1, 3)
    assert (more.vectors[1] == vector(second)).all()
    assert more.samples.tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="read-only"):
        more.vectors[0] = 0


def test_room_that_is_taken_is_not_written_over() -> None:
    """Two blocks made from one; the second has memory of its own."""
    first, second, third = everybody(3)
    block = block_of([first])
    one, other = block.with_last(second, vector(second)), block.with_last(third, vector(third))
    assert (one.vectors[1] == vector(second)).all()
    assert (other.vectors[1] == vector(third)).all()
    assert not np.shares_memory(one.vectors, other.vectors)


def test_a_block_grows_beyond_its_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """By doubling it, up to a full block."""
    monkeypatch.setattr(blocks, "BLOCK", 50)
    people = everybody(50)
    block = block_of(people[:1])
    for person in people[1:]:
        block = block.with_last(person, vector(person))
    assert block.people == tuple(people)
    assert np.allclose(block.vectors, [vector(person) for person in people])
    assert block.wants_codes


def test_a_row_is_replaced_in_a_copy() -> None:
    """The number of samples too; the block before keeps what it had."""
    first, second, third = everybody(3)
    block = block_of([first, second])
    again = made_person("p0", third.templates[0].encoding, third.templates[0].encoding)
    other = block.with_row(0, again, vector(again))
    assert other.people == (again, second)
    assert other.samples.tolist() == [2, 1]
    assert (block.vectors[0] == vector(first)).all()
    assert not np.shares_memory(block.vectors, other.vectors)


def test_another_name_copies_nothing() -> None:
    """The templates are the same."""
    first, second = everybody(2)
    block = block_of([first, second])
    renamed = made_person("p0", first.templates[0].encoding, name="Ann")
    other = block.with_row(0, renamed, vector(renamed))
    assert other.people == (renamed, second)
    assert np.shares_memory(block.vectors, other.vectors)


def test_the_last_goes_without_a_copy() -> None:
    """Whoever comes next does not write over them."""
    first, second, third = everybody(3)
    block = block_of([first, second])
    shorter = block.without_last()
    after = shorter.with_last(third, vector(third))
    assert shorter.people == (first,)
    assert np.shares_memory(block.vectors, shorter.vectors)
    assert (block.vectors[1] == vector(second)).all()
    assert (after.vectors[1] == vector(third)).all()


def test_rows_in_fewer_numbers_go_along_until_there_are_codes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With who is added or replaced, in memory that is shared as that of the whole rows is."""
    monkeypatch.setattr(blocks, "BLOCK", 2048)
    chance = np.random.default_rng(1)
    rows = chance.standard_normal((2048, 16)) @ chance.standard_normal((16, 128))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    (person,) = everybody(1)

    def of(block: Block) -> NDArray[np.float32]:
        assert block.short is not None
        assert len(block.short.rows) == len(block)
        assert block.short.beside < 1e-3
        whole: NDArray[np.float32] = block.short.rows @ block.short.axes.astype(np.float32).T
        return whole

    small = Block.of([person] * 600, rows[:600])
    assert small.short is None
    for row in rows[600:2047]:
        small = small.with_last(person, row)
    assert np.allclose(of(small), rows[:2047], atol=1e-5)
    full = small.with_last(person, rows[2047])
    assert np.allclose(of(full), rows, atol=1e-5)
    assert np.shares_memory(full.short.rows, small.short.rows)  # type: ignore[union-attr]
    again = full.with_row(5, person, rows[9])
    assert np.allclose(of(again)[[5, 6]], rows[[9, 6]], atol=1e-5)
    assert np.allclose(of(full)[5], rows[5], atol=1e-5)
    far = np.eye(128, dtype=np.float32)[0]
    assert full.with_row(5, person, far).short.beside > 0.5  # type: ignore[union-attr]
    again.make_codes()
    assert again.with_row(5, person, rows[5]).short is None
    assert again.without_last().with_last(person, rows[5]).short is None
    assert again.short is None


def test_codes_are_made_when_full_and_know_what_has_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Handed on to what is made from the block; many changes ask for new ones."""
    monkeypatch.setattr(blocks, "BLOCK", 1024)
    monkeypatch.setattr(blocks, "MOST_CHANGED", 1)
    people = everybody(1025)
    block = block_of(people[:1024])
    assert not block_of(people[:1023]).wants_codes
    assert block.wants_codes
    before = block.with_row(3, people[1024], vector(people[1024]))
    assert before.coded is None
    block.make_codes()
    assert not block.wants_codes
    once = block.with_row(3, people[1024], vector(people[1024]))
    twice = once.without_last().with_last(people[3], vector(people[3]))
    for made, changed in ((block, []), (once, [3]), (twice, [3, 1023])):
        assert made.coded is not None
        assert made.coded.changed.tolist() == changed
    assert not once.wants_codes
    assert twice.wants_codes
    twice.make_codes()
    assert not twice.wants_codes
