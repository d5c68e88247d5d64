"""Receipts of erasures: what was erased, when and by whom, with ids alone; proven and printable.

A receipt is written before anything is erased and completed afterwards. So it is also the note by
which an erasure that a crash cut short, or that an older backup undid, is done again.
"""

import hashlib
import hmac
import json
import re
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from desktop.files import write_atomically
from desktop.scrubbing import scrub
from server.command_words import server_command
from server.purposes import Purpose

FORMAT = "facenetgrid-erasure"
VERSION = 1
PURPOSE = Purpose.RECEIPTS
_NAME = re.compile(r"[0-9a-f]{32}\.json")
_LARGEST = 256 * 1024


class ReceiptBroken(Exception):  # noqa: N818 - named for what happened
    """Raised when a receipt was changed or is damaged; one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One person's erasure.

    Attributes:
        subject_id: Whose.
        begun_at_ms: When it was asked for, ms since the epoch, UTC.
        ended_at_ms: When everything was gone; None while something is left to do.
        by: Who asked: `account:ID`, `os:USER`; never a person's name.
        samples: Templates that were erased with their key.
        pictures: Kept pictures that were erased.
        events: Rows of the history that say no more who it was.
        backups: Copies of before that the server knew of: backups of everything, copies of the
            history, folders that a restore set aside.
        enrolments: Keyed digests of the enrolments that the templates came from: one that a
            checkpoint sends again is refused by them.
        also: Other ids that the same enrolments gave this person, erased with this one.
        copies_ended_at_ms: When the person was taken out of all those copies; None while some are
            left to do.
    """

    subject_id: str
    begun_at_ms: int
    by: str
    ended_at_ms: int | None = None
    samples: int = 0
    pictures: int = 0
    events: int = 0
    backups: int = 0
    enrolments: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    copies_ended_at_ms: int | None = None

    @property
    def digest(self) -> str:
        """SHA-256 over all that it says of the erasure, in hex: as the audit log has it.

        When the copies of before were clean is noted later, and leaves it as it is.
        """
        return hashlib.sha256(_content(replace(self, copies_ended_at_ms=None))).hexdigest()

    def text(self, data: Path) -> str:
        """For the person who asked, on paper.

        Args:
            data: The data folder, for the command to be typed.
        """
        command = server_command("forget-in-backups", "FILE", folder=data)
        end = "not finished yet" if self.ended_at_ms is None else _time(self.ended_at_ms)
        also = "".join(f"Enrolled also as (id):    {one}, erased too\n" for one in self.also)
        return (
            "RECEIPT OF AN ERASURE\n\n"
            f"Person (id):              {self.subject_id}\n"
            f"{also}"
            f"Asked for:                {_time(self.begun_at_ms)}, by {self.by}\n"
            f"Finished:                 {end}\n"
            f"Templates erased:         {self.samples}, with the key they were sealed with\n"
            f"Pictures erased:          {self.pictures}\n"
            f"Rows naming nobody now:   {self.events} in the history\n"
            f"Copies of before here:    {self._copies}\n"
            f"Digest (SHA-256):         {self.digest}\n\n"
            "Backups that were carried elsewhere still hold this person until the administrator\n"
            f"runs on each:  {command}\n"
            "One that is restored into these data is erased from again. Restored without that\n"
            "command into an empty folder, as on another computer, it brings the person back.\n"
        )

    @property
    def _copies(self) -> str:
        """Backups and the like, in words."""
        if not self.backups:
            return "none"
        if self.copies_ended_at_ms is not None:
            return f"{self.backups}; taken out of all of them {_time(self.copies_ended_at_ms)}"
        return f"{self.backups}; not taken out of all of them yet"


class Receipts:
    """The folder of receipts; who holds the data folder's lock calls, one thread at a time.

    Args:
        folder: Made with the first receipt.
        key: 32 bytes of the vault.
    """

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._key = key

    def write(self, receipt: Receipt) -> None:
        """Keeps a receipt in place of the one before of this person.

        Raises:
            OSError: The disk refused.
        """
        content = _content(receipt)
        plain = {**_plain(receipt), "digest": receipt.digest, "proof": self._proof(content)}
        data = json.dumps({"format": FORMAT, "version": VERSION, **plain}, indent=1)
        write_atomically(self._path(receipt.subject_id), data.encode("utf-8"))

    def read(self, subject_id: str) -> Receipt | None:
        """The receipt of a person; None without one.

        Raises:
            ReceiptBroken: It was changed or is damaged.
        """
        path = self._path(subject_id)
        return self._load(path) if path.exists() else None

    def all(self) -> tuple[tuple[Receipt, ...], tuple[str, ...]]:
        """Every receipt, the oldest first, and a sentence for each file that is none."""
        found: list[Receipt] = []
        broken: list[str] = []
        paths = self._folder.iterdir() if self._folder.is_dir() else ()
        for path in sorted(path for path in paths if _NAME.fullmatch(path.name)):
            try:
                found.append(self._load(path))
            except ReceiptBroken as error:
                broken.append(str(error))
        return tuple(sorted(found, key=lambda one: one.begun_at_ms)), tuple(broken)

    def forget_before(self, ms: int) -> int:
        """Removes finished receipts of before then; returns how many.

        Raises:
            OSError: One cannot be removed.
        """
        old = [one for one in self.all()[0] if one.ended_at_ms and one.ended_at_ms < ms]
        for receipt in old:
            scrub(self._path(receipt.subject_id))
        return len(old)

    def _load(self, path: Path) -> Receipt:
        try:
            with path.open("rb") as file:
                plain = json.loads(file.read(_LARGEST))
            proof, digest = plain.pop("proof"), plain.pop("digest")
            kind = (plain.pop("format"), plain.pop("version"))
            content = _canonical(plain)
            lists = {name: tuple(plain.get(name, ())) for name in ("enrolments", "also")}
            receipt = Receipt(**plain | lists)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ReceiptBroken(f"The receipt {path.name} is damaged.") from error
        # What is proven is what stands there: one of an earlier version says less.
        whole = hashlib.sha256(content).hexdigest()  # what versions of before wrote
        fits = kind == (FORMAT, VERSION) and digest in (receipt.digest, whole)
        expected = self._proof(content)
        if (
            not fits
            or not isinstance(proof, str)
            or not hmac.compare_digest(proof.encode(), expected.encode())
            or path.name != f"{receipt.subject_id}.json"
        ):
            raise ReceiptBroken(f"The receipt {path.name} was changed, or belongs to other data.")
        return receipt

    def _proof(self, content: bytes) -> str:
        return hmac.new(self._key, content, hashlib.sha256).hexdigest()

    def _path(self, subject_id: str) -> Path:
        if not _NAME.fullmatch(f"{subject_id}.json"):
            raise ValueError(f"{subject_id!r} is no subject id")
        return self._folder / f"{subject_id}.json"


def _content(receipt: Receipt) -> bytes:
    return _canonical(_plain(receipt))


def _plain(receipt: Receipt) -> dict[str, object]:
    """Without other ids where there are none: the digest is that of versions before them."""
    plain = asdict(receipt)
    return plain if receipt.also else {name: one for name, one in plain.items() if name != "also"}


def _canonical(plain: object) -> bytes:
    return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode("utf-8")


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
