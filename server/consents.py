"""The text that people agree to, with how many agreed to which version: to read and to replace."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from server.consent_texts import ConsentText, ConsentTexts
from server.stored_person import Primitive

Consent = Mapping[str, Primitive] | None


@dataclass(frozen=True, slots=True)
class ConsentState:
    """How it stands.

    Attributes:
        in_force: What checkpoints show now.
        texts: Every text, the newest version first.
        people: How many of those who are enrolled agreed to which version last.
        stated: How many are enrolled on a ground that was stated (photos, imports).
        nothing: Of how many nothing was noted.
    """

    in_force: ConsentText
    texts: tuple[ConsentText, ...]
    people: Mapping[int, int]
    stated: int = 0
    nothing: int = 0

    @property
    def agreed(self) -> int:
        """How many agreed to what is in force."""
        return self.people.get(self.in_force.version, 0)


class Consents:
    """Reads and replaces the text in force. Any thread may call.

    Args:
        texts: The texts.
        consents: What was noted at everybody who is enrolled.
    """

    def __init__(self, texts: ConsentTexts, consents: Callable[[], Iterable[Consent]]) -> None:
        self._texts = texts
        self._consents = consents

    def state(self) -> ConsentState:
        """How it stands now; looks at everybody.

        Raises:
            ConsentTextsBroken: The file is damaged, or somebody changed it.
        """
        texts = self._texts.all()
        people: dict[int, int] = {}
        stated = nothing = 0
        for consent in self._consents():
            version = None if consent is None else consent.get("version")
            if isinstance(version, int):
                people[version] = people.get(version, 0) + 1
            elif consent:
                stated += 1
            else:
                nothing += 1
        return ConsentState(self._texts.in_force(), tuple(reversed(texts)), people, stated, nothing)

    def put_in_force(self, text: str, *, instead_of: int) -> ConsentText:
        """As `ConsentTexts.put_in_force`."""
        return self._texts.put_in_force(text, instead_of=instead_of)
