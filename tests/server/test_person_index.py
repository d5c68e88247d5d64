"""The index of stored people: put, replaced, dropped, without a trace."""

from dataclasses import replace
from pathlib import Path

from server.person_index import PersonIndex, enrolment_in, sample_id_of
from server.stored_person import StoredPerson
from tests.server.galleries import people_service, sample


def stored(root: Path, name: str, **options: object) -> StoredPerson:
    """A stored person with one sample."""
    people = people_service(root / name)
    people.add(name, [sample(1, **options)])
    return people.stored()[0]


def test_found_by_everything_until_dropped(tmp_path: Path) -> None:
    """Name in any case, picture and enrolment lead to the person; afterwards nothing does."""
    index = PersonIndex()
    ann = stored(tmp_path, "Ann", picture_sha256="a" * 64, enrolment_id="e" * 32, content="c" * 64)
    index.put(ann)
    assert index.of_name("ANN") == ann.subject_id
    assert index.of_picture("a" * 64) == ann.subject_id
    assert index.of_enrolment("e" * 32) == (ann.subject_id, "c" * 16)
    assert index.everybody() == (ann,)
    index.drop(ann.subject_id)
    index.drop(ann.subject_id)
    assert index.get(ann.subject_id) is None
    assert index.of_name("Ann") is None
    assert index.of_picture("a" * 64) is None
    assert index.of_enrolment("e" * 32) is None


def test_replaced_under_another_name(tmp_path: Path) -> None:
    """The old name is free after a rename."""
    index = PersonIndex()
    ann = stored(tmp_path, "Ann")
    index.put(ann)
    index.put(replace(ann, display_name="Anna"))
    assert index.of_name("Ann") is None
    assert index.of_name("anna") == ann.subject_id
    assert len(index.everybody()) == 1


def test_two_of_one_name(tmp_path: Path) -> None:
    """Of two files of one name the first has it; dropping the second leaves it there."""
    index = PersonIndex()
    first = stored(tmp_path, "Ann")
    second = replace(first, subject_id="f" * 32)
    index.put(first)
    index.put(second)
    index.drop(second.subject_id)
    assert index.of_name("Ann") == first.subject_id


def test_sample_ids_carry_their_enrolment() -> None:
    """What is put into a sample's id comes out; plain ids have no mark."""
    assert enrolment_in(sample_id_of("e" * 32, "c" * 64, 3)) == ("e" * 32, "c" * 16)
    assert enrolment_in("d" * 32) == ("d" * 32, "")
