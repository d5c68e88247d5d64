"""Names between the sealed table and memory."""

import json
from collections.abc import Iterator

import pytest

from database.names import NameBook, Names
from database.transactions import Store
from tests.database.examples import CIPHER, in_memory


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty event log in memory."""
    made = in_memory()
    yield made
    made.connection.close()


def count(store: Store) -> int:
    return int(store.connection.execute("SELECT count(*) FROM subject_names").fetchone()[0])


def test_a_name_of_a_person_is_stored_once(store: Store) -> None:
    """Also by the next writer; somebody else of the same name, or a new name, has a number."""
    book = NameBook(store.connection, CIPHER)
    first = book.number_of("ann", "Ann")
    assert book.number_of("ann", "Ann") == first
    others = {book.number_of("ann", "Anne"), book.number_of("other", "Ann")}
    assert len({first, *others}) == 3
    assert NameBook(store.connection, CIPHER).number_of("ann", "Ann") == first
    assert count(store) == 3
    assert [book.name_of(number) for number in (first, 77, None)] == ["Ann", None, None]


def test_numbers_of_an_undone_transaction_are_not_used(store: Store) -> None:
    """The name is stored again by the next one."""
    book = store.names
    store.connection.execute("BEGIN")
    book.number_of("ann", "Ann")
    store.connection.execute("ROLLBACK")
    book.undo()
    number = book.number_of("ann", "Ann")
    book.settle()
    book.undo()
    assert book.name_of(number) == "Ann"
    assert count(store) == 1


def test_readers_learn_new_names_and_forget_erased_ones(store: Store) -> None:
    """By their number, and by a part of them."""
    names = Names(CIPHER)
    ann = store.names.number_of("ann", "Ann Lee")
    names.refresh(store.connection)
    bob = store.names.number_of("bob", "Bob Ämle")
    names.refresh(store.connection)
    assert [names.name_of(number) for number in (ann, bob, None)] == ["Ann Lee", "Bob Ämle", None]
    assert json.loads(names.matching("amle")) == [bob]
    store.connection.execute("DELETE FROM subject_names WHERE name_id = ?", (ann,))
    store.connection.execute("UPDATE sealing SET erasures = erasures + 1")
    names.refresh(store.connection)
    assert [names.name_of(number) for number in (ann, bob)] == [None, "Bob Ämle"]
    assert json.loads(names.matching("lee")) == []


def test_everybody_has_their_newest_name(store: Store) -> None:
    """Who was renamed has one; a name without a person is nobody's."""
    book = NameBook(store.connection, CIPHER)
    for person, name in (("ann", "Ann"), ("", "Somebody"), ("bo", "Bo"), ("ann", "Anne")):
        book.number_of(person, name)
    names = Names(CIPHER)
    assert names.by_person() == {}
    names.refresh(store.connection)
    assert names.by_person() == {"ann": "Anne", "bo": "Bo"}


def test_without_a_cipher_nobody_is_named(store: Store) -> None:
    """For whoever only counts."""
    names = Names(None)
    number = store.names.number_of("ann", "Ann")
    names.refresh(store.connection)
    assert names.name_of(number) is None


def test_a_name_that_was_tampered_with_is_left_out(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """Changed, or moved to somebody else: the others are there, and it is said."""
    numbers = [store.names.number_of(who, who.title()) for who in ("ann", "bob", "eve")]
    store.connection.execute("UPDATE subject_names SET sealed = x'00' WHERE subject_id = 'ann'")
    store.connection.execute("UPDATE subject_names SET subject_id = 'eve' WHERE subject_id = 'bob'")
    names = Names(CIPHER)
    names.refresh(store.connection)
    assert [names.name_of(number) for number in numbers] == [None, None, "Eve"]
    assert caplog.text.count("cannot be read") == 2
