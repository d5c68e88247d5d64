"""A chain of records in a file: each holds the hash of the one before, and each is signed.

A line is one JSON object in its only allowed spelling (`canonical`): `sequence`, `before` (the hash
of the record before), what the record is about, and `signature` (Ed25519 over the hash of all the
rest). So every record is a *head*: whoever keeps one can prove later that the chain once reached
it. Without the key nobody can write a record, and nobody can take one out unnoticed, but for the
newest ones: those are missed by whoever kept a later head.

Another key can go on with a chain. The first record that it signs is a *joint*: it holds `joins`,
the key before and what that key signed of the place and of the key after it. So every record
before stays proven, by the hashes up to a record of the key that counts now.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

BEGINNING = "0" * 64
"""What the first record holds in the place of a hash before it."""

LONGEST_LINE = 16 * 1024
LONGEST_HEAD = 256
"""Characters of `Head.text`, at most."""

_HEAD = re.compile(r"([1-9][0-9]{0,17})\.([0-9a-f]{64})\.([0-9a-f]{128})")
_KEY = re.compile(r"[0-9a-f]{64}")
_CONTEXT = b"FaceNetGrid audit record 1\0"
_JOINT_CONTEXT = b"FaceNetGrid audit key 1\0"
_OWN_FIELDS = ("sequence", "before", "signature", "joins")
MOST_JOINTS = 8
"""Of `joints_text`: whoever missed more of them does not follow."""
LONGEST_JOINTS = MOST_JOINTS * 280
"""Characters of `joints_text`, at most."""
_JOINT = re.compile(r"([1-9][0-9]{0,17})\.([0-9a-f]{64})\.([0-9a-f]{64})\.([0-9a-f]{128})")


class NotAHead(ValueError):  # noqa: N818 - named for what it is
    """Raised when a text is no signed head."""


@dataclass(frozen=True, slots=True)
class Head:
    """The place of one record: its number from 1 on, its hash and the signature over both."""

    sequence: int
    digest: str
    signature: str

    def text(self) -> str:
        """One line of letters, digits and points."""
        return f"{self.sequence}.{self.digest}.{self.signature}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Reads `text()` again.

        Raises:
            NotAHead: It is something else.
        """
        found = _HEAD.fullmatch(text)
        if found is None:
            raise NotAHead("This is no head of an audit log.")
        return cls(int(found[1]), found[2], found[3])

    def signed_by(self, public_key: str) -> bool:
        """Whether the key (64 hex digits) signed it."""
        return _signs(public_key, self.signature, _signed(self.sequence, self.digest))


@dataclass(frozen=True, slots=True)
class Joint:
    """Where another key went on with a chain.

    Attributes:
        sequence: Of the first record of the key after.
        before: The digest of the last record of the key before.
        key: The key before, 64 hex digits.
        signature: By the key before, over all this and the key after.
    """

    sequence: int
    before: str
    key: str
    signature: str

    def hands_on_to(self, key: str) -> bool:
        """Whether the key before says that this one is the key after."""
        return _signs(self.key, self.signature, _joined(self.sequence, self.before, key))

    def text(self) -> str:
        """A word of letters, digits and points."""
        return f"{self.sequence}.{self.before}.{self.key}.{self.signature}"


def joints_text(joints: Sequence[Joint]) -> str:
    """The newest joints of a chain, the oldest first, with blanks between them."""
    return " ".join(joint.text() for joint in joints[-MOST_JOINTS:])


def follows(kept: Head, kept_key: str, head: Head, key: str, joints: str) -> bool:
    """Whether a head of another key goes on from one that somebody kept.

    Args:
        kept: The head that was kept, whose signature was checked.
        kept_key: The key that signed it.
        head: The newest head, whose signature was checked.
        key: The key that signed it.
        joints: As `joints_text` makes them; anything else is no proof.
    """
    found = [_JOINT.fullmatch(word) for word in joints.split()[:MOST_JOINTS]]
    chain = [Joint(int(one[1]), one[2], one[3], one[4]) for one in found if one is not None]
    while chain and chain[0].key != kept_key:
        chain.pop(0)
    if not chain or len({joint.key for joint in chain}) != len(chain):
        return False
    after = [*(joint.key for joint in chain[1:]), key]
    if not all(joint.hands_on_to(one) for joint, one in zip(chain, after, strict=True)):
        return False
    first, last = chain[0], chain[-1]
    ended = kept.sequence == first.sequence - 1
    return (
        kept.sequence < first.sequence
        and last.sequence <= head.sequence
        and (not ended or kept.digest == first.before)
    )


