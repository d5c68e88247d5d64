"""The chain: everything that can be done to a file of records is found, and where."""

import hashlib
import json
import time
from typing import Any

import pytest

from security.chain import (
    BEGINNING,
    LONGEST_HEAD,
    LONGEST_JOINTS,
    MOST_JOINTS,
    Head,
    Joint,
    NotAHead,
    Reading,
    Signer,
    canonical,
    digest_of,
    follows,
    joints_text,
    read,
)

SIGNER = Signer(b"s" * 32)


def chain(count: int, *, signer: Signer = SIGNER, mark: str = "") -> tuple[list[bytes], list[Head]]:
    """A chain of records, as lines with their ends, and the head of each."""
    lines, heads = [], []
    before = BEGINNING
    for sequence in range(1, count + 1):
        content = {"action": f"rename person{mark}", "target": f"person-{sequence}", "at_ms": 1}
        line, head = signer.line(content, sequence=sequence, before=before)
        lines.append(line + b"\n")
        heads.append(head)
        before = head.digest
    return lines, heads


def found(lines: list[bytes], *, signatures: bool = True) -> Reading:
    """What reading the lines gives."""
    return read(lines, SIGNER.public_key, signatures=signatures)


def places(reading: Reading) -> list[int]:
    """The records at which something was found."""
    return [finding.sequence for finding in reading.findings]


def test_a_chain_as_it_was_written_is_whole() -> None:
    """Its head is that of the last record, and every head stands alone."""
    lines, heads = chain(5)
    for signatures in (True, False):
        reading = found(lines, signatures=signatures)
        assert reading.findings == []
        assert reading.head == heads[-1]
        assert [record["target"] for record in reading.records] == [
            f"person-{n}" for n in range(1, 6)
        ]
        assert reading.next_sequence == 6
    for head in heads:
        assert head.signed_by(SIGNER.public_key)
        assert Head.parse(head.text()) == head
        assert len(head.text()) <= LONGEST_HEAD
    assert found([]).head is None


def test_every_changed_byte_is_found_at_its_record() -> None:
    """Each byte of each line, one at a time, to several other values."""
    lines, heads = chain(3)
    for number, line in enumerate(lines):
        for place in range(len(line)):
            for other in {line[place] ^ 1, line[place] ^ 32, 10, 0} - {line[place]}:
                changed = line[:place] + bytes([other]) + line[place + 1 :]
                text = b"".join([*lines[:number], changed, *lines[number + 1 :]])
                reading = found(text.splitlines(keepends=True))
                reading.compare(heads[-1], "somebody")
                assert number + 1 in places(reading), (number, place, other)
                assert not any(at <= number for at in places(reading))


def test_every_deleted_record_is_named() -> None:
    """One in the middle, several, the first; the newest are missed by whoever kept a head."""
    lines, heads = chain(6)
    for first in range(6):
        for last in range(first, 6):
            reading = found(lines[:first] + lines[last + 1 :])
            reading.compare(heads[-1], "checkpoint lobby")
            assert places(reading)[0] == first + 1
            assert "missing" in reading.findings[0].sentence
    reading = found(lines[:1] + lines[3:])
    assert reading.findings[0].sentence == "Records 2 to 3 are missing: record 4 follows at once."


def test_records_in_another_order_and_doubled_ones_are_found() -> None:
    """Every exchange of two lines, and every line said again at the end."""
    lines, _ = chain(5)
    for one in range(5):
        for other in range(one + 1, 5):
            mixed = list(lines)
            mixed[one], mixed[other] = mixed[other], mixed[one]
            assert places(found(mixed))[0] == one + 1
    for line in lines:
        assert found([*lines, line]).findings


def test_every_cut_is_found_by_whoever_kept_the_newest_head() -> None:
    """At every byte of the last two records, and the whole file."""
    lines, heads = chain(4)
    whole = b"".join(lines)
    for length in (0, *range(len(lines[0] + lines[1]), len(whole))):
        reading = found(whole[:length].splitlines(keepends=True))
        reading.compare(heads[-1], "checkpoint lobby")
        full = whole[:length].count(b"\n")
        assert places(reading)[0] == full + 1, length


def test_an_older_copy_in_its_place_is_found_by_a_kept_head() -> None:
    """It is whole in itself: only somebody who saw more can tell."""
    lines, heads = chain(5)
    reading = found(lines[:3])
    assert reading.findings == []
    reading.compare(heads[4], "checkpoint lobby")
    assert places(reading) == [4]
    assert "checkpoint lobby saw record 5" in reading.findings[0].sentence
    older = found(lines)
    older.compare(heads[2], "checkpoint lobby")
    assert older.findings == []


