"""Erasing, handing out and unlocking of a made-up grid, for pictures and tests."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from server.deleted_people import DeletedPerson
from server.events import ServerStateChanged
from server.receipts import Receipt


class MadeUpErasing:
    """The part of a made-up grid that erases and unlocks."""

    people: Any
    deleted: list[DeletedPerson]
    asked: list[str]
    opens_to: ServerStateChanged | None

    def start(self, *, port: int | None = None) -> None:
        """Of the whole grid."""
        raise NotImplementedError

    def unlock(self, passphrase: str) -> None:
        """Notes how long it was, and runs."""
        self.asked.append(f"unlock {len(passphrase)}")
        self.opens_to = None
        self.start()

    def deleted_people(self) -> tuple[DeletedPerson, ...]:
        """Who is in `deleted`."""
        return tuple(self.deleted)

    def erase_person(self, subject_id: str, *, by: str = "window") -> Receipt:
        """As `server.erasure`, of people made up."""
        left = [one for one in self.deleted if one.subject_id != subject_id]
        if len(left) == len(self.deleted):
            self.people.delete(subject_id)
        self.deleted = left
        return replace(self._receipt_of(subject_id), by=by)

    def _receipt_of(self, subject_id: str) -> Receipt:
        """What it says at first."""
        return Receipt(
            subject_id=subject_id,
            begun_at_ms=1_790_000_000_000,
            ended_at_ms=1_790_000_001_000,
            by="window",
            samples=5,
            pictures=1,
            events=42,
            backups=3,
        )

    def receipt(self, subject_id: str) -> Receipt | None:
        """Of somebody made up who was erased: the copies are clean by now."""
        return replace(self._receipt_of(subject_id), copies_ended_at_ms=1_790_000_042_000)

    def export_person(
        self, subject_id: str, folder: Path, *, by: str = "window"
    ) -> tuple[Path, ...]:
        """Notes whose, and where to."""
        self.asked.append(f"export {subject_id[:4]} {folder.name}")
        self.asked.append(f"by {by}")
        return (folder / "person.json", folder / "events.json")
