"""Receipts: proven, printable, naming nobody; changed ones are told."""

import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path

import pytest

from server.receipts import Receipt, ReceiptBroken, Receipts

ONE = Receipt(subject_id="a" * 32, begun_at_ms=1_790_000_000_000, by="account:7")
KEY = bytes(32)
DATA = Path("/srv/grid")
_BESIDE = ("format", "version", "digest", "proof")


def test_written_and_read(tmp_path: Path) -> None:
    """The newest of a person counts; the oldest erasure comes first."""
    receipts = Receipts(tmp_path / "erasures", KEY)
    assert receipts.read(ONE.subject_id) is None
    assert receipts.all() == ((), ())
    done = replace(ONE, ended_at_ms=1_790_000_000_500, samples=3, events=7)
    earlier = replace(ONE, subject_id="b" * 32, begun_at_ms=1)
    for receipt in (ONE, done, earlier):
        receipts.write(receipt)
    assert receipts.read(ONE.subject_id) == done
    assert receipts.all() == ((earlier, done), ())


def test_on_paper(tmp_path: Path) -> None:
    """When, by whom, what; a digest of all that it says."""
    text = replace(ONE, ended_at_ms=1_790_000_000_500, samples=3, pictures=1, events=7).text(DATA)
    for told in (ONE.subject_id, "account:7", "2026-09-21", "3, with the key", " 7 in the history"):
        assert told in text
    assert "not finished yet" in ONE.text(DATA)
    assert ONE.digest in ONE.text(DATA)
    assert "server forget-in-backups FILE --data /srv/grid\n" in ONE.text(DATA)
    assert replace(ONE, events=8).digest != ONE.digest
    assert "brings the person back" in ONE.text(DATA), "where nothing knows of the erasure"


def test_other_ids_of_the_person_stand_on_it(tmp_path: Path) -> None:
    """Without any the digest is as versions before wrote it."""
    both = replace(ONE, also=("b" * 32,))
    assert f"Enrolled also as (id):    {'b' * 32}, erased too\n" in both.text(DATA)
    assert both.digest != ONE.digest
    receipts = Receipts(tmp_path, KEY)
    receipts.write(ONE)
    assert "also" not in json.loads((tmp_path / f"{ONE.subject_id}.json").read_bytes())
    receipts.write(both)
    assert receipts.read(ONE.subject_id) == both


@pytest.mark.parametrize("change", [{"events": 9}, {"by": "account:8"}, {"proof": "0" * 64}, {}])
def test_a_changed_receipt_is_told(tmp_path: Path, change: dict[str, object]) -> None:
    """Also one that was renamed, damaged, or comes from other data."""
    receipts = Receipts(tmp_path, KEY)
    receipts.write(ONE)
    path = tmp_path / f"{ONE.subject_id}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    if change:
        with pytest.raises(ReceiptBroken, match="changed"):
            receipts.read(ONE.subject_id)
    with pytest.raises(ReceiptBroken, match="changed"):
        Receipts(tmp_path, b"\1" * 32).read(ONE.subject_id)
    path.rename(tmp_path / f"{'c' * 32}.json")
    with pytest.raises(ReceiptBroken):
        receipts.read("c" * 32)
    (tmp_path / f"{'d' * 32}.json").write_bytes(b"{")
    assert len(receipts.all()[1]) == 2


def test_old_receipts_are_forgotten(tmp_path: Path) -> None:
    """One that is not finished stays: it is still to be done."""
    receipts = Receipts(tmp_path, KEY)
    receipts.write(ONE)
    receipts.write(replace(ONE, subject_id="b" * 32, ended_at_ms=1_000))
    assert receipts.forget_before(2_000) == 1
    assert receipts.all()[0] == (ONE,)
    with pytest.raises(ValueError, match="subject id"):
        receipts.read("../../x")


def test_what_it_says_of_copies() -> None:
    """None, some that the person is still in, and all of them clean since when."""
    done = replace(ONE, ended_at_ms=1_790_000_000_500)
    some = replace(done, backups=8)
    for receipt, words in (
        (done, "here:    none\n"),
        (some, "here:    8; not taken out of all of them yet\n"),
        (
            replace(some, copies_ended_at_ms=1_790_000_060_000),
            "here:    8; taken out of all of them 2026-09-21 14:14:20 UTC\n",
        ),
    ):
        assert words in receipt.text(DATA)


def test_one_of_an_earlier_version_still_counts(tmp_path: Path) -> None:
    """It says nothing of copies and enrolments; what it says is proven."""
    receipts = Receipts(tmp_path, KEY)
    receipts.write(ONE)
    path = tmp_path / f"{ONE.subject_id}.json"
    plain = json.loads(path.read_text())
    names = ("enrolments", "copies_ended_at_ms", "proof", "digest", "format", "version")
    head = {name: plain.pop(name) for name in names}
    content = json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()
    plain["digest"] = hashlib.sha256(content).hexdigest()
    plain["proof"] = hmac.new(KEY, content, hashlib.sha256).hexdigest()
    path.write_text(json.dumps(plain | {"format": head["format"], "version": head["version"]}))
    assert receipts.read(ONE.subject_id) == ONE
    receipts.write(replace(ONE, enrolments=("e" * 32,)))
    again = receipts.read(ONE.subject_id)
    assert again is not None
    assert again.enrolments == ("e" * 32,)


def test_the_digest_is_that_of_the_audit_log_for_ever(tmp_path: Path) -> None:
    """The log has it before the copies are clean; a receipt of before that says another counts."""
    receipts = Receipts(tmp_path, KEY)
    clean = replace(ONE, ended_at_ms=9, backups=1, copies_ended_at_ms=10)
    assert clean.digest == replace(clean, copies_ended_at_ms=None).digest
    receipts.write(clean)
    assert receipts.read(ONE.subject_id) == clean
    path = tmp_path / f"{ONE.subject_id}.json"
    plain = json.loads(path.read_text())
    assert plain["digest"] == clean.digest
    said = {name: plain[name] for name in plain if name not in _BESIDE}
    content = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    path.write_text(json.dumps(plain | {"digest": hashlib.sha256(content).hexdigest()}))
    assert receipts.read(ONE.subject_id) == clean
    path.write_text(json.dumps(plain | {"digest": "0" * 64}))
    with pytest.raises(ReceiptBroken):
        receipts.read(ONE.subject_id)