def test_a_chain_made_again_without_the_key_is_found_from_the_first_record_on() -> None:
    """The hashes fit, the signatures cannot."""
    lines, _ = chain(4)
    records = [json.loads(line) for line in lines]
    records[1]["target"] = "somebody else"
    before = digest_of({key: value for key, value in records[0].items() if key != "signature"})
    forged = lines[:1]
    for record in records[1:]:
        body = {key: value for key, value in record.items() if key != "signature"}
        body["before"] = before
        before = digest_of(body)
        forged.append(canonical({**body, "signature": record["signature"]}) + b"\n")
    assert places(found(forged)) == [2, 3, 4]
    assert places(found(forged, signatures=False)) == [4]
    other, _ = chain(4, signer=Signer(b"o" * 32))
    assert places(found(other)) == [1, 2, 3, 4]


def test_a_fork_by_whoever_has_the_key_is_found_by_a_kept_head() -> None:
    """Two chains, both signed: only one of them has the record that was seen."""
    _, seen = chain(4)
    fork, _ = chain(4, mark=" in another world")
    reading = found(fork)
    assert reading.findings == []
    reading.compare(seen[2], "checkpoint lobby")
    assert places(reading) == [3]
    assert "made again" in reading.findings[0].sentence


def test_another_spelling_of_the_same_record_is_a_change() -> None:
    """Spaces, another order, a doubled key, a number as 1.0, upper-case hex."""
    lines, _ = chain(1)
    line = lines[0]
    record: dict[str, Any] = json.loads(line)
    reordered = dict(reversed(record.items()))
    spellings = [
        json.dumps(record, sort_keys=True).encode() + b"\n",
        json.dumps(reordered, separators=(",", ":")).encode() + b"\n",
        line.replace(b'{"action"', b'{"action":"x","action"'),
        line.replace(b'"sequence":1', b'"sequence":1.0'),
        line.replace(b'"sequence":1', b'"sequence":true'),
        canonical({**record, "signature": record["signature"].upper()}) + b"\n",
        b" " + line,
        line[:-1] + b"\r\n",
        line[:-1] + b" \n",
        b"\xef\xbb\xbf" + line,
    ]
    for spelling in spellings:
        assert places(found([spelling])) == [1], spelling


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\n",
        b"null\n",
        b"[]\n",
        b"{}\n",
        b"[" * 5000 + b"\n",
        b'{"sequence":1}\n',
        b'{"a":NaN}\n',
        b"\xff\xfe\n",
        b'{"before":1,"sequence":1,"signature":"00"}\n',
        b'"' + b"x" * 20_000 + b'"\n',
        b"1" * 5000 + b"\n",
    ],
)
def test_rubbish_is_a_finding_and_never_an_exception(rubbish: bytes) -> None:
    """Whatever stands in the file; what follows is judged by itself."""
    lines, _ = chain(2)
    assert places(found([rubbish])) == [1]
    assert places(found([rubbish, lines[1]])) == [1]
    assert 3 in places(found([*lines, rubbish]))


def test_two_changes_are_two_findings() -> None:
    """The first does not hide the second."""
    lines, _ = chain(8)
    lines[1] = lines[1].replace(b"person-2", b"person-3")
    lines[6] = lines[6].replace(b"person-7", b"person-1")
    assert places(found(lines)) == [2, 7]


@pytest.mark.parametrize("text", ["", "1", "0.a.b", "x" * 300, "1." + "a" * 64 + "." + "g" * 128])
def test_what_is_no_head_is_refused(text: str) -> None:
    """As it may come from the network."""
    with pytest.raises(NotAHead):
        Head.parse(text)


def test_a_head_of_another_key_or_number_is_not_signed() -> None:
    """The signature binds the number and the hash."""
    _, heads = chain(2)
    one, two = heads
    assert not Head(2, one.digest, one.signature).signed_by(SIGNER.public_key)
    assert not Head(1, two.digest, one.signature).signed_by(SIGNER.public_key)
    assert not one.signed_by(Signer(b"o" * 32).public_key)
    assert not one.signed_by("no key")


def test_a_record_keeps_to_its_fields_and_its_length() -> None:
    """The chain's own fields cannot be said by whoever records."""
    for content in ({"sequence": 4}, {"before": ""}, {"signature": ""}, {"x": "y" * 20_000}):
        with pytest.raises(ValueError, match="record"):
            SIGNER.line(content, sequence=1, before=BEGINNING)
    with pytest.raises(ValueError, match="JSON"):
        SIGNER.line({"x": float("nan")}, sequence=1, before=BEGINNING)


def test_the_hash_is_sha_256_over_everything_but_the_signature() -> None:
    """So that somebody else can check it with their own tools."""
    lines, heads = chain(1)
    record = json.loads(lines[0])
    del record["signature"]
    text = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
    assert heads[0].digest == hashlib.sha256(text).hexdigest()