class Signer:
    """Writes records. Any thread may call.

    Args:
        seed: 32 secret bytes; the same ones make the same key.
    """

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key().public_bytes_raw().hex()

    def handing_on(self, sequence: int, before: str, key: str) -> dict[str, str]:
        """What the first record of another key holds of this one, at that place."""
        said = self._key.sign(_joined(sequence, before, key)).hex()
        return {"key": self.public_key, "signature": said}

    def line(
        self,
        content: Mapping[str, Any],
        *,
        sequence: int,
        before: str,
        joins: "Signer | None" = None,
    ) -> tuple[bytes, Head]:
        """The next record's line, without the line's end, and its head.

        Args:
            content: What it is about, as JSON; none of the chain's own fields.
            sequence: Its number.
            before: The digest of the record before, or `BEGINNING`.
            joins: Who signed the records before, where this is the first one of another key.

        Raises:
            ValueError: The content is too long, no JSON, or uses a field of the chain.
        """
        if any(name in content for name in _OWN_FIELDS):
            raise ValueError("a record's content may not use the chain's own fields")
        body = {**content, "sequence": sequence, "before": before}
        if joins is not None:
            body["joins"] = joins.handing_on(sequence, before, self.public_key)
        digest = digest_of(body)
        signature = self._key.sign(_signed(sequence, digest)).hex()
        line = canonical({**body, "signature": signature})
        if len(line) > LONGEST_LINE:
            raise ValueError(f"a record has at most {LONGEST_LINE} bytes")
        return line, Head(sequence, digest, signature)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written: at which record, and a sentence."""

    sequence: int
    sentence: str


@dataclass(slots=True)
class Reading:
    """What reading a chain gave.

    Attributes:
        records: The records that could be read, in the file's order.
        digests: The digest of each record that is in order, by its number.
        findings: What is wrong, in the file's order; empty when the chain is whole.
        head: Of the last record that is in order; None before the first.
        next_sequence: The number of the record that would follow.
        public_key: Of whoever signs now, 64 hex digits.
        joints: Where it went on from other keys, the oldest first.
    """

    records: list[Mapping[str, Any]] = field(default_factory=list)
    digests: dict[int, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    head: Head | None = None
    next_sequence: int = 1
    public_key: str = ""
    joints: list[Joint] = field(default_factory=list)

    def key_of(self, sequence: int) -> str:
        """The key that has to have signed the record of that number."""
        return next((one.key for one in self.joints if sequence < one.sequence), self.public_key)

    def take(self, record: Mapping[str, Any], head: Head) -> None:
        """Adds a record that is in order."""
        self.records.append(record)
        self.digests[head.sequence] = head.digest
        self.head = head
        self.next_sequence = head.sequence + 1

    def is_signed(self, record: Mapping[str, Any]) -> bool:
        """Whether a record of `records` is signed as it has to be, where not all were looked at."""
        number = record["sequence"]
        head = Head(number, self.digests[number], record["signature"])
        return head.signed_by(self.key_of(number))

    def find(self, sequence: int, sentence: str) -> None:
        """Adds a finding."""
        self.findings.append(Finding(sequence, sentence))

    def compare(self, kept: Head, whose: str) -> None:
        """Looks whether the chain (still) has a head that somebody kept.

        Args:
            kept: The head, whose signature the caller has checked.
            whose: Who kept it, for the sentence.
        """
        digest = self.digests.get(kept.sequence)
        if digest == kept.digest or any(one.sequence == kept.sequence for one in self.findings):
            return
        if digest is not None:
            self.find(
                kept.sequence,
                f"Record {kept.sequence} is not the one {whose} saw: the log was made again.",
            )
        elif kept.sequence >= self.next_sequence:
            missing = _records(self.next_sequence, kept.sequence)
            self.find(
                self.next_sequence,
                f"{missing} missing at the end: {whose} saw record {kept.sequence}. "
                "The log was cut off, or an older copy was put in its place.",
            )
        else:
            self.find(kept.sequence, f"Record {kept.sequence}, which {whose} saw, is missing.")


def read(lines: Iterable[bytes], public_key: str, *, signatures: bool = True) -> Reading:
    """Reads a chain and finds everything that was done to it.

    Args:
        lines: The file's lines with their ends, from the first on.
        public_key: Of whoever signs now, 64 hex digits; those before are found by the joints.
        signatures: Whether every signature is checked (about 0.1 ms each); otherwise the last
            one and the joints alone, which finds as surely *that* something was done, not always
            where.
    """
    found = [(line, _parsed(line)) for line in lines]
    keys, joints = _keys_of([parsed for _line, parsed in found], public_key)
    reading = Reading(public_key=public_key, joints=joints)
    before: str | None = BEGINNING
    for (line, parsed), key in zip(found, keys, strict=True):
        if parsed is None or (signatures and not parsed[1].signed_by(key)):
            # Nothing in it can be relied on: it counts as the record that belongs here.
            changed = reading.next_sequence
            reading.find(changed, f"Record {changed} {_what_happened(line, parsed)}.")
            reading.next_sequence += 1
            before = None
            continue
        record, head = parsed
        if head.sequence < reading.next_sequence:
            reading.find(
                head.sequence,
                f"Record {head.sequence} stands where record {reading.next_sequence} belongs.",
            )
            continue
        if head.sequence > reading.next_sequence:
            missing = _records(reading.next_sequence, head.sequence - 1)
            reading.find(
                reading.next_sequence,
                f"{missing} missing: record {head.sequence} follows at once.",
            )
        elif before not in (None, record["before"]):
            changed = max(1, head.sequence - 1)
            reading.find(
                changed,
                f"Record {changed} was changed: record {head.sequence} follows another one.",
            )
        reading.take(record, head)
        before = head.digest
    last = reading.head
    if not signatures and last is not None and not last.signed_by(reading.key_of(last.sequence)):
        reading.find(last.sequence, f"Record {last.sequence} is not signed by this server.")
    return reading


def _keys_of(
    parsed: Sequence[tuple[Mapping[str, Any], Head] | None], public_key: str
) -> tuple[list[str], list[Joint]]:
    """The key that has to have signed each line, and the joints.

    From the end to the beginning: a joint names the key before it once the key after it, which is
    known, has signed it.
    """
    keys: list[str] = []
    joints: list[Joint] = []
    key = public_key
    for one in reversed(parsed):
        keys.append(key)
        joint = None if one is None else _joint_of(one[0])
        if one is not None and joint and one[1].signed_by(key) and joint.hands_on_to(key):
            joints.append(joint)
            key = joint.key
    return keys[::-1], joints[::-1]


def _joint_of(record: Mapping[str, Any]) -> Joint | None:
    joins = record.get("joins")
    if not isinstance(joins, dict):
        return None
    text = f"{record['sequence']}.{record['before']}.{joins.get('key')}.{joins.get('signature')}"
    found = _JOINT.fullmatch(text)
    return None if found is None else Joint(int(found[1]), found[2], found[3], found[4])


def _what_happened(line: bytes, parsed: object) -> str:
    if parsed is not None:
        return "is not signed by this server: it was changed"
    if not line.endswith(b"\n"):
        return "is incomplete: the file was cut off"
    return "cannot be read: it was changed"


def canonical(record: Mapping[str, Any]) -> bytes:
    """The only allowed spelling of a record: keys in order, no spaces, ASCII."""
    return json.dumps(
        record, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    ).encode("ascii")


def digest_of(body: Mapping[str, Any]) -> str:
    """SHA-256 over a record without its signature, in hex."""
    return hashlib.sha256(canonical(body)).hexdigest()


def _parsed(line: bytes) -> tuple[Mapping[str, Any], Head] | None:
    """The record of a line and its head; None when a single byte is not as it was written."""
    if len(line) > LONGEST_LINE + 1 or not line.endswith(b"\n"):
        return None
    try:
        record = json.loads(line)
        if not isinstance(record, dict) or canonical(record) != line[:-1]:
            return None
        sequence, signature = record["sequence"], record["signature"]
        if type(sequence) is not int or not isinstance(record["before"], str):
            return None
        body = {key: value for key, value in record.items() if key != "signature"}
        return record, Head.parse(f"{sequence}.{digest_of(body)}.{signature}")
    except (ValueError, KeyError, RecursionError):
        return None


def _signed(sequence: int, digest: str) -> bytes:
    return _CONTEXT + f"{sequence}.{digest}".encode("ascii")


def _joined(sequence: int, before: str, key: str) -> bytes:
    return _JOINT_CONTEXT + f"{sequence}.{before}.{key}".encode("ascii")


def _signs(public_key: str, signature: str, message: bytes) -> bool:
    if not _KEY.fullmatch(public_key):
        return False
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    try:
        key.verify(bytes.fromhex(signature), message)
    except InvalidSignature:
        return False
    return True


def _records(first: int, last: int) -> str:
    return f"Record {first} is" if first == last else f"Records {first} to {last} are"
