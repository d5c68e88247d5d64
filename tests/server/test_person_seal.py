"""One person's file: what goes in comes out, with a key of its own; everything else is refused."""

import pickle

import pytest

from server.person_seal import LARGEST_FILE, MAC_BYTES, PersonSeal, SealRefused
from server.safe_pickle import PickleRefused, dump_primitives
from server.stored_person import MOST_TEMPLATES, StoredTemplate
from tests.server.people_examples import person, template
from tests.server.vaults import a_vault

SEAL = PersonSeal(a_vault())


def test_sealed_and_unsealed() -> None:
    """The person, the revision and the mark of the list; never the same bytes twice."""
    one = person()
    data = SEAL.seal(one, 7)
    found = SEAL.unseal(data)
    assert (found.person, found.revision, found.mark) == (one, 7, SEAL.check(data))
    assert SEAL.seal(one, 7) != data
    assert pickle.loads(data)["key"] != pickle.loads(SEAL.seal(one, 7))["key"]


def test_every_changed_byte_is_noticed_before_anything_is_read() -> None:
    """One bit anywhere, a cut anywhere, something added."""
    data = SEAL.seal(person(), 1)
    for place in range(0, len(data), 7):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises(SealRefused):
            SEAL.check(bytes(changed))
        with pytest.raises(SealRefused):
            SEAL.check(data[:place])
    with pytest.raises(SealRefused):
        SEAL.check(data + b"\0")


def test_other_vaults_and_plain_files_are_told_apart() -> None:
    """An administrator has to know whether a key or a file is the wrong one."""
    one = person()
    with pytest.raises(SealRefused, match="key of other data"):
        PersonSeal(a_vault(bytes(32))).unseal(SEAL.seal(one, 1))
    with pytest.raises(SealRefused, match="not sealed"):
        SEAL.unseal(dump_primitives(one.to_plain()))
    with pytest.raises(SealRefused, match="are allowed"):
        SEAL.check(bytes(LARGEST_FILE + 1))


def test_what_the_vault_sealed_is_checked_all_the_same() -> None:
    """Sealed by a newer version, or by a mistake of ours."""
    outer = pickle.loads(SEAL.seal(person(), 1))
    for content in (outer | {"version": 2}, outer | {"format": "x"}, [], {"a": [[[1]]]}):
        data = pickle.dumps(content, protocol=4)
        with pytest.raises(SealRefused):
            SEAL.unseal(data + SEAL._mac(data))


def _much(seed: int) -> StoredTemplate:
    return template(seed, quality={f"{'measure' * 5}{n}": 0.1 for n in range(32)}, source="x" * 300)


def test_the_largest_person_fits() -> None:
    """1,000 samples; more than a file may hold is refused when it is sealed."""
    quality = {f"measure_{n}": n / 7 for n in range(12)}
    samples = tuple(template(n, quality=quality, source="x" * 300) for n in range(MOST_TEMPLATES))
    data = SEAL.seal(person(templates=samples), 1)
    assert len(SEAL.unseal(data).person.templates) == MOST_TEMPLATES
    assert MAC_BYTES < len(data) <= LARGEST_FILE
    with pytest.raises(PickleRefused):
        SEAL.seal(person(templates=tuple(_much(n) for n in range(MOST_TEMPLATES))), 1)