def test_a_thousand_records_are_read_in_a_moment() -> None:
    """Ten thousand in seconds, then, every signature among them."""
    lines, _ = chain(1000)
    begin = time.perf_counter()
    assert found(lines).findings == []
    assert time.perf_counter() - begin < 2.0


LATER, LATEST = Signer(b"l" * 32), Signer(b"n" * 32)


def joined(*counts: int) -> tuple[list[bytes], list[Head]]:
    """A chain that each of three signers wrote some records of, the later ones by joints."""
    lines: list[bytes] = []
    heads: list[Head] = []
    before, last = BEGINNING, None
    for signer, count in zip((SIGNER, LATER, LATEST), counts, strict=False):
        for number in range(count):
            line, head = signer.line(
                {"target": "x"},
                sequence=len(heads) + 1,
                before=before,
                joins=None if number else last,
            )
            lines.append(line + b"\n")
            heads.append(head)
            before = head.digest
        last = signer
    return lines, heads


@pytest.mark.parametrize("signatures", [True, False])
def test_another_key_goes_on_and_records_of_before_stay_proven(signatures: bool) -> None:
    """By the key of now alone; each record has to be signed by the key of its time."""
    lines, heads = joined(3, 2, 2)
    reading = read(lines, LATEST.public_key, signatures=signatures)
    assert reading.findings == []
    assert reading.head == heads[-1]
    assert [joint.sequence for joint in reading.joints] == [4, 6]
    keys = [SIGNER] * 3 + [LATER] * 2 + [LATEST] * 2
    for number, (signer, record) in enumerate(zip(keys, reading.records, strict=True), start=1):
        assert reading.key_of(number) == signer.public_key
        assert reading.is_signed(record)


def test_the_key_before_changes_nothing_any_more() -> None:
    """Whoever has it can write records, but none that the key after it goes on from."""
    lines, heads = joined(3, 2)
    others = [line + b"\n" for line in _made_again(SIGNER, 3)]
    assert places(read([*others, *lines[3:]], LATER.public_key)) == [3]
    more, _ = SIGNER.line({"target": "x"}, sequence=6, before="0" * 64)
    assert places(read([*lines, more + b"\n"], LATER.public_key)) == [6]
    forged, _ = SIGNER.line({"target": "x"}, sequence=4, before=heads[2].digest, joins=SIGNER)
    assert 4 in places(read([*lines[:3], forged + b"\n", lines[4]], LATER.public_key))
    assert places(read(lines[:3], LATER.public_key)) == [1, 2, 3], "cut off before the joint"


def _made_again(signer: Signer, count: int) -> list[bytes]:
    before, lines = BEGINNING, []
    for sequence in range(1, count + 1):
        line, head = signer.line({"target": "y"}, sequence=sequence, before=before)
        before = head.digest
        lines.append(line)
    return lines


def test_a_head_that_was_kept_is_followed_by_another_keys() -> None:
    """Over one joint or two; not by a stranger's key, nor from a head that the chain never had."""
    lines, heads = joined(3, 2, 2)
    text = joints_text(read(lines, LATEST.public_key).joints)
    assert len(text) <= LONGEST_JOINTS
    now = (heads[-1], LATEST.public_key, text)
    for kept in heads[:3]:
        assert follows(kept, SIGNER.public_key, *now)
    assert follows(heads[4], LATER.public_key, *now)
    stranger = Signer(b"x" * 32)
    _, other = stranger.line({}, sequence=9, before="0" * 64)
    assert not follows(heads[0], SIGNER.public_key, other, stranger.public_key, text)
    _, fork = SIGNER.line({"target": "another"}, sequence=3, before=heads[1].digest)
    assert not follows(fork, SIGNER.public_key, *now)
    _, beyond = SIGNER.line({"target": "another"}, sequence=4, before=heads[2].digest)
    assert not follows(beyond, SIGNER.public_key, *now)
    assert not follows(heads[0], SIGNER.public_key, heads[4], LATEST.public_key, text), "too early"
    for wrong in ("", "rubbish", text.split()[0], text[:-1] + "0", text + " " + text):
        assert not follows(heads[0], SIGNER.public_key, *now[:2], wrong) or wrong == text


def test_only_the_newest_joints_are_told() -> None:
    """So that a welcome stays short, however often the key was renewed."""
    joints = [Joint(10**17 + n, "a" * 64, "b" * 64, "c" * 128) for n in range(20)]
    text = joints_text(joints)
    assert len(text.split()) == MOST_JOINTS
    assert text.endswith(joints[-1].text())
    assert len(text) <= LONGEST_JOINTS
