"""Who is enrolled, as one signed-in person may see and change it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from server.administration import Administration
from server.grounds import stated_by
from server.permissions import Action, Actor

if TYPE_CHECKING:
    from biometrics.gallery import Person
    from server.grid import Grid


class ActingPeople:
    """Who is enrolled, for one actor; as `server.people.PeopleService`."""

    def __init__(self, grid: "Grid", administration: Administration, actor: Actor) -> None:
        self._people = grid.people
        self._administration = administration
        self._actor = actor

    def _look(self) -> None:
        self._administration.check(self._actor, Action.VIEW_PEOPLE)

    def list(self) -> "tuple[Person, ...]":
        """Everybody, by name."""
        self._look()
        return self._people.list()

    def picture(self, subject_id: str) -> bytes | None:
        """The kept picture, JPEG."""
        self._look()
        return self._people.picture(subject_id)

    def consent(self, subject_id: str) -> Mapping[str, Any] | None:
        """What was agreed to."""
        self._look()
        return self._people.consent(subject_id)

    def without_consent(self) -> frozenset[str]:
        """The ids of people of whom nothing was noted."""
        self._look()
        return self._people.without_consent()

    def note_consent(self, subject_id: str, ground: str) -> "Person":
        """Notes afterwards on what ground somebody is enrolled.

        Raises:
            GroundMissing: It is none.
        """
        consent = stated_by(self._actor, ground)
        return self._administration.act(
            self._actor,
            Action.NOTE_CONSENT,
            lambda: self._people.note_consent(subject_id, consent),
            target=subject_id,
        )

    def rename(self, subject_id: str, display_name: str) -> "Person":
        """Gives another name."""
        return self._administration.act(
            self._actor,
            Action.RENAME_PERSON,
            lambda: self._people.rename(subject_id, display_name),
            target=subject_id,
        )

    def delete(self, subject_id: str) -> None:
        """Forgets a person."""
        self._administration.act(
            self._actor,
            Action.DELETE_PERSON,
            lambda: self._people.delete(subject_id),
            target=subject_id,
        )

    def forget_pictures(self) -> int:
        """Deletes every kept picture, once none may be kept."""
        return self._administration.act(
            self._actor,
            Action.CHANGE_SETTINGS,
            self._people.forget_pictures,
            details={"what": "forget pictures"},
        )
