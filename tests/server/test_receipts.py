"""Receipts: proven, printable, naming nobody; changed ones are told."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from server.receipts import Receipt, ReceiptBroken, Receipts

ONE = Receipt(subject_id="a" * 32, begun_at_ms=1_790_000_000_000, by="account:7")
KEY = bytes(32)


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
    text = replace(ONE, ended_at_ms=1_790_000_000_500, samples=3, pictures=1, events=7).text
    for told in (ONE.subject_id, "account:7", "2026-09-21", "3, with the key", " 7 in the history"):
        assert told in text
    assert "not finished yet" in ONE.text
    assert ONE.digest in ONE.text
    assert replace(ONE, events=8).digest != ONE.digest


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
