"""Verification of a probe against somebody enrolled: by the target and the people of now."""

from pathlib import Path

import numpy as np
import pytest

from biometrics.identify import ImplausibleEncoding
from server.new_samples import NewSample
from server.people import PeopleService, PersonUnknown
from server.verification import VerificationService
from tests.server.galleries import people_service, sample
from tests.server.wire import face


@pytest.fixture
def people(tmp_path: Path) -> PeopleService:
    """Five people with two samples each."""
    made = people_service(tmp_path)
    for number in range(5):
        samples = [
            NewSample(encoding=face(number, noise=0.1, noise_seed=2 * number + n)) for n in range(2)
        ]
        made.add(f"Person {number}", samples)
    return made


def service(people: PeopleService, per_10000: list[float]) -> VerificationService:
    """On these people, with a target that may change."""
    nobody = np.empty((0, 0), dtype=np.float32)
    return VerificationService(lambda: people.gallery, lambda: per_10000[0], lambda: nobody)


def test_the_person_and_others(people: PeopleService) -> None:
    """Each is accepted as themselves and as nobody else; a stranger as nobody."""
    checking = service(people, [10])
    for person in people.list():
        number = int(person.display_name.split()[1])
        for other in people.list():
            found = checking.verify(other.subject_id, face(number, noise=0.1, noise_seed=90))
            assert found.same == (other.subject_id == person.subject_id)
            assert found.reason.endswith(".")
        assert not checking.verify(person.subject_id, face(99)).same


def test_the_target_and_the_people_of_this_moment(people: PeopleService) -> None:
    """Fitted once for both, and again when one changes."""
    per_10000 = [10.0]
    checking = service(people, per_10000)
    first = checking.policy()
    assert checking.policy() is first
    assert (first.target, first.people) == (0.001, 5)
    per_10000[0] = 1
    stricter = checking.policy()
    assert stricter.policy.threshold < first.policy.threshold
    people.add("One more", [sample(50)])
    assert checking.policy().people == 6


def test_who_is_not_there_and_what_is_no_face(people: PeopleService) -> None:
    """Refused with what every caller knows."""
    checking = service(people, [10])
    with pytest.raises(PersonUnknown):
        checking.verify("f" * 32, face(1))
    with pytest.raises(ImplausibleEncoding):
        checking.verify(people.list()[0].subject_id, np.zeros(128))
    with pytest.raises(ImplausibleEncoding):
        checking.verify(people.list()[0].subject_id, face(1) * 5)
